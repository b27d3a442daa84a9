using System.Globalization;

namespace FooBar.Benchmarks.DataLayer;

/// <summary>
/// What the layer adds to the bare driver, a line a workload, with what the bare driver seems to add to itself beside it: the two are the same,
/// so that is the noise, and a difference no larger says nothing. Behind ± stands the standard error.
/// </summary>
internal static class DataTargets
{
    public static IEnumerable<string> Lines(IReadOnlyList<Figure> figures)
    {
        foreach (IGrouping<string, Figure> workload in figures.GroupBy(figure => figure.Workload))
        {
            Dictionary<string, Figure> metrics = workload.ToDictionary(figure => figure.Metric);
            if (!metrics.TryGetValue(DataSample.CpuOfBare, out Figure? cpu)) continue;

            Figure error = metrics[DataSample.CpuOfBareError];
            string noise = cpu.Peers.TryGetValue(DataContestant.BareAgain.Name, out double again)
                ? $"{DataContestant.BareAgain.Name} {Beyond(again)} ± {Text(error.Peers[DataContestant.BareAgain.Name])}"
                : string.Empty;
            yield return $"{workload.Key,-22}CPU {Beyond(cpu.Ours!.Value),8} ± {Text(error.Ours!.Value),-5}({noise}), {More(metrics[DataSample.Bytes], "#,##0")} B, {More(metrics[DataSample.RoundTrips], "0.00")} round trips"
                + Hop(metrics);
        }
    }

    private static string Text(double percent) => percent.ToString("0.0", CultureInfo.InvariantCulture);

    /// <summary>What the hop takes, its own process included, and how much longer half of the turns take at least.</summary>
    private static string Hop(Dictionary<string, Figure> metrics)
    {
        string name = DataContestant.Router.Name;
        return metrics[DataSample.CpuWithHop].Peers.ContainsKey(name)
            ? $"; {name} CPU {Beyond(OfBare(metrics[DataSample.CpuWithHop]))}, p50 {Beyond(OfBare(metrics[DataSample.P50]))}"
            : string.Empty;

        double OfBare(Figure figure) => 100 * figure.Peers[name] / figure.Peers[DataContestant.Bare.Name];
    }

    private static string Beyond(double percent) => Signed(percent - 100, "0.0") + " %";

    private static string More(Figure figure, string format) => Signed(figure.Ours!.Value - figure.Peers[DataContestant.Bare.Name], format);

    private static string Signed(double value, string format) => value.ToString($"+{format};-{format};{format}", CultureInfo.InvariantCulture);
}
