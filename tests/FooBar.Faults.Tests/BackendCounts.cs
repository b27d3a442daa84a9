using FooBar.Testing.Site;

namespace FooBar.Faults.Tests;

/// <summary>
/// How many requests of visitors reached each instance, by the instances' own count, sampled five times a second. A process that is started
/// again counts from zero; what it had served since the last sample is lost to the count.
/// </summary>
public sealed class BackendCounts : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly IReadOnlyList<SiteProcess> _instances;
    private readonly HttpClient _http;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly List<(long At, double[] Totals)> _samples = [];
    private readonly Task _sampling;

    internal BackendCounts(IReadOnlyList<SiteProcess> instances, HttpClient http)
    {
        (_instances, _http) = (instances, http);
        _sampling = SampleAsync();
    }

    /// <summary>Requests in all since the start, by instance.</summary>
    public IReadOnlyList<double> Totals
    {
        get
        {
            lock (_lock)
            {
                return _samples.Count == 0 ? [.. _instances.Select(_ => 0.0)] : _samples[^1].Totals;
            }
        }
    }

    /// <summary>The part of all requests that reached each instance between two moments after <paramref name="origin"/>, a timestamp of the system's clock.</summary>
    public IReadOnlyList<double> Shares(long origin, TimeSpan from, TimeSpan to)
    {
        lock (_lock)
        {
            (long At, double[] Totals)[] within = [.. _samples.Where(sample => TimeProvider.System.GetElapsedTime(origin, sample.At) is { } passed && passed >= from && passed <= to)];
            Assert.True(within.Length >= 2, $"The instances were sampled {within.Length} times from {from.TotalSeconds:0.0} s to {to.TotalSeconds:0.0} s.");
            double[] served = [.. within[^1].Totals.Zip(within[0].Totals, (last, first) => last - first)];
            return [.. served.Select(count => count / served.Sum())];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sampling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task SampleAsync()
    {
        double[] totals = new double[_instances.Count];
        double?[] last = new double?[_instances.Count];
        using PeriodicTimer timer = new(Interval, TimeProvider.System);
        do
        {
            await Task.WhenAll(_instances.Select(async (instance, index) =>
            {
                if (await ScrapeAsync(instance) is { } count)
                {
                    totals[index] += last[index] is { } before && count >= before ? count - before : last[index] is null ? 0 : count;
                    last[index] = count;
                }
            }));
            lock (_lock)
            {
                _samples.Add((TimeProvider.System.GetTimestamp(), [.. totals]));
            }
        }
        while (await timer.WaitForNextTickAsync(_stop.Token));
    }

    private async Task<double?> ScrapeAsync(SiteProcess instance)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        deadline.CancelAfter(Interval);
        try
        {
            MetricsPage page = await MetricsPage.ScrapeAsync(_http, instance.Admin, deadline.Token);

            // Visitors' pages alone: the gateway's health checks have another route.
            return page.Sum("http_server_request_duration_seconds_count", "http_route=\"/\"") + page.Sum("http_server_request_duration_seconds_count", "http_route=\"posts/");
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !_stop.IsCancellationRequested)
        {
            // Down, frozen or just starting: the next sample may find it.
            return null;
        }
    }
}
