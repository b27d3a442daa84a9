namespace FooBar.Data;

/// <summary>
/// A source whose token ends after a time, as one with a delay does; but where what the driver registers may wait for a server, it ends on a thread of
/// its own: the pool's are needed by those that are to go on.
/// </summary>
internal sealed class DriverDeadline : CancellationTokenSource
{
    private readonly ITimer? _timer;

    private DriverDeadline(TimeSpan after, TimeProvider time) =>
        _timer = time.CreateTimer(static deadline => EndAside((DriverDeadline)deadline!), this, after, Timeout.InfiniteTimeSpan);

    /// <summary>Begins one.</summary>
    public static CancellationTokenSource After(TimeSpan after, IDriverAdapter driver, TimeProvider time) =>
        driver.HeedsCancellation ? new CancellationTokenSource(after, time) : new DriverDeadline(after, time);

    /// <summary>Ends a source on a thread of its own; on one of the pool's where the machine gives no more.</summary>
    public static Task EndAside(CancellationTokenSource source)
    {
        try
        {
            return Task.Factory.StartNew(static source => End((CancellationTokenSource)source!), source, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (TaskSchedulerException)
        {
            return Task.Run(() => End(source));
        }
    }

    protected override void Dispose(bool disposing)
    {
        _timer?.Dispose();
        base.Dispose(disposing);
    }

    private static void End(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (Exception failure) when (failure is ObjectDisposedException or AggregateException)
        {
            // It was in time; or a driver's cancellation failed, which is nobody's news: what it was to end is left in its call.
        }
    }
}
