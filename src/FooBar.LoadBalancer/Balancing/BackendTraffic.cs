using FooBar.LoadBalancer.Forwarding;

namespace FooBar.LoadBalancer.Balancing;

/// <summary>What has gone to and come from one backend since the start. Thread-safe.</summary>
internal sealed class BackendTraffic
{
    private readonly long[] _outcomes = new long[Enum.GetValues<Outcome>().Length];
    private readonly long[] _classes = new long[6];
    private long _tries;
    private long _redispatched;
    private long _opened;
    private long _reused;
    private long _sent;
    private long _received;

    /// <summary>Requests that were sent to it, second tries included.</summary>
    public long Tries => Volatile.Read(ref _tries);

    /// <summary>Requests that failed here and were sent to another.</summary>
    public long Redispatched => Volatile.Read(ref _redispatched);

    /// <summary>Connections that were made for a request.</summary>
    public long Opened => Volatile.Read(ref _opened);

    /// <summary>Requests that went over a connection which had had another.</summary>
    public long Reused => Volatile.Read(ref _reused);

    /// <summary>Bytes of requests that were sent to it, heads included, before TLS. WebSockets and gRPC are not in it.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Bytes of its answers, likewise.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>From choosing it to having a connection.</summary>
    public RollingTimes Connect { get; } = new();

    /// <summary>From choosing it to the head of its answer.</summary>
    public RollingTimes FirstByte { get; } = new();

    /// <summary>From choosing it to the end of its answer.</summary>
    public RollingTimes Total { get; } = new();

    /// <summary>How many tries ended so.</summary>
    public long Ended(Outcome outcome) => Volatile.Read(ref _outcomes[(int)outcome]);

    /// <summary>How many of its answers had such a status: 1 for 1xx to 5 for 5xx.</summary>
    public long Answers(int hundreds) => Volatile.Read(ref _classes[hundreds]);

    /// <summary>Counts a try that ended.</summary>
    /// <param name="outcome">How.</param>
    /// <param name="status">The status of its answer, if there was one.</param>
    /// <param name="total">How long it took.</param>
    public void TryEnded(Outcome outcome, int status, TimeSpan total)
    {
        Interlocked.Increment(ref _tries);
        Interlocked.Increment(ref _outcomes[(int)outcome]);
        if (outcome is Outcome.Completed or Outcome.ClientAbortedResponse or Outcome.BackendCutResponse && status is >= 100 and < 600)
            Interlocked.Increment(ref _classes[status / 100]);
        Total.Add(total);
    }

    /// <summary>Counts a request that goes to another now.</summary>
    public void CountRedispatch() => Interlocked.Increment(ref _redispatched);

    /// <summary>Counts bytes that go to it.</summary>
    public void CountSent(int bytes) => Interlocked.Add(ref _sent, bytes);

    /// <summary>Counts bytes that have come from it.</summary>
    public void CountReceived(int bytes) => Interlocked.Add(ref _received, bytes);

    /// <summary>Counts a request that has a connection.</summary>
    public void Connected(TimeSpan time, bool reused)
    {
        Interlocked.Increment(ref reused ? ref _reused : ref _opened);
        Connect.Add(time);
    }
}
