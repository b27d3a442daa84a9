namespace FooBar.Benchmarks;

/// <summary>One round of one contestant, or the medians of several.</summary>
/// <param name="CpuMicroseconds">Processor time of its process, its kernel time too, per turn.</param>
/// <param name="Bytes">Allocated on the managed heap per turn.</param>
/// <param name="BytesBeyondRows">The same without the row objects and their strings; null where a turn reads no rows.</param>
/// <param name="PerSecond">Turns of all callers together.</param>
/// <param name="P50Milliseconds">Half of the turns took no longer.</param>
/// <param name="P99Milliseconds">99 of 100 turns took no longer.</param>
internal sealed record Measurement(double CpuMicroseconds, double Bytes, double? BytesBeyondRows, double PerSecond, double P50Milliseconds, double P99Milliseconds)
{
    /// <summary>How many turns were taken in the round; not a metric, so no median has it.</summary>
    public double Turns { get; init; }

    /// <summary>The metrics by the names under which they are reported.</summary>
    public static IReadOnlyList<(string Name, string Unit, Func<Measurement, double?> Of)> Metrics { get; } =
    [
        ("cpu_us_per_op", "µs", measurement => measurement.CpuMicroseconds),
        ("bytes_per_op", "B", measurement => measurement.Bytes),
        ("bytes_beyond_rows_per_op", "B", measurement => measurement.BytesBeyondRows),
        ("ops_per_s", "1/s", measurement => measurement.PerSecond),
        ("p50_ms", "ms", measurement => measurement.P50Milliseconds),
        ("p99_ms", "ms", measurement => measurement.P99Milliseconds),
    ];

    /// <summary>Of each metric the median of its own.</summary>
    public static Measurement Median(IReadOnlyCollection<Measurement> rounds)
    {
        double Of(Func<Measurement, double> metric) => MedianOf(rounds.Select(metric));

        return new Measurement(
            Of(round => round.CpuMicroseconds),
            Of(round => round.Bytes),
            rounds.First().BytesBeyondRows is null ? null : Of(round => round.BytesBeyondRows!.Value),
            Of(round => round.PerSecond),
            Of(round => round.P50Milliseconds),
            Of(round => round.P99Milliseconds));
    }

    /// <summary>The middle one, or the mean of the two in the middle.</summary>
    public static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>
    /// How far the median of so many values is off: its standard error, 1.253 σ / √n, with σ from the quartiles, which do not mind a round that
    /// something else disturbed. Zero for one value.
    /// </summary>
    public static double MedianErrorOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        double sigma = (sorted[(3 * sorted.Length - 1) / 4] - sorted[(sorted.Length - 1) / 4]) / 1.349;
        return 1.253 * sigma / Math.Sqrt(sorted.Length);
    }
}
