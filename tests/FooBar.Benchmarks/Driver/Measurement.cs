namespace FooBar.Benchmarks.Driver;

/// <summary>One round of one driver, or the medians of several.</summary>
/// <param name="CpuMicroseconds">Processor time of the driver's process, its kernel time too, per turn.</param>
/// <param name="Bytes">Allocated on the managed heap per turn.</param>
/// <param name="BytesBeyondRows">The same without the row objects and their strings; null where a turn reads no rows.</param>
/// <param name="PerSecond">Turns of all callers together.</param>
/// <param name="P50Milliseconds">Half of the turns took no longer.</param>
/// <param name="P99Milliseconds">99 of 100 turns took no longer.</param>
internal sealed record Measurement(double CpuMicroseconds, double Bytes, double? BytesBeyondRows, double PerSecond, double P50Milliseconds, double P99Milliseconds)
{
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
        double Of(Func<Measurement, double> metric)
        {
            double[] values = [.. rounds.Select(metric).Order()];
            return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
        }

        return new Measurement(
            Of(round => round.CpuMicroseconds),
            Of(round => round.Bytes),
            rounds.First().BytesBeyondRows is null ? null : Of(round => round.BytesBeyondRows!.Value),
            Of(round => round.PerSecond),
            Of(round => round.P50Milliseconds),
            Of(round => round.P99Milliseconds));
    }
}
