using FooBar.MySql.Configuration;
using FooBar.MySql.Sessions;

namespace FooBar.MySql.Pool;

/// <summary>
/// At most so many sessions to one server, lent to one owner at a time. Who finds none waits in line, first come first served, until
/// the connection timeout. The last session returned is lent first: the others grow old and are closed. Thread-safe.
/// </summary>
internal sealed class SessionPool : IDisposable
{
    /// <summary>A session that nobody has needed for so long is closed, down to the minimum.</summary>
    private static readonly TimeSpan IdleLifetime = TimeSpan.FromMinutes(3);

    private readonly Lock _lock = new();
    private readonly ConnectionOptions _options;
    private readonly TimeProvider _time;
    private readonly ITimer _pruning;
    private readonly List<Session> _idle = [];
    private readonly LinkedList<PoolWaiter> _waiters = [];
    private readonly QueryKiller _killer;
    private int _places;
    private int _epoch;
    private bool _isDisposed;

    public SessionPool(ConnectionOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _killer = new QueryKiller(options, time);
        using AsyncFlowControl flow = ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow();
        _pruning = time.CreateTimer(static pool => ((SessionPool)pool!).Prune(), this, IdleLifetime, IdleLifetime);
    }

    /// <summary>Sessions that are lent or being opened, and those that are idle.</summary>
    public (int Busy, int Idle) Count
    {
        get
        {
            lock (_lock)
            {
                return (_places - _idle.Count, _idle.Count);
            }
        }
    }

    /// <summary>Those who wait in line.</summary>
    public int WaiterCount
    {
        get
        {
            lock (_lock)
            {
                return _waiters.Count;
            }
        }
    }

