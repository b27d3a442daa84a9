using System.Diagnostics.CodeAnalysis;
using FooBar.MySql.Configuration;
using FooBar.MySql.Protocol;

namespace FooBar.MySql.Sessions;

/// <summary>
/// Stops statements on the server by KILL QUERY, over a connection of its own that it opens when there is something to stop and closes
/// when there is not: however many statements run out of time at once, the server gets one connection more. A host name can lead to several
/// servers, and to another one than before: each gets only the KILLs of its own sessions. Thread-safe.
/// </summary>
internal sealed class QueryKiller(ConnectionOptions options, TimeProvider time)
{
    /// <summary>
    /// A KILL that comes before the statement has begun, or between two that were sent together, is lost: it is sent again.
    /// </summary>
    private static readonly TimeSpan Repetition = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private readonly List<KillOrder> _orders = [];
    private bool _isWorking;

    /// <summary>Begins to stop what a session runs. Returns at once.</summary>
    public KillOrder Kill(Session session)
    {
        KillOrder order = new(session);
        lock (_lock)
        {
            _orders.Add(order);
            if (_isWorking) return order;

            _isWorking = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static killer => _ = killer.WorkAsync(), this, preferLocal: false);
        return order;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Nobody waits for this work; a failure is passed on by cutting the connections off.")]
    private async Task WorkAsync()
    {
        Dictionary<string, Session> sessions = [];
        try
        {
            while (true)
            {
                KillOrder[] orders = Pending();
                if (orders.Length == 0) return;

                foreach (KillOrder order in orders)
                {
                    Session session = await SessionToAsync(order.Session, sessions).ConfigureAwait(false);
                    if (session.ServerUuid != order.Session.ServerUuid)
                    {
                        // Its number is another's on this server.
                        order.Abandon();
                        continue;
                    }

                    if (!order.TryBegin()) continue;

                    try
                    {
                        await SendAsync(session, order).ConfigureAwait(false);
                    }
                    finally
                    {
                        order.End();
                    }
                }

                await Task.Delay(Repetition, time).ConfigureAwait(false);
            }
        }
        catch (Exception)
        {
            // Whatever it is, nothing can be stopped: what was to be stopped is cut off.
            KillOrder[] orders;
            lock (_lock)
            {
                orders = [.. _orders];
                _orders.Clear();
                _isWorking = false;
            }

            foreach (KillOrder order in orders) order.Abandon();
        }
        finally
        {
            foreach (Session session in sessions.Values) session.Dispose();
        }
    }

    /// <summary>A connection to the server that has a session, or to what is at its address now.</summary>
    private async ValueTask<Session> SessionToAsync(Session stopped, Dictionary<string, Session> sessions)
    {
        if (sessions.TryGetValue(stopped.ServerUuid, out Session? known)) return known;

        Session session = new(options, time, killer: null);
        session.Link.Address = stopped.Link.Address;
        await SessionOpener.OpenAsync(session, options.CancellationTimeout, async: true, CancellationToken.None).ConfigureAwait(false);
        return sessions[stopped.ServerUuid] = session;
    }

    /// <summary>The orders whose statements still run; none ends the work.</summary>
    private KillOrder[] Pending()
    {
        lock (_lock)
        {
            _orders.RemoveAll(static order => order.IsDone);
            _isWorking = _orders.Count > 0;
            return [.. _orders];
        }
    }

    private async ValueTask SendAsync(Session session, KillOrder order)
    {
        session.BeginCall(options.CancellationTimeout, "cancellation timeout", owner: null, InterruptBy.Aborting, CancellationToken.None);
        try
        {
            session.Writer.BeginQuery();
            session.Writer.WriteString($"KILL QUERY {order.Session.ThreadId}");
            session.Writer.End();
            await session.SendStatementAsync(async: true).ConfigureAwait(false);
            await session.ReadOkAsync(async: true).ConfigureAwait(false);
        }
        catch (MySqlException refused) when (refused.Number is ServerErrors.NoSuchThread or ServerErrors.KillDenied)
        {
            // It has gone by itself; or a reset stands in front of its statement, and the next KILL comes after that.
        }
        catch (Exception failure)
        {
            throw session.Failed(failure, CancellationToken.None);
        }
        finally
        {
            session.EndCall();
        }
    }
}

/// <summary>One statement that is to be stopped. Thread-safe.</summary>
internal sealed class KillOrder(Session session)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _underWay;
    private bool _wasSent;

    public Session Session => session;

    /// <summary>The statement has ended: nothing is to be sent any more.</summary>
    public bool IsDone { get; private set; }

    /// <summary>
    /// Ends the order: when it returns, no KILL is under way and none will be. Says whether one was sent, which may have come too late for
    /// the statement.
    /// </summary>
    /// <exception cref="TimeoutException">A KILL is still under way after the time.</exception>
    public async ValueTask<bool> EndAsync(TimeSpan timeout, TimeProvider time, bool async)
    {
        Task? underWay;
        lock (_lock)
        {
            IsDone = true;
            underWay = _underWay?.Task.WaitAsync(timeout, time);
        }

        if (underWay is not null)
        {
            // Another thread's work: a synchronous caller blocks its own until that is done.
            if (async) await underWay.ConfigureAwait(false);
            else underWay.GetAwaiter().GetResult();
        }

        return _wasSent;
    }

    /// <summary>Ends the order of a connection that is of no more use: a KILL under way does not matter.</summary>
    public void Withdraw()
    {
        lock (_lock)
        {
            IsDone = true;
        }
    }

    /// <summary>Takes the right to send a KILL, until <see cref="End"/>; false when there is nothing left to stop.</summary>
    internal bool TryBegin()
    {
        lock (_lock)
        {
            if (IsDone) return false;

            _wasSent = true;
            _underWay = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return true;
        }
    }

    internal void End()
    {
        lock (_lock)
        {
            _underWay!.SetResult();
            _underWay = null;
        }
    }

    /// <summary>The server cannot be asked: the statement's connection is cut off, unless it has ended by itself.</summary>
    internal void Abandon()
    {
        lock (_lock)
        {
            if (IsDone) return;

            // Here, so that no other call can begin before the abort.
            IsDone = true;
            session.Break();
        }

        session.Link.Abort();
    }
}
