using FooBar.LoadBalancer.Forwarding;
using FooBar.LoadBalancer.Health;
using FooBar.LoadBalancer.Upstream;

namespace FooBar.LoadBalancer.Balancing;

/// <summary>One instance that requests can be forwarded to. Thread-safe.</summary>
internal sealed class Backend(string name, Uri url, HttpMessageInvoker client) : IDisposable
{
    private int _inFlight;
    private int _mostInFlight;
    private int _maxInFlight;
    private readonly CancellationTokenSource _retired = new();
    private CancellationTokenSource _gone = new();
    private int _disposed;
    private int _adminState;
    private long _orderedAt;
    private int _weight = 100;
    private volatile bool _answered;
    private volatile SlowStart? _slowStart;
    private volatile BackendHealth _health = BackendHealth.Unknown;

    /// <summary>Its name in metrics, logs and error messages.</summary>
    public string Name { get; } = name;

    /// <summary>Scheme, host and port.</summary>
    public Uri Url { get; } = url;

    /// <summary>The address that <see cref="Client"/> takes in place of <see cref="Url"/>; see <see cref="BackendClient"/>.</summary>
    public string Transport { get; } = BackendClient.Transport(url).AbsoluteUri;

    /// <summary>Carries checks and upgraded connections to this backend, over its own pool of verified connections.</summary>
    public HttpMessageInvoker Client { get; } = client;

    /// <summary>The connections that requests go over.</summary>
    public UpstreamPool? Upstream { get; init; }

    /// <summary>Carries gRPC to this backend, over connections of its own, which are made when they are needed.</summary>
    public HttpMessageInvoker? Http2Client { get; init; }

    /// <summary>What has gone to and come from it.</summary>
    public BackendTraffic Traffic { get; init; } = new();

    /// <summary>Requests that were claimed and not released yet. Health checks are not among them.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>The most of them that there were at once.</summary>
    public int MostInFlight => Volatile.Read(ref _mostInFlight);

    /// <summary>The most of them that it may have; 0: any number. Written by <see cref="BackendPool"/> alone.</summary>
    public int MaxInFlight
    {
        get => Volatile.Read(ref _maxInFlight);
        set => Volatile.Write(ref _maxInFlight, value);
    }

    /// <summary>Whether it may have one more. With <see cref="Balancer"/>'s lock held it stays true until one is claimed.</summary>
    public bool HasRoom => MaxInFlight is 0 || InFlight < MaxInFlight;

    /// <summary>Is told of each release. <see cref="BackendPool"/> gives all its backends the same one.</summary>
    public Vacancy Vacancy { get; set; } = new();

    /// <summary>How long its latest answers took to begin.</summary>
    public LatencySamples Latency { get; } = new();

    /// <summary>Calls for a check of this backend.</summary>
    public CheckSignal CheckSignal { get; } = new();

    /// <summary>What is known of its health. Written by <see cref="BackendPool.Report"/> alone.</summary>
    public BackendHealth Health
    {
        get => _health;
        set => _health = value;
    }

    /// <summary>What a person wants of it. Written by <see cref="BackendPool.Order"/> alone.</summary>
    public AdminState AdminState
    {
        get => (AdminState)Volatile.Read(ref _adminState);
        set => Volatile.Write(ref _adminState, (int)value);
    }

    /// <summary>When a person last changed <see cref="AdminState"/>, as a timestamp of the clock; 0 if none has. Written by <see cref="BackendPool.Order"/> alone.</summary>
    public long OrderedAt
    {
        get => Volatile.Read(ref _orderedAt);
        set => Volatile.Write(ref _orderedAt, value);
    }

    /// <summary>
    /// Its share of the requests, in proportion to the other backends', 1 to 256; with 0 it takes none. Written by <see cref="BackendPool"/> alone.
    /// </summary>
    public int Weight
    {
        get => Volatile.Read(ref _weight);
        set => Volatile.Write(ref _weight, value);
    }

    /// <summary>The weight that the settings give it. Read and written by <see cref="BackendPool"/> alone, with its lock held.</summary>
    public int ConfiguredWeight { get; set; } = 100;

