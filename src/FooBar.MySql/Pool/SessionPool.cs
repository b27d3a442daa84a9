using FooBar.MySql.Configuration;
using FooBar.MySql.Observability;
using FooBar.MySql.Sessions;
using Microsoft.Extensions.Logging;

namespace FooBar.MySql.Pool;

/// <summary>
/// At most so many sessions to one server, lent to one owner at a time. Who finds none waits in line, first come first served, until
/// the connection timeout. The last session returned is lent first: the others grow old and are closed. Thread-safe.
/// </summary>
/// <remarks>
/// A place is a session that is lent, idle or being opened; there are as many as the maximum. Whoever has a place must put a session into
/// it, return it, or give it up. While somebody waits in line there is neither an idle session nor leave to open one: each change of these
/// serves the line first.
/// </remarks>
internal sealed partial class SessionPool : IDisposable
{
    /// <summary>
    /// Sessions that may be in opening at a time. A burst of callers shares the first that come back instead of storming the server, which
    /// pays for a login more than for a hundred statements.
    /// </summary>
    public const int MaximumOpening = 8;

    /// <summary>A session ends up to so much of its lifetime early, each another part: those opened together do not end together.</summary>
    public const double LifetimeJitter = 0.1;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly PoolEvents _events;
    private readonly ITimer _sweeping;
    private readonly CancellationTokenSource _disposal = new();
    private readonly List<Session> _idle = [];
    private readonly LinkedList<PoolWaiter> _waiters = [];
    private readonly QueryKiller _killer;
    private int _places;
    private int _opening;
    private long _arrivals;
    private int _epoch;
    private bool _exhaustionIsKnown;
    private bool _isDisposed;

    public SessionPool(ConnectionOptions options, TimeProvider time, ILogger log)
    {
        Options = options;
        _time = time;
        _killer = new QueryKiller(options, time);
        _events = new PoolEvents(options, time, log);
        TimeSpan period = SweepPeriod(options);
        using AsyncFlowControl flow = ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow();
        _sweeping = time.CreateTimer(static pool => ((SessionPool)pool!).Sweep(), this, period, period);
        Instruments.Add(this);
    }

    public ConnectionOptions Options { get; }

    public PoolFigures Figures
    {
        get
        {
            lock (_lock)
            {
                return CurrentFigures();
            }
        }
    }

    /// <summary>Sessions that are lent or being opened, and those that are idle.</summary>
    public (int Busy, int Idle) Count
    {
        get
        {
            PoolFigures figures = Figures;
            return (figures.Used + figures.Opening, figures.Idle);
        }
    }

    /// <summary>Those who wait in line.</summary>
    public int WaiterCount => Figures.Waiting;

