using System.Globalization;
using FooBar.Data.Tests.History;

namespace FooBar.Data.Faults.Tests.Play;

/// <summary>What came of one scenario, as a row of the table at the end and as a line of evidence.</summary>
/// <param name="Name">Which one, in which mode.</param>
/// <param name="Report">What the history shows.</param>
/// <param name="Rate">Operations that were begun in a second.</param>
/// <param name="Standstill">The longest time for which the clients themselves stood still.</param>
/// <param name="MachineLoad">The machine's load average of the last minute, at the end.</param>
/// <param name="Notes">What the scenario found out itself.</param>
internal sealed record FaultRow(string Name, HistoryReport Report, double Rate, TimeSpan Standstill, string MachineLoad, IReadOnlyList<string> Notes)
{
    /// <summary>The head of the table.</summary>
    public const string Header =
        """
        | fault | errors seen by callers | no reads for | no writes for | lost | twice | stale | operations/s | more |
        |---|---|---|---|---|---|---|---|---|
        """;

    private string Errors => Report.Errors.Count == 0 ? "none" : string.Join(", ", Report.Errors.Select(pair => $"{pair.Value} {pair.Key}"));

    private string More => string.Join("; ", [.. Notes, $"clients still for {Seconds(Standstill)} at most", $"machine load {MachineLoad}"]);

    /// <summary>As a row of the table.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"| {Name} | {Errors} | {Seconds(Report.LongestWithoutRead)} | {Seconds(Report.LongestWithoutWrite)} | {Report.Lost} | {Report.Duplicated} | {Report.StaleReads} | {Rate:0} | {More} |");

    /// <summary>As the figures of a line of evidence.</summary>
    public string Figures => string.Create(
        CultureInfo.InvariantCulture,
        $"errors seen: {Errors}; no reads for {Seconds(Report.LongestWithoutRead)}, no writes for {Seconds(Report.LongestWithoutWrite)}; lost {Report.Lost}, twice {Report.Duplicated}, stale {Report.StaleReads}; {Rate:0} operations/s; {More}");

    private static string Seconds(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.00} s");
}
