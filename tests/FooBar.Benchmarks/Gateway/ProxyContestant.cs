using FooBar.AppHost.Benchmarks;
using Round = System.Collections.Generic.IReadOnlyDictionary<string, double>;

namespace FooBar.Benchmarks.Gateway;

/// <summary>A running proxy in one workload.</summary>
/// <param name="proxy">The proxy.</param>
/// <param name="job">What it was told.</param>
/// <param name="load">What it is asked.</param>
/// <param name="askedAsync">How often the backends were asked for what a cache may keep.</param>
/// <param name="warmUp">What it is asked before anything is measured, beside the round that every contestant has for it, and for how long.</param>
internal sealed class ProxyContestant(
    ProxyProcess proxy, ProxyJob job, IProxyLoad load, Func<CancellationToken, Task<long>> askedAsync, (IProxyLoad Load, TimeSpan Time) warmUp) : IContestant<Round>
{
    public const string Cpu = "cpu_us_per_op";
    public const string PerSecond = "ops_per_s";
    public const string P50 = "p50_ms";
    public const string P99 = "p99_ms";
    public const string Resumed = "resumed_percent";
    public const string Hits = "hit_percent";
    public const string Resident = "rss_mb";

    /// <summary>The metrics and their units, in the order in which they are reported.</summary>
    public static IReadOnlyDictionary<string, string> Units { get; } = new Dictionary<string, string>
    {
        [Cpu] = "µs",
        [PerSecond] = "1/s",
        [P50] = "ms",
        [P99] = "ms",
        [Resumed] = "%",
        [Hits] = "%",
        [Resident] = "MB",
    };

    public string Name => proxy.Name;

    public async Task<string?> BeginAsync(string workload, CancellationToken cancellationToken)
    {
        try
        {
            if (await ProxyCheck.ProblemAsync(proxy, job, GatewayWorkload.Named(workload), cancellationToken) is { } problem) return problem;

            if (warmUp.Time > TimeSpan.Zero) await warmUp.Load.RunAsync(proxy.Target, warmUp.Time, cancellationToken);
            return null;
        }
        catch (BenchmarkException failure)
        {
            return failure.Message;
        }
    }

    public async Task<RoundAnswer<Round>> RunAsync(double seconds, CancellationToken cancellationToken)
    {
        try
        {
            long asked = job.IsCached ? await askedAsync(cancellationToken) : 0;
            IReadOnlyDictionary<int, TimeSpan> before = ProcessUsage.Cpu(proxy.Processes);
            LoadLap lap = await load.RunAsync(proxy.Target, TimeSpan.FromSeconds(seconds), cancellationToken);
            IReadOnlyDictionary<int, TimeSpan> after = ProcessUsage.Cpu(before.Keys);
            Dictionary<string, double> metrics = MetricsOf(lap, after.Sum(process => (process.Value - before[process.Key]).TotalMicroseconds));
            if (job.IsCached) metrics.Add(Hits, 100 * Math.Max(0, 1 - ((await askedAsync(cancellationToken) - asked) / (double)lap.Requests)));
            return new(metrics, null);
        }
        catch (BenchmarkException failure)
        {
            return new(null, failure.Message);
        }
    }

    public Task EndAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private Dictionary<string, double> MetricsOf(LoadLap lap, double cpuMicroseconds)
    {
        Dictionary<string, double> metrics = new() { [Resident] = lap.ResidentMegabytes ?? proxy.ResidentMegabytes() };
        if (lap.ResumedPercent is { } percent) metrics.Add(Resumed, percent);
        if (lap.Requests == 0) return metrics;

        metrics.Add(Cpu, cpuMicroseconds / lap.Requests);
        metrics.Add(PerSecond, lap.Requests / lap.Elapsed.TotalSeconds);
        metrics.Add(P50, lap.P50.TotalMilliseconds);
        metrics.Add(P99, lap.P99.TotalMilliseconds);
        return metrics;
    }
}
