using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace FooBar.ServiceDefaults.Prometheus;

/// <summary>Groups a collection's metrics into families, in the order they first appear. One caller at a time.</summary>
internal sealed partial class MetricFamilies(ILogger logger)
{
    // .NET 10 declares these as counters, though both fall; as counters rate() would take each fall for a restart.
    private static readonly string[] FallingCounters = ["dotnet.thread_pool.thread.count", "dotnet.thread_pool.queue.length"];

    // In the text format _count belongs to histograms, and promtool objects to it elsewhere. Renamed here, not by a view, so that any other
    // exporter keeps the convention's names.
    private static readonly Dictionary<string, string> CountsOfTheRuntime = new(StringComparer.Ordinal)
    {
        ["dotnet_assembly_count"] = "dotnet_assemblies",
        ["dotnet_process_cpu_count"] = "dotnet_process_cpus",
        ["dotnet_thread_pool_thread_count"] = "dotnet_thread_pool_threads",
        ["dotnet_timer_count"] = "dotnet_timers",
    };

    // A metric's name and unit never change, and building the Prometheus name is most of what grouping costs.
    private readonly ConditionalWeakTable<Metric, string> _names = [];
    private readonly HashSet<string> _reported = new(StringComparer.Ordinal);

    public IReadOnlyCollection<MetricFamily> Group(in Batch<Metric> batch)
    {
        OrderedDictionary<string, MetricFamily> families = new(StringComparer.Ordinal);
        foreach (Metric metric in batch)
        {
            if (KindOf(metric) is not { } kind)
            {
                Report(metric, "the text format has no such type; give it explicit buckets");
                continue;
            }

            string name = NameOf(metric, kind);
            if (!families.TryGetValue(name, out MetricFamily? family))
            {
                families.Add(name, family = new MetricFamily(name, kind, metric.Description));
            }

            if (family.Kind != kind)
            {
                Report(metric, $"the name {name} is taken by a {family.Kind} of meter {family.Metrics[0].MeterName}");
                continue;
            }

            family.Metrics.Add(metric);
        }

        return families.Values;
    }

    private static FamilyKind? KindOf(Metric metric) => metric.MetricType switch
    {
        _ when FallingCounters.Contains(metric.Name) => FamilyKind.Gauge,
        MetricType.LongSum or MetricType.DoubleSum => FamilyKind.Counter,
        MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic => FamilyKind.Gauge,
        MetricType.LongGauge or MetricType.DoubleGauge => FamilyKind.Gauge,
        MetricType.Histogram => FamilyKind.Histogram,
        _ => null,
    };

    private string NameOf(Metric metric, FamilyKind kind)
    {
        if (!_names.TryGetValue(metric, out string? name))
        {
            // Unit 1 is a ratio on a gauge proper; a counter, up-down or not, counts things with it.
            string unit = metric.Unit == "1" && !metric.MetricType.IsGauge() ? "" : metric.Unit;
            name = PrometheusName.OfFamily(metric.Name, unit, kind);
            _names.Add(metric, name = CountsOfTheRuntime.GetValueOrDefault(name, name));
        }

        return name;
    }

    private void Report(Metric metric, string reason)
    {
        if (_reported.Add($"{metric.MeterName}/{metric.Name}"))
        {
            LogLeftOut(logger, metric.Name, metric.MeterName, reason);
        }
    }

    [LoggerMessage(4001, LogLevel.Warning, "Metric {Metric} of meter {Meter} is left out of /metrics: {Reason}")]
    private static partial void LogLeftOut(ILogger logger, string metric, string meter, string reason);
}
