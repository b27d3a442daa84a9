namespace FooBar.MySql.Transport;

/// <summary>Why a call was interrupted from our side.</summary>
internal enum Interruption
{
    None,
    TimedOut,
    Cancelled,
}

/// <summary>
/// Watches one call at a time: when its time runs out, its token is cancelled or someone calls <see cref="Cancel"/>, the given action is
/// run once, which ends the call's pending I/O. Blocking and asynchronous I/O are interrupted in the same way, and a call pays for one
/// timer change instead of a linked token source. Once interrupted it stays so: the connection's position in the protocol is lost.
/// Thread-safe.
/// </summary>
internal sealed class CallWatch : IDisposable
{
    /// <summary>Timers of the runtime count in milliseconds and may fire a fraction of one early.</summary>
    private static readonly TimeSpan TimerGrain = TimeSpan.FromMilliseconds(16);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Action _interrupt;
    private readonly ITimer _timer;
    private CancellationTokenRegistration _registration;
    private bool _active;
    private object? _owner;
    private long _started;
    private TimeSpan _timeout;
    private Interruption _interruption;

    public CallWatch(TimeProvider time, Action interrupt)
    {
        _time = time;
        _interrupt = interrupt;

        // The timer must not capture the first caller's execution context for the life of the connection.
        using AsyncFlowControl flow = ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow();
        _timer = time.CreateTimer(static watch => ((CallWatch)watch!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public Interruption Interruption
    {
        get
        {
            lock (_lock)
            {
                return _interruption;
            }
        }
    }

    /// <summary>Whether a call is under way.</summary>
    public bool IsActive
    {
        get
        {
            lock (_lock)
            {
                return _active;
            }
        }
    }

    /// <summary>Begins a call. Every call must be ended with <see cref="End"/>.</summary>
    /// <param name="timeout">Time for the call; <see cref="Timeout.InfiniteTimeSpan"/> for no limit; nothing left times out at once.</param>
    /// <param name="owner">Who may <see cref="Cancel"/> the call; null for nobody.</param>
    /// <param name="cancellationToken">Interrupts the call.</param>
    /// <exception cref="InvalidOperationException">Another call is under way: a connection does one thing at a time.</exception>
    public void Begin(TimeSpan timeout, object? owner, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_active) throw new InvalidOperationException("Another call is using this connection; a connection does one thing at a time.");

            _active = true;
            _owner = owner;
            _started = _time.GetTimestamp();
            _timeout = timeout;
        }

        if (timeout != Timeout.InfiniteTimeSpan) _timer.Change(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(static watch => ((CallWatch)watch!).OnCancelled(), this);
        }
    }

    /// <summary>Ends the call and says how long it took.</summary>
    public TimeSpan End()
    {
        // Waits for a cancellation under way, so that it cannot reach into the next call.
        _registration.Dispose();
        _registration = default;
        lock (_lock)
        {
            _active = false;
            _owner = null;
            if (_timeout != Timeout.InfiniteTimeSpan) _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return _time.GetElapsedTime(_started);
        }
    }

    /// <summary>
    /// Interrupts the call under way if it is this owner's. The connection may have been given back and lent to another in the meantime,
    /// whose call must not be hit.
    /// </summary>
    public void Cancel(object owner)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(_owner, owner) || !TryMark(Interruption.Cancelled)) return;
        }

        _interrupt();
    }

    public void Dispose() => _timer.Dispose();

    private void OnTimer()
    {
        lock (_lock)
        {
            // A late callback of an earlier call finds the time of this one not used up.
            if (_timeout == Timeout.InfiniteTimeSpan || _time.GetElapsedTime(_started) < _timeout - TimerGrain) return;
            if (!TryMark(Interruption.TimedOut)) return;
        }

        _interrupt();
    }

    private void OnCancelled()
    {
        lock (_lock)
        {
            if (!TryMark(Interruption.Cancelled)) return;
        }

        _interrupt();
    }

    /// <summary>Must be called with the lock held.</summary>
    private bool TryMark(Interruption interruption)
    {
        if (!_active || _interruption != Interruption.None) return false;

        _interruption = interruption;
        return true;
    }
}
