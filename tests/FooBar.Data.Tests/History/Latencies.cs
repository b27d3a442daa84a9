namespace FooBar.Data.Tests.History;

/// <summary>How long some calls took.</summary>
internal sealed class Latencies
{
    private readonly TimeSpan[] _sorted;

    public Latencies(IEnumerable<TimeSpan> latencies) => _sorted = [.. latencies.Order()];

    public int Count => _sorted.Length;

    public TimeSpan P50 => Percentile(0.50);

    public TimeSpan P99 => Percentile(0.99);

    public TimeSpan Longest => Percentile(1);

    public override string ToString() => Count == 0
        ? "none"
        : $"{Count}, p50 {P50.TotalMilliseconds:0.0} ms, p99 {P99.TotalMilliseconds:0.0} ms, longest {Longest.TotalMilliseconds:0.0} ms";

    /// <summary>The smallest of them that this share of all does not exceed.</summary>
    private TimeSpan Percentile(double share) => Count == 0
        ? throw new InvalidOperationException("There is no percentile of nothing: no call began in this window.")
        : _sorted[Math.Max(0, (int)Math.Ceiling(share * Count) - 1)];
}
