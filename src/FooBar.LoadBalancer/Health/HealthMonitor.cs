using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Health;

/// <summary>Checks every backend at its own pace, and at once when something calls for it, and adds what it finds to the record.</summary>
internal sealed class HealthMonitor(BackendPool pool, HealthCheck check, HealthRecord record, CurrentSettings settings, TimeProvider time)
    : IHostedService, IReloadable, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<Backend, Task> _watching = [];

    /// <summary>
    /// Returns when every backend was checked once. Hosted services start before the server listens, so the first request already meets
    /// known states; a backend that does not answer delays that by the check's time-out at most.
    /// </summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        IEnumerable<Backend> asked = pool.All.Where(backend => backend.AdminState != AdminState.Maintenance);
        await Task.WhenAll(asked.Select(backend => CheckAsync(backend, cancellationToken))).ConfigureAwait(false);
        pool.NoteStarted();

        // A loop for each: a backend that hangs must not delay the news about another.
        WatchAll();
    }

    /// <inheritdoc />
    /// <remarks>Backends that came are watched from now on, after the pool has taken them in; those that went end their watch themselves.</remarks>
    public Action Prepare(GatewaySettings next) => WatchAll;

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);

        // When the host's time for stopping is over, it goes on without us: that is no failure of the stop.
        Task watching;
        lock (_lock)
            watching = Task.WhenAll(_watching.Values);
        await watching.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc />
    public void Dispose() => _stopping.Dispose();

    private void WatchAll()
    {
        lock (_lock)
        {
            foreach (Backend gone in _watching.Where(watch => watch.Value.IsCompleted).Select(watch => watch.Key).ToList())
                _watching.Remove(gone);
            foreach (Backend backend in pool.All)
            {
                if (!_watching.ContainsKey(backend))
                    _watching.Add(backend, WatchAsync(backend));
            }
        }
    }

    private async Task WatchAsync(Backend backend)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, backend.Retired);
        TimeSpan interval = settings.Options.Health.Interval;

        // One that came with a reload is unknown, and takes nothing before its first check. At the start that was made already.
        if (backend.Health.State.Status == BackendStatus.Unknown)
            backend.CheckSignal.Set();
        await using ITimer timer = time.CreateTimer(static state => ((CheckSignal)state!).Set(), backend.CheckSignal, interval, interval);
        try
        {
            while (true)
            {
                await backend.CheckSignal.WaitAsync(end.Token).ConfigureAwait(false);

                // In maintenance again and again: a request may have been claimed just before it, and begun to wait after it.
                if (backend.AdminState == AdminState.Maintenance)
                    backend.LetGo();
                else
                    await CheckAsync(backend, end.Token).ConfigureAwait(false);
                if (settings.Options.Health.Interval is var wanted && wanted != interval)
                {
                    interval = wanted;
                    timer.Change(interval, interval);
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The gateway stops, or the backend is no longer among those that are configured.
        }
    }

    private async Task CheckAsync(Backend backend, CancellationToken cancellationToken)
    {
        CheckResult result;
        long start = time.GetTimestamp();
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

        // In this order: who sees the check recorded sees what the comparison came to.
        record.Compare(backend);
        record.Add(backend, result, time.GetElapsedTime(start));
    }
}
