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
        MySqlCanceledException.ThrowIfRequested(cancellationToken);
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
                session = await OpenAsync(started, isForShelf: false, async, cancellationToken).ConfigureAwait(false);
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

    /// <summary>Opens a session in the place and with the leave that the caller has.</summary>
    /// <param name="started">When the connection timeout has begun.</param>
    /// <param name="isForShelf">Whether it is to be kept, and not for the caller.</param>
    /// <param name="async">Whether to wait asynchronously.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    private async ValueTask<Session> OpenAsync(long started, bool isForShelf, bool async, CancellationToken cancellationToken)
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
            session.IdleSince = _time.GetTimestamp();
            lock (_lock)
            {
                if (IsCurrent(session))
                {
                    _opening--;
                    if (isForShelf) Shelve(session);
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

    private void Close(Session session, CloseReason reason)
    {
        // There is nobody to say farewell to.
        if (reason == CloseReason.Lost) session.Break();
        session.Dispose();
        _events.Closed(session, reason);
    }

    private TimeSpan TimeLeft(long started) => MySqlConnection.Positive(Options.ConnectionTimeout - _time.GetElapsedTime(started));

    /// <summary>Must be called with the lock held.</summary>
    private PoolFigures CurrentFigures() => new(_idle.Count, _places - _opening - _idle.Count, _opening, _waiters.Count);

    /// <summary>Must be called with the lock held.</summary>
    private bool IsCurrent(Session session) => !_isDisposed && session.Epoch == _epoch;
}
