using FooBar.MySql.Configuration;
using FooBar.MySql.Observability;
using FooBar.MySql.Sessions;

namespace FooBar.MySql.Pool;

/// <summary>Closes idle sessions that nobody will need.</summary>
internal sealed partial class SessionPool
{
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
}
