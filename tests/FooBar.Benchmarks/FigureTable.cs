using System.Globalization;

namespace FooBar.Benchmarks;

/// <summary>The figures as text of fixed width: a block a workload while they are measured, and the ratios of all of them at the end.</summary>
internal static class FigureTable
{
    private const int LabelWidth = 34;
    private const int ValueWidth = 14;
    private const int RatioWidth = 8;

    /// <summary>A block for one workload; behind each peer's value stands ours divided by it.</summary>
    public static IEnumerable<string> Block(IReadOnlyList<Figure> figures, string ours, IReadOnlyList<string> peers)
    {
        yield return $"{figures[0].Workload,-LabelWidth}{ours,ValueWidth}{string.Concat(peers.Select(peer => $"{peer,ValueWidth + 2}{"ratio",RatioWidth}"))}";
        foreach (Figure figure in figures)
        {
            yield return $"  {$"{figure.Metric} ({figure.Unit})",-LabelWidth + 2}{(figure.Ours is { } value ? Text(value) : "-"),ValueWidth}{string.Concat(peers.Select(peer => Compared(figure, peer)))}";
        }
    }

    /// <summary>One line a workload: ours divided by each peer's, for the metrics that the drivers differ in most.</summary>
    public static IEnumerable<string> Summary(IReadOnlyList<Figure> figures, IReadOnlyList<string> peers, IReadOnlyList<string> metrics)
    {
        yield return $"{"ours divided by the peer's",-LabelWidth}{string.Concat(from metric in metrics from peer in peers select $"  {metric} {peer}")}";
        foreach (IGrouping<string, Figure> workload in figures.GroupBy(figure => figure.Workload))
        {
            yield return $"{workload.Key,-LabelWidth}" + string.Concat(
                from metric in metrics
                from peer in peers
                let figure = workload.FirstOrDefault(figure => figure.Metric == metric)
                select "  " + Ratio(figure, peer).PadLeft(metric.Length + 1 + peer.Length));
        }
    }

    private static string Compared(Figure figure, string peer) =>
        $"{(figure.Peers.TryGetValue(peer, out double value) ? Text(value) : "-"),ValueWidth + 2}{Ratio(figure, peer),RatioWidth}";

    private static string Ratio(Figure? figure, string peer) =>
        figure is not null && figure.Ratios.TryGetValue(peer, out double ratio) ? ratio.ToString("0.00", CultureInfo.InvariantCulture) : "-";

    private static string Text(double value) => value.ToString(value >= 100 ? "#,##0" : value >= 10 ? "0.0" : "0.000", CultureInfo.InvariantCulture);
}
