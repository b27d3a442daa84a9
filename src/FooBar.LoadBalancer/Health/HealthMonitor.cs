using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Health;

/// <summary>Checks every backend at its own pace and reports to the pool.</summary>
internal sealed partial class HealthMonitor(
    BackendPool pool,
    HealthCheck check,
    HealthOptions options,
    TimeProvider time,
    ILogger<HealthMonitor> logger) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _watching = Task.CompletedTask;

    /// <summary>
    /// Returns when every backend was checked once. Hosted services start before the server listens, so the first request already meets
    /// known states; a backend that does not answer delays that by the check's time-out at most.
    /// </summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(pool.All.Select(backend => CheckAsync(backend, cancellationToken))).ConfigureAwait(false);

        // A loop for each: a backend that hangs must not delay the news about another.
        _watching = Task.WhenAll(pool.All.Select(backend => WatchAsync(backend, _stopping.Token)));
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);

        // When the host's time for stopping is over, it goes on without us: that is no failure of the stop.
        await _watching.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc />
    public void Dispose() => _stopping.Dispose();

    private async Task WatchAsync(Backend backend, CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(options.Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
                await CheckAsync(backend, stoppingToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private async Task CheckAsync(Backend backend, CancellationToken cancellationToken)
    {
        string? failure;
        try
        {
            failure = await check.RunAsync(backend, cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The loop outlives whatever a check throws: a monitor that ended would leave a dead backend in rotation.
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            failure = exception.Message;
        }

        Report(backend, failure);
    }

    private void Report(Backend backend, string? failure)
    {
        BackendHealth before = backend.Health;
        BackendHealth after = new(
            HealthStateMachine.Next(before.State, failure is null, options.FailuresToDown, options.SuccessesToUp),
            failure is null ? time.GetUtcNow() : before.LastPassed,
            failure ?? before.LastFailure);
        pool.Report(backend, after);

        if (after.State.Status == before.State.Status)
            return;
        if (after.State.Status == BackendStatus.Up)
            LogUp(backend.Name, backend.Url);
        else
            LogDown(backend.Name, failure!, pool.Available.Length);
    }

    [LoggerMessage(1101, LogLevel.Information, "Backend {Backend} at {Url} is up")]
    private partial void LogUp(string backend, Uri url);

    [LoggerMessage(1102, LogLevel.Warning, "Backend {Backend} is down: {Failure}. Backends left: {Left}")]
    private partial void LogDown(string backend, string failure, int left);
}
