using FooBar.LoadBalancer.Balancing;

namespace FooBar.LoadBalancer.Forwarding;

/// <summary>
/// One try at one backend: it waits until the first byte of the answer is about to go to the client, or until it is given up. Exactly one
/// of the two happens. Thread-safe.
/// </summary>
internal sealed class ForwardTry : IAsyncDisposable
{
    private const int Waiting = 0;
    private const int Begun = 1;
    private const int GaveUp = 2;

    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer? _limit;
    private readonly TimeProvider _time;
    private ITimer? _held;
    private ITimer? _silence;
    private TimeSpan _longestSilence;
    private CancellationTokenRegistration _client;
    private readonly Func<Backend, bool>? _mayLeave;
    private readonly CancellationTokenRegistration _gone;
    private int _state;

    /// <summary>Begins a try at a backend that was claimed for it.</summary>
    /// <param name="backend">The claimed backend.</param>
    /// <param name="limit">Time in which the answer must begin; null for no limit.</param>
    /// <param name="mayLeave">Asked when the backend no longer answers: whether to give the try up. Null if it is not to be given up.</param>
    /// <param name="time">The clock.</param>
    public ForwardTry(Backend backend, TimeSpan? limit, Func<Backend, bool>? mayLeave, TimeProvider time)
    {
        Backend = backend;
        _time = time;
        _mayLeave = mayLeave;
        if (limit is { } dueTime)
            _limit = time.CreateTimer(static state => ((ForwardTry)state!).GiveUp(), this, dueTime, Timeout.InfiniteTimeSpan);
        if (mayLeave is not null)
            _gone = backend.Gone.UnsafeRegister(static state => ((ForwardTry)state!).Leave(), this);
    }

    /// <summary>The backend.</summary>
    public Backend Backend { get; }

    /// <summary>Ends the try when it is given up.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>Whether it was given up.</summary>
    public bool IsGivenUp => Volatile.Read(ref _state) == GaveUp;

    /// <summary>Whether it was given up because the answer that is held did not become whole in time.</summary>
    public bool IsLate { get; private set; }

    /// <summary>Whether a byte of the answer may be on its way to the client.</summary>
    public bool HasBegun => Volatile.Read(ref _state) == Begun;

    /// <summary>Ends it also when its client leaves, or when nothing has moved for too long. To be called once at most.</summary>
    /// <param name="silence">How long nothing may move.</param>
    /// <param name="client">Cancelled when the client leaves.</param>
    public void Watch(TimeSpan silence, CancellationToken client)
    {
        _longestSilence = silence;
        _silence = _time.CreateTimer(static state => ((ForwardTry)state!).Stop(), this, silence, Timeout.InfiniteTimeSpan);
        _client = client.UnsafeRegister(static state => ((ForwardTry)state!).Stop(), this);
    }

    /// <summary>Something has moved.</summary>
    public void NoteMoved() => _silence?.Change(_longestSilence, Timeout.InfiniteTimeSpan);

    /// <summary>Gives the answer, which is held until it is whole, so much time from now on. Only the first call counts.</summary>
    public void Hold(TimeSpan limit) => _held ??= _time.CreateTimer(static state => ((ForwardTry)state!).GiveUpLate(), this, limit, Timeout.InfiniteTimeSpan);

    /// <summary>Asks to begin the answer; false if the try was given up before. Either way the backend has answered.</summary>
    public bool TryBegin()
    {
        Backend.NoteAnswer();
        return Interlocked.CompareExchange(ref _state, Begun, Waiting) is Waiting or Begun;
    }

    /// <summary>Ends the watch over the time and the backend; the outcome stays.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_limit is not null)
            await _limit.DisposeAsync().ConfigureAwait(false);
        if (_held is not null)
            await _held.DisposeAsync().ConfigureAwait(false);
        if (_silence is not null)
            await _silence.DisposeAsync().ConfigureAwait(false);

        // Waits for a callback that runs now: what it decides is decided.
        await _client.DisposeAsync().ConfigureAwait(false);
        await _gone.DisposeAsync().ConfigureAwait(false);

        // The source is left to the collector: it holds no timer, and it may be cancelled at this very moment.
    }

    private void Leave()
    {
        if (Volatile.Read(ref _state) == Waiting && _mayLeave!(Backend))
            GiveUp();
    }

    /// <summary>Not on this thread: what waits on the token goes on where it is cancelled.</summary>
    private void Stop() => _ = _stop.CancelAsync();

    private void GiveUpLate()
    {
        IsLate = Volatile.Read(ref _state) == Waiting;
        GiveUp();
    }

    private void GiveUp()
    {
        if (Interlocked.CompareExchange(ref _state, GaveUp, Waiting) == Waiting)
            Stop();
    }
}
