using FooBar.MySql.Observability;
using FooBar.MySql.Sessions;

namespace FooBar.MySql.Pool;

/// <summary>The places, and the line of those who wait for one.</summary>
internal sealed partial class SessionPool
{
    private async ValueTask<Session?> WaitAsync(PoolWaiter waiter, long started, bool async, CancellationToken cancellationToken)
    {
        TimeSpan left = TimeLeft(started);
        using (_time.CreateTimer(_ => GiveUpWaiting(waiter), null, left, Timeout.InfiniteTimeSpan))
        using (cancellationToken.UnsafeRegister((_, token) => Withdraw(waiter, MySqlCanceledException.NotBegun(token)), null))
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
