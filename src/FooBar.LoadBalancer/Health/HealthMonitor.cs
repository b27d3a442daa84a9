using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Health;

/// <summary>Checks every backend at its own pace, and at once when something calls for it, and adds what it finds to the record.</summary>
internal sealed class HealthMonitor(BackendPool pool, HealthCheck check, HealthRecord record, HealthOptions options, TimeProvider time)
    : IHostedService, IDisposable
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
        await using ITimer timer = time.CreateTimer(
            static state => ((CheckSignal)state!).Set(), backend.CheckSignal, options.Interval, options.Interval);
        try
        {
            while (true)
            {
                await backend.CheckSignal.WaitAsync(stoppingToken).ConfigureAwait(false);
                await CheckAsync(backend, stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private async Task CheckAsync(Backend backend, CancellationToken cancellationToken)
    {
        CheckResult result;
        try
        {
            result = await check.RunAsync(backend, cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The loop outlives whatever a check throws: a monitor that ended would leave a dead backend in rotation.
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            result = new CheckResult(Evidence.CheckFailed, exception.Message);
        }

        record.Add(backend, result.Evidence, result.Failure);
    }
}
