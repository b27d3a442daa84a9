using OpenTelemetry.Metrics;

namespace FooBar.ServiceDefaults.Prometheus;

/// <summary>What Prometheus knows a metric as. An UpDownCounter falls, so it is a gauge.</summary>
internal enum FamilyKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>
/// The metrics that share a Prometheus name: usually one; more when two meters, or two versions of one, name an instrument alike.
/// </summary>
/// <param name="name">The family's name, without the <c>_total</c> of a counter.</param>
/// <param name="kind">How its values are read.</param>
/// <param name="help">One sentence; empty for none.</param>
internal sealed class MetricFamily(string name, FamilyKind kind, string help)
{
    public string Name => name;

    public FamilyKind Kind => kind;

    public string Help => help;

    public List<Metric> Metrics { get; } = [];

    /// <summary>Whether the scope must be told apart by labels: the same series from two meters would be a duplicate.</summary>
    public bool IsShared => Metrics.Count > 1;
}
