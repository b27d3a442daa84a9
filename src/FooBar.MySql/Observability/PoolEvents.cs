using FooBar.MySql.Configuration;
using FooBar.MySql.Sessions;
using Microsoft.Extensions.Logging;

namespace FooBar.MySql.Observability;

/// <summary>What happens in one pool, as logs and measurements. Nothing is done for what nobody listens to. Never throws. Thread-safe.</summary>
internal sealed class PoolEvents(ConnectionOptions options, TimeProvider time, ILogger log)
{
    public void Opened(Session session, long started) => Observers.Tell(() =>
    {
        DriverLog.Opened(log, Pool, session.ThreadId);
        if (Instruments.CreateTime.Enabled) Instruments.CreateTime.Record(SecondsSince(started), PoolName);
    });

    public void Lent(Session session, long started)
    {
        if (Instruments.UseTime.Enabled) session.LentAt = time.GetTimestamp();
        if (Instruments.WaitTime.Enabled) RecordWait(started);
    }

    public void Returned(Session session)
    {
        // Zero: nobody listened when it was lent.
        if (Instruments.UseTime.Enabled && session.LentAt != 0) RecordUse(session.LentAt);
        session.LentAt = 0;
    }

    public void Closed(Session session, CloseReason reason) => Observers.Tell(() =>
    {
        if (reason == CloseReason.Broken) DriverLog.Broken(log, Pool, session.ThreadId);
        else DriverLog.Closed(log, Pool, session.ThreadId, reason);
    });

    public void Retired(int idle, int used) => Observers.Tell(() => DriverLog.Retired(log, Pool, idle, used));

    /// <param name="session">What came back.</param>
    /// <param name="openedAt">The stack of the call that opened the connection; null when that was not recorded.</param>
    public void Leaked(Session session, string? openedAt) => Observers.Tell(() => DriverLog.Leaked(
        log,
        Pool,
        session.ThreadId,
        openedAt is null ? $"Set the switch {MySqlDataSource.RecordOpeningSwitch} to learn where it was opened." : "It was opened at\n" + openedAt));

    public void TimedOut(PoolFigures figures, bool isFirst) => Observers.Tell(() =>
    {
        if (Instruments.Timeouts.Enabled) Instruments.Timeouts.Add(1, PoolName);
        if (isFirst) DriverLog.Exhausted(log, Pool, figures.Used, options.MaximumPoolSize, figures.Opening, figures.Waiting);
    });

    public void WarmUpFailing(Exception failure) => Observers.Tell(() =>
        DriverLog.WarmUpFailing(log, Pool, options.MinimumPoolSize, failure is MySqlException ? failure.Message : failure.GetType().Name));

    public void WarmUpRecovered(int failures) => Observers.Tell(() => DriverLog.WarmUpRecovered(log, Pool, failures, options.MinimumPoolSize));

    private void RecordWait(long started) => Observers.Tell(() => Instruments.WaitTime.Record(SecondsSince(started), PoolName));

    private void RecordUse(long lentAt) => Observers.Tell(() => Instruments.UseTime.Record(SecondsSince(lentAt), PoolName));

    private string Pool => options.Labels.PoolName;

    private KeyValuePair<string, object?> PoolName => new(Instruments.PoolName, Pool);

    private double SecondsSince(long started) => time.GetElapsedTime(started).TotalSeconds;
}
