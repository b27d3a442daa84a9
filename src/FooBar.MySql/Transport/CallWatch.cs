namespace FooBar.MySql.Transport;

/// <summary>Why a call was interrupted from our side.</summary>
internal enum Interruption
{
    None,
    TimedOut,
    Cancelled,
}

/// <summary>What can be interrupted: one connection.</summary>
internal interface IInterruptible
{
    /// <summary>
    /// Begins to stop what the server does for the call, and returns at once; false when only <see cref="Abort"/> will do. The call then
    /// has <see cref="Grace"/> to come to its end. Must not block, and must not run anything of a caller's: a lock is held.
    /// </summary>
    bool TryStop();

    /// <summary>
    /// <see cref="Abort"/> follows: from now on no other call may begin. The same holds as for <see cref="TryStop"/>.
    /// </summary>
    void GiveUp();

    /// <summary>Ends pending I/O with an exception. No lock is held: what was waiting may go on within it.</summary>
    void Abort();

    /// <summary>Time that a call has to end after <see cref="TryStop"/>.</summary>
    TimeSpan Grace { get; }
}

/// <summary>
/// Watches one call at a time: when its time runs out, its token is cancelled or someone calls <see cref="Cancel"/>, the connection is
/// told to stop it, and if it has not ended by the end of the grace, to abort it. Blocking and asynchronous I/O are interrupted in the
/// same way. The timer stays armed from call to call and looks when it fires: a call in time costs no change of a timer. Thread-safe.
/// </summary>
internal sealed class CallWatch : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly IInterruptible _connection;
    private readonly ITimer _timer;
    private CancellationTokenRegistration _registration;
    private bool _isClaimed;
    private bool _active;
    private object? _owner;
    private long _started;
    private long _armedFor = long.MaxValue;
    private TimeSpan _timeout;
    private long _interruptedAt;
    private Interruption _interruption;

    public CallWatch(TimeProvider time, IInterruptible connection)
    {
        _time = time;
        _connection = connection;

        // The timer must not capture the first caller's execution context for the life of the connection.
        using AsyncFlowControl flow = ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow();
        _timer = time.CreateTimer(static watch => ((CallWatch)watch!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Why the last call was interrupted; stays until <see cref="Forgive"/>.</summary>
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

    /// <summary>What is left of the grace after the last interruption, for the call and for what has to be put right behind it; zero for nothing.</summary>
    public TimeSpan GraceLeft
    {
        get
        {
            lock (_lock)
            {
                TimeSpan left = _connection.Grace - _time.GetElapsedTime(_interruptedAt);
                return left > TimeSpan.Zero ? left : TimeSpan.Zero;
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
                return _isClaimed;
            }
        }
    }

    /// <summary>
    /// Reserves the connection for a call, which nothing interrupts before <see cref="Begin"/>: what an interruption looks at must be the
    /// new call's by then, not the last one's.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another call is under way: a connection does one thing at a time.</exception>
    public void Claim()
    {
        if (Interlocked.Exchange(ref _isClaimed, true)) throw new InvalidOperationException("Another call is using this connection; a connection does one thing at a time.");
    }

    /// <summary>Begins the call that was claimed. Every call must be ended with <see cref="End"/>.</summary>
    /// <param name="timeout">Time for the call; <see cref="Timeout.InfiniteTimeSpan"/> for no limit; nothing left times out at once.</param>
    /// <param name="owner">Who may <see cref="Cancel"/> the call; null for nobody.</param>
    /// <param name="cancellationToken">Interrupts the call, also when it is cancelled already.</param>
    public void Begin(TimeSpan timeout, object? owner, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _active = true;
            _owner = owner;
            _started = _time.GetTimestamp();
            _timeout = timeout;
            if (timeout != Timeout.InfiniteTimeSpan) Arm(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero, _started);
        }

        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(static watch => ((CallWatch)watch!).Interrupt(Interruption.Cancelled, owner: null), this);
        }
    }

    /// <summary>Ends the call and says how long it took. After it the call is not interrupted any more.</summary>
    public TimeSpan End()
    {
        // Waits for a cancellation under way, so that it cannot reach into the next call.
        if (_registration != default) _registration.Dispose();
        _registration = default;
        lock (_lock)
        {
            _active = false;
            _owner = null;
            TimeSpan elapsed = _time.GetElapsedTime(_started);
            Volatile.Write(ref _isClaimed, false);
            return elapsed;
        }
    }

    /// <summary>The interruption was dealt with: the connection can be used again. Not to be called within a call.</summary>
    public void Forgive()
    {
        lock (_lock)
        {
            _interruption = Interruption.None;
        }
    }

    /// <summary>
    /// Interrupts the call under way if it is this owner's. The connection may have been given back and lent to another in the meantime,
    /// whose call must not be hit.
    /// </summary>
    public void Cancel(object owner) => Interrupt(Interruption.Cancelled, owner);

    public void Dispose() => _timer.Dispose();

    private void OnTimer()
    {
        lock (_lock)
        {
            _armedFor = long.MaxValue;
            if (!_active || _timeout == Timeout.InfiniteTimeSpan) return;

            // Armed for an earlier call, or fired a moment early: the rest is still to be waited for.
            long now = _time.GetTimestamp();
            TimeSpan left = _timeout - _time.GetElapsedTime(_started, now);
            if (left > TimeSpan.Zero)
            {
                Arm(left, now);
                return;
            }

            // All in one lock: a moment later it could be the next call that is interrupted.
            if (_interruption == Interruption.None && TryStop(Interruption.TimedOut)) return;
            _connection.GiveUp();
        }

        _connection.Abort();
    }

    private void Interrupt(Interruption interruption, object? owner)
    {
        lock (_lock)
        {
            if (!_active || _interruption != Interruption.None || (owner is not null && !ReferenceEquals(owner, _owner))) return;
            if (TryStop(interruption)) return;

            _connection.GiveUp();
        }

        _connection.Abort();
    }

    /// <summary>Must be called with the lock held.</summary>
    private bool TryStop(Interruption interruption)
    {
        _interruption = interruption;
        if (!_connection.TryStop()) return false;

        _interruptedAt = _time.GetTimestamp();
        _timeout = _time.GetElapsedTime(_started, _interruptedAt) + _connection.Grace;
        Arm(_connection.Grace, _interruptedAt);
        return true;
    }

    /// <summary>Must be called with the lock held.</summary>
    private void Arm(TimeSpan due, long now)
    {
        long at = now + (long)(due.TotalSeconds * _time.TimestampFrequency);
        if (at >= _armedFor) return;

        _armedFor = at;
        // Timers count in milliseconds; one that fires early is armed again, for nothing.
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(due.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }
}