    /// <summary>Lends a session that was found alive, or opens one.</summary>
    /// <exception cref="MySqlException">None came free in time, or none could be opened.</exception>
    public async ValueTask<Session> LeaseAsync(bool async, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        long started = _time.GetTimestamp();
        PoolTurn turn;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(MySqlDataSource));
            turn = TakeTurn(isFirst: false);
            _isUsed = true;
            KeepMinimum();
        }

        while (true)
        {
            Session? session = turn.Waiter is { } waiter
                ? await WaitAsync(waiter, started, async, cancellationToken).ConfigureAwait(false)
                : turn.Session;
            if (session is null)
            {
                session = await OpenAsync(started, async, cancellationToken).ConfigureAwait(false);
            }
            else if (WhyUnusable(session) is { } reason)
            {
                turn = TakeAnother(session, reason);
                continue;
            }

            _events.Lent(session, started);
            session.BeginLease();
            session.Reset.BeginLease();
            return session;
        }
    }

    /// <summary>Takes a session back. The owner must have read every answer, or have broken it.</summary>
    public void Return(Session session)
    {
        _events.Returned(session);
        CloseReason reason = CloseReason.Broken;

        // Bytes that no answer has claimed would be taken for the next owner's.
        if (!session.IsBroken && !session.Reader.HasBufferedBytes)
        {
            session.Reader.TrimExcess();
            session.IdleSince = _time.GetTimestamp();
            lock (_lock)
            {
                if (!IsCurrent(session)) reason = CloseReason.Retired;
                else if (session.IdleSince >= session.EndOfLife) reason = CloseReason.Aged;
                else
                {
                    Shelve(session);
                    return;
                }
            }
        }

        Close(session, reason);
        GiveUpPlace();
    }

    /// <summary>Takes back what an owner left to the garbage collector, whose threads must not be kept.</summary>
    public void Reclaim(Session session, string? openedAt) => _ = Task.Run(() =>
    {
        session.Break();
        session.Dispose();
        GiveUpPlace();
        _events.Leaked(session, openedAt);
    });

    /// <summary>
    /// Closes the idle sessions now, each lent one when it comes back, and each that is being opened instead of lending it; sessions opened
    /// from here on are of a new epoch.
    /// </summary>
    public void Retire()
    {
        PoolFigures figures;
        lock (_lock)
        {
            _epoch++;
            figures = CurrentFigures();
        }

        _events.Retired(figures.Idle, figures.Used);
        CloseIdle(session => IsCurrent(session) ? null : CloseReason.Retired);
    }

    /// <summary>Closes the idle sessions, and each other one when it comes back or is open; who waits fails.</summary>
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

        Instruments.Remove(this);
        foreach (PoolWaiter waiter in waiters) waiter.Fail(new ObjectDisposedException(nameof(MySqlDataSource)));
        _sweeping.Dispose();
        _disposal.Cancel();
        CloseIdle(static _ => CloseReason.Retired);
    }

    private async ValueTask<Session?> WaitAsync(PoolWaiter waiter, long started, bool async, CancellationToken cancellationToken)
    {
        TimeSpan left = TimeLeft(started);
        using (_time.CreateTimer(_ => GiveUpWaiting(waiter), null, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan))
        using (cancellationToken.UnsafeRegister((_, token) => Withdraw(waiter, new OperationCanceledException(token)), null))
        {
            return await waiter.WaitAsync(async).ConfigureAwait(false);
        }
    }

    /// <summary>Takes a waiter out of the line, unless it has been served already: then it gets what it was served.</summary>
    private void Withdraw(PoolWaiter waiter, Exception reason)
    {
        lock (_lock)
        {
            if (waiter.Node.List is null) return;

            _waiters.Remove(waiter.Node);
        }

        waiter.Fail(reason);
    }

    private void GiveUpWaiting(PoolWaiter waiter)
    {
        PoolFigures figures;
        bool isFirst;
        lock (_lock)
        {
            if (waiter.Node.List is null) return;

            _waiters.Remove(waiter.Node);
            figures = CurrentFigures();
            isFirst = !_exhaustionIsKnown;
            _exhaustionIsKnown = true;
        }

        waiter.Fail(PoolExhausted.Explain(Options, figures));
        _events.TimedOut(figures, isFirst);
    }

    /// <summary>Opens a session in the place and with the leave that the caller has.</summary>
    private async ValueTask<Session> OpenAsync(long started, bool async, CancellationToken cancellationToken)
    {
        while (true)
        {
            int epoch;
            long arrivals;
            lock (_lock)
            {
                (epoch, arrivals) = (_epoch, _arrivals);
            }

            long begun = _time.GetTimestamp();
            Session session;
            try
            {
                session = await SessionOpener.OpenAsync(Options, TimeLeft(started), epoch, _killer, _time, async, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                FailOpening(failure, arrivals);
                throw;
            }

            _events.Opened(session, begun);
            session.EndOfLife = EndOfLife(begun);
            lock (_lock)
            {
                if (IsCurrent(session))
                {
                    _opening--;
                    ServeWaiters();
                    return session;
                }
            }

            // Retired while it was opened: the next is of the new epoch.
            Close(session, CloseReason.Retired);
            if (!_disposal.IsCancellationRequested) continue;

            ObjectDisposedException disposed = new(nameof(MySqlDataSource));
            FailOpening(disposed, arrivals);
            throw disposed;
        }
    }

    private void FailOpening(Exception failure, long arrivals)
    {
        List<PoolWaiter> answered = [];
        lock (_lock)
        {
            _opening--;
            _places--;

            // Nobody has a session that could come back, and those who were in line before the attempt began would only repeat it.
            if (SharedFailure.IsForAll(failure) && CurrentFigures().Used == 0)
            {
                answered.AddRange(_waiters.Where(waiter => waiter.Arrival <= arrivals));
                foreach (PoolWaiter waiter in answered) _waiters.Remove(waiter.Node);
            }

            ServeWaiters();
        }

        foreach (PoolWaiter waiter in answered) waiter.Fail(SharedFailure.Copy((MySqlException)failure));
    }

    private CloseReason? WhyUnusable(Session session)
    {
        lock (_lock)
        {
            if (!IsCurrent(session)) return CloseReason.Retired;
        }

        if (_time.GetTimestamp() >= session.EndOfLife) return CloseReason.Aged;
        if (!session.Reset.IsPossible) return CloseReason.NotResettable;
        return session.Link.IsQuiet() ? null : CloseReason.Lost;
    }

    /// <summary>Puts a session away that cannot be lent, and goes on in front of the line.</summary>
    private PoolTurn TakeAnother(Session unusable, CloseReason reason)
    {
        Close(unusable, reason);
        lock (_lock)
        {
            _places--;
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(MySqlDataSource));
            PoolTurn turn = TakeTurn(isFirst: true);
            ServeWaiters();
            return turn;
        }
    }

    private void GiveUpPlace()
    {
        lock (_lock)
        {
            _places--;
            ServeWaiters();
        }
    }

    private void Close(Session session, CloseReason reason)
    {
        // There is nobody to say farewell to.
        if (reason == CloseReason.Lost) session.Break();
        session.Dispose();
        _events.Closed(session, reason);
    }

    /// <param name="choose">Why to close a session; null to leave it. Called with the lock held, for the longest idle first.</param>
    private void CloseIdle(Func<Session, CloseReason?> choose)
    {
        List<(Session Session, CloseReason Reason)> closing = [];
        lock (_lock)
        {
            _idle.RemoveAll(session =>
            {
                if (choose(session) is not { } reason) return false;

                closing.Add((session, reason));
                _places--;
                return true;
            });
            ServeWaiters();
        }

        foreach ((Session session, CloseReason reason) in closing) Close(session, reason);
    }

    /// <summary>Looks for idle sessions that nobody will need: too long idle, too old, or ended by the server.</summary>
    private void Sweep()
    {
        Session[] idle;
        lock (_lock)
        {
            idle = [.. _idle];
        }

        // A session that was lent meanwhile has bytes of its answers; it is another stay in the pool then.
        HashSet<(Session, long)> lost = [.. idle.Select(session => (session, session.IdleSince)).Where(stay => !stay.session.Link.IsQuiet())];
        long now = _time.GetTimestamp();
        CloseIdle(session =>
            lost.Contains((session, session.IdleSince)) ? CloseReason.Lost
            : now >= session.EndOfLife ? CloseReason.Aged
            : _places > Options.MinimumPoolSize && _time.GetElapsedTime(session.IdleSince, now) >= Options.ConnectionIdleTimeout ? CloseReason.Idle
            : null);
    }

    /// <summary>A quarter of the shortest time that is to be kept, between a second and a minute.</summary>
    private static TimeSpan SweepPeriod(ConnectionOptions options)
    {
        double seconds = options.ConnectionIdleTimeout.TotalSeconds;
        if (options.ConnectionLifetime > TimeSpan.Zero) seconds = Math.Min(seconds, options.ConnectionLifetime.TotalSeconds);
        return TimeSpan.FromSeconds(Math.Clamp(seconds / 4, 1, 60));
    }

    private long EndOfLife(long begun)
    {
        if (Options.ConnectionLifetime == TimeSpan.Zero) return long.MaxValue;

        double share = 1 - (LifetimeJitter * Random.Shared.NextDouble());
        return begun + (long)(Options.ConnectionLifetime.TotalSeconds * share * _time.TimestampFrequency);
    }

    private TimeSpan TimeLeft(long started) => Options.ConnectionTimeout - _time.GetElapsedTime(started);

    /// <summary>Must be called with the lock held.</summary>
    private PoolFigures CurrentFigures() => new(_idle.Count, _places - _opening - _idle.Count, _opening, _waiters.Count);

    /// <summary>Must be called with the lock held.</summary>
    private bool IsCurrent(Session session) => !_isDisposed && session.Epoch == _epoch;

    /// <summary>Must be called with the lock held.</summary>
    private bool MayOpen => _places < Options.MaximumPoolSize && _opening < MaximumOpening;

    /// <summary>Must be called with the lock held.</summary>
    private PoolTurn TakeTurn(bool isFirst)
    {
        if (_idle.Count > 0)
        {
            _exhaustionIsKnown = false;
            Session session = _idle[^1];
            _idle.RemoveAt(_idle.Count - 1);
            return new PoolTurn(session, null);
        }

        if (MayOpen)
        {
            _exhaustionIsKnown = false;
            BeginOpening();
            return default;
        }

        PoolWaiter waiter = new(++_arrivals);
        if (isFirst) _waiters.AddFirst(waiter.Node);
        else _waiters.AddLast(waiter.Node);
        return new PoolTurn(null, waiter);
    }

    /// <summary>Must be called with the lock held.</summary>
    private void BeginOpening()
    {
        _places++;
        _opening++;
    }

    /// <summary>Gives a session, whose place goes with it, to the first in line, or keeps it. Must be called with the lock held.</summary>
    private void Shelve(Session session)
    {
        if (_waiters.First is { } first)
        {
            _waiters.RemoveFirst();
            first.Value.Serve(session);
        }
        else
        {
            _idle.Add(session);
        }
    }

    /// <summary>
    /// After a place or leave to open has come free: who is served with it opens a session of its own. What the line does not need is for
    /// the minimum. Must be called with the lock held.
    /// </summary>
    private void ServeWaiters()
    {
        while (MayOpen && _waiters.First is { } first)
        {
            _waiters.RemoveFirst();
            BeginOpening();
            first.Value.Serve(null);
        }

        KeepMinimum();
    }
}
