namespace FooBar.Benchmarks.DataLayer;

/// <summary>What of a contestant's round is reported, by the names under which it is.</summary>
internal static class DataSample
{
    public const string Cpu = "cpu_us_per_op";
    public const string CpuOfBare = "cpu_of_bare_percent";
    public const string CpuOfBareError = "cpu_of_bare_error_percent";
    public const string CpuWithHop = "cpu_with_hop_us_per_op";
    public const string ServerCpu = "server_cpu_us_per_op";
    public const string Bytes = "bytes_per_op";
    public const string RoundTrips = "round_trips_per_op";
    public const string PerSecond = "ops_per_s";
    public const string P50 = "p50_ms";
    public const string P99 = "p99_ms";
    public const string Busy = "machine_busy_percent";
    public const string Nanoseconds = "ns_per_op";

    private static readonly Dictionary<string, string> Units = new()
    {
        [Cpu] = "µs",
        [CpuOfBare] = "%",
        [CpuOfBareError] = "%",
        [CpuWithHop] = "µs",
        [ServerCpu] = "µs",
        [Bytes] = "B",
        [RoundTrips] = "1",
        [PerSecond] = "1/s",
        [P50] = "ms",
        [P99] = "ms",
        [Busy] = "%",
        [Nanoseconds] = "ns",
    };

    /// <summary>
    /// Adds to each round what its processor time is of the bare driver's in the same round. What else the machine does moves from minute to
    /// minute, and hits what is measured a second apart alike: the median of these shows differences that drown in those of the medians.
    /// Nothing is added where the bare driver is missing.
    /// </summary>
    public static void Compare(IReadOnlyDictionary<string, List<Dictionary<string, double>>> rounds)
    {
        if (!rounds.TryGetValue(DataContestant.Bare.Name, out List<Dictionary<string, double>>? bare)) return;

        foreach (List<Dictionary<string, double>> contestant in rounds.Values)
        {
            foreach ((int i, Dictionary<string, double> round) in contestant.Index()) round[CpuOfBare] = 100 * round[Cpu] / bare[i][Cpu];
        }
    }

    /// <summary>The figures of a workload, from the rounds of each contestant; the medians count, of each metric its own.</summary>
    /// <param name="workload">Its name.</param>
    /// <param name="rounds">By the contestant's name, ours among them; all rounds have the same metrics.</param>
    public static IReadOnlyList<Figure> FiguresOf(string workload, IReadOnlyDictionary<string, List<Dictionary<string, double>>> rounds)
    {
        ICollection<string> metrics = rounds[DataContestant.Ours.Name][0].Keys;
        return
        [
            .. metrics.Select(metric => Of(metric, metric, Measurement.MedianOf)),
            .. metrics.Where(metric => metric == CpuOfBare).Select(metric => Of(CpuOfBareError, metric, Measurement.MedianErrorOf)),
        ];

        Figure Of(string name, string metric, Func<IEnumerable<double>, double> of)
        {
            Dictionary<string, double> values = rounds.ToDictionary(contestant => contestant.Key, contestant => Math.Round(of(contestant.Value.Select(round => round[metric])), 3));
            return Figure.Of(workload, name, Units[name], values[DataContestant.Ours.Name], values.Where(value => value.Key != DataContestant.Ours.Name).ToDictionary());
        }
    }
}