    /// <summary>The weight that it is chosen by now. Never 0, also not for one that was given no weight a moment ago: it is divided by.</summary>
    public double EffectiveWeight => Math.Max(Weight, 1) * Share;

    /// <summary>The share of its weight that it has now: less than 1 in a slow start, and 1 otherwise.</summary>
    public double Share
    {
        get
        {
            if (_slowStart is not { } slowStart)
                return 1;
            double share = slowStart.Share;

            // Over: from now on nobody asks the clock. If another one begins at this moment, the next request asks that one.
            if (share >= 1)
                Interlocked.CompareExchange(ref _slowStart, null, slowStart);
            return share;
        }
    }

    /// <summary>
    /// Whether it begins slowly when it comes up. Not the first time: a site that is put up with its gateway would begin lopsided, by which of the backends
    /// was ready first. Read and written by <see cref="BackendPool"/> alone, with its lock held.
    /// </summary>
    public bool ComesBack { get; set; }

    /// <summary>Whether it is in a slow start.</summary>
    public bool StartsSlowly => Share < 1;

    /// <summary>See <see cref="Turns"/>. Read and written with <see cref="Balancer"/>'s lock held.</summary>
    public double Ahead { get; set; }

    /// <summary>Whether a person lets it have requests.</summary>
    public bool IsOffered => AdminState == AdminState.Ready && Weight > 0;

    /// <summary>Whether an answer to a request has begun since <see cref="ForgetAnswers"/>.</summary>
    public bool HasAnswered => _answered;

    /// <summary>Is cancelled when the backend no longer answers; a new one takes its place then.</summary>
    public CancellationToken Gone => Volatile.Read(ref _gone).Token;

    /// <summary>Tells those who wait on this backend that it no longer answers. Returns at once.</summary>
    public void LetGo()
    {
        // Whoever asks for the token from now on waits for the next time. The old source is left to the collector: it holds no timer.
        CancellationTokenSource gone = Interlocked.Exchange(ref _gone, new CancellationTokenSource());
        _ = gone.CancelAsync();
    }

    /// <summary>Begins a slow start; with a duration of 0 there is none. <see cref="BackendPool"/> calls it before it lets it take requests.</summary>
    public void StartSlowly(TimeProvider time, TimeSpan duration) => _slowStart = duration > TimeSpan.Zero ? new SlowStart(time, duration) : null;

    /// <summary>Notes that an answer to a request has begun.</summary>
    public void NoteAnswer()
    {
        // Read first: every request passes here, and a line of memory that nobody writes is shared by all cores.
        if (!_answered)
            _answered = true;
    }

    /// <summary>From now on <see cref="HasAnswered"/> is about later answers.</summary>
    public void ForgetAnswers() => _answered = false;

    /// <summary>Is cancelled when the backend is no longer among those that are configured.</summary>
    public CancellationToken Retired => _retired.Token;

    /// <summary>Counts one request in, unless the backend is retired. <see cref="Balancer"/> calls it with its lock held.</summary>
    public bool TryClaim()
    {
        // Counted first and asked then; Retire does it the other way round. One of the two sees the other.
        int inFlight = Interlocked.Increment(ref _inFlight);
        if (_retired.IsCancellationRequested)
        {
            CountOut();
            return false;
        }

        // Nobody else writes it: the lock is held.
        if (inFlight > _mostInFlight)
            Volatile.Write(ref _mostInFlight, inFlight);
        return true;
    }

    /// <summary>Counts one request out: exactly once for each claim, whatever became of the request.</summary>
    public void Release()
    {
        CountOut();
        Vacancy.Announce();
    }

    /// <summary>It takes no more requests. What is in flight finishes, and its connections are closed after that.</summary>
    public void Retire()
    {
        _retired.Cancel();
        Interlocked.MemoryBarrier();
        if (InFlight == 0)
            Dispose();
    }

    /// <summary>Closes its connections. The sources of its tokens are left to the collector: they hold no timer.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Client.Dispose();
            Http2Client?.Dispose();
            Upstream?.Dispose();
        }
    }

    private void CountOut()
    {
        if (Interlocked.Decrement(ref _inFlight) == 0 && _retired.IsCancellationRequested)
            Dispose();
    }
}