    /// <summary>Lends a session that was found alive, or opens one.</summary>
    /// <exception cref="MySqlException">None came free in time, or none could be opened.</exception>
    public async ValueTask<Session> LeaseAsync(bool async, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        long started = _time.GetTimestamp();
        PoolWaiter? waiter = null;
        Session? session = null;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(MySqlDataSource));
            if (_idle.Count > 0)
            {
                session = TakeLastIdle();
            }
            else if (_places < _options.MaximumPoolSize)
            {
                _places++;
            }
            else
            {
                waiter = new PoolWaiter();
                _waiters.AddLast(waiter);
            }
        }

        if (waiter is not null) session = await WaitAsync(waiter, async, cancellationToken).ConfigureAwait(false);

        // Here we hold a place; either the session in it is alive, or we put a new one there, or we give the place up.
        while (session is not null && !IsUsable(session))
        {
            session.Dispose();
            session = TakeIdleInstead();
        }

        session ??= await OpenAsync(started, async, cancellationToken).ConfigureAwait(false);
        session.BeginLease();
        session.Reset.BeginLease();
        return session;
    }

    /// <summary>Takes a session back. The owner must have read every answer, or have broken it.</summary>
    public void Return(Session session)
    {
        // Bytes that no answer has claimed would be taken for the next owner's.
        if (!session.IsBroken && !session.Reader.HasBufferedBytes)
        {
            session.Reader.TrimExcess();
            session.IdleSince = _time.GetTimestamp();
            lock (_lock)
            {
                if (IsCurrent(session))
                {
                    if (!HandOver(session)) _idle.Add(session);
                    return;
                }
            }
        }

        session.Dispose();
        GiveUpPlace();
    }

    /// <summary>
    /// Closes the idle sessions now and each lent one when it comes back; sessions opened from here on are of a new epoch.
    /// </summary>
    public void Retire()
    {
        lock (_lock)
        {
            _epoch++;
        }

        CloseIdle(static (_, _) => true);
    }

    /// <summary>Closes the idle sessions, and each lent one when it comes back; who waits fails.</summary>
    public void Dispose()
    {
        PoolWaiter[] waiters;
        lock (_lock)
        {
            if (_isDisposed) return;

            _isDisposed = true;
            waiters = [.. _waiters];
            _waiters.Clear();
        }

        foreach (PoolWaiter waiter in waiters) waiter.Fail(new ObjectDisposedException(nameof(MySqlDataSource)));
        _pruning.Dispose();
        CloseIdle(static (_, _) => true);
    }

    private async ValueTask<Session?> WaitAsync(PoolWaiter waiter, bool async, CancellationToken cancellationToken)
    {
        using (_time.CreateTimer(_ => Withdraw(waiter, PoolIsFull()), null, _options.ConnectionTimeout, Timeout.InfiniteTimeSpan))
        using (cancellationToken.UnsafeRegister((_, token) => Withdraw(waiter, new OperationCanceledException(token)), null))
        {
            return await waiter.WaitAsync(async).ConfigureAwait(false);
        }
    }

    /// <summary>Takes a waiter out of the line, unless it has been served already.</summary>
    private void Withdraw(PoolWaiter waiter, Exception reason)
    {
        bool wasWaiting;
        lock (_lock)
        {
            wasWaiting = _waiters.Remove(waiter);
        }

        if (wasWaiting) waiter.Fail(reason);
    }

    private MySqlException PoolIsFull() => new(
        $"No connection to {_options.Endpoint} came free within the connection timeout of {_options.ConnectionTimeout.TotalSeconds:F0} s: all "
        + $"{_options.MaximumPoolSize} are in use ('Maximum Pool Size'). Dispose connections sooner, or raise the limit.",
        MySqlFailurePhase.NotSent,
        MySqlFailureReason.TimedOut,
        isTransient: true);

    private async ValueTask<Session> OpenAsync(long started, bool async, CancellationToken cancellationToken)
    {
        try
        {
            int epoch;
            lock (_lock)
            {
                epoch = _epoch;
            }

            TimeSpan left = _options.ConnectionTimeout - _time.GetElapsedTime(started);
            return await SessionOpener.OpenAsync(_options, left, epoch, _killer, _time, async, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            GiveUpPlace();
            throw;
        }
    }

    private bool IsUsable(Session session)
    {
        lock (_lock)
        {
            if (!IsCurrent(session)) return false;
        }

        return session.Reset.IsPossible && session.Link.IsQuiet();
    }

    private Session? TakeIdleInstead()
    {
        lock (_lock)
        {
            if (_idle.Count == 0) return null;

            // The session thrown away and the one taken had a place each; we need one.
            _places--;
            Session session = TakeLastIdle();
            ServeWaitersWithPlaces();
            return session;
        }
    }

    private void GiveUpPlace()
    {
        lock (_lock)
        {
            _places--;
            ServeWaitersWithPlaces();
        }
    }

    private void CloseIdle(Func<Session, int, bool> choose)
    {
        List<Session> closing = [];
        lock (_lock)
        {
            for (int index = _idle.Count - 1; index >= 0; index--)
            {
                if (!choose(_idle[index], index)) continue;

                closing.Add(_idle[index]);
                _idle.RemoveAt(index);
            }

            _places -= closing.Count;
            ServeWaitersWithPlaces();
        }

        foreach (Session session in closing) session.Dispose();
    }

    private void Prune()
    {
        // The longest idle are at the front, so those past their time are all in front of the others.
        CloseIdle((session, rank) =>
            rank >= _options.MinimumPoolSize && _time.GetElapsedTime(session.IdleSince) >= IdleLifetime);
    }

    /// <summary>Must be called with the lock held.</summary>
    private bool IsCurrent(Session session) => !_isDisposed && session.Epoch == _epoch;

    /// <summary>Must be called with the lock held.</summary>
    private Session TakeLastIdle()
    {
        Session session = _idle[^1];
        _idle.RemoveAt(_idle.Count - 1);
        return session;
    }

    /// <summary>Must be called with the lock held.</summary>
    private bool HandOver(Session session)
    {
        if (_waiters.First is not { } first) return false;

        _waiters.RemoveFirst();
        first.Value.Serve(session);
        return true;
    }

    /// <summary>Who is served with a place opens a session of its own. Must be called with the lock held.</summary>
    private void ServeWaitersWithPlaces()
    {
        while (_places < _options.MaximumPoolSize && _waiters.First is { } first)
        {
            _waiters.RemoveFirst();
            _places++;
            first.Value.Serve(null);
        }
    }
}
