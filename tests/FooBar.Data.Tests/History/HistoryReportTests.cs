namespace FooBar.Data.Tests.History;

public sealed class HistoryReportTests
{
    private static readonly ReadFreshness Second = ReadFreshness.AtMost(TimeSpan.FromSeconds(1));

    private static WrittenHistory Mixed => new WrittenHistory()
        .Append(1, 0, 100).Append(1, 0, 120, instance: 1).Append(2, 100, 200, AppendOutcome.Unknown, error: "OutcomeUnknownException")
        .Append(3, 100, 1200, AppendOutcome.NotApplied, error: "DatabaseUnavailableException").Append(4, 1000, 1500)
        .Read(ReadFreshness.OwnWrites, 150, 200, [1]).Read(ReadFreshness.Latest, 1600, 1700, [1, 4]).Read(ReadFreshness.Any, 300, 350, [])
        .Read(ReadFreshness.Any, 300, 400, null, error: "DatabaseUnavailableException").Read(Second, 2000, 2100, [1, 4])
        .Final([1, 4]);

    [Fact]
    public void Report_CountsEachAppendOnceAndReadsByFreshness()
    {
        HistoryReport report = Mixed.Check();

        report.AssertCorrect();
        Assert.Equal((2, 1, 1, 1), (report.Acknowledged, report.Unknown, report.NotApplied, report.SentTwice));
        Assert.Equal(10, report.Calls);
        // From the answer at 350 ms to the next one at 1,700; writes were acknowledged at 100, 120 and 1,500 ms.
        Assert.Equal(TimeSpan.FromMilliseconds(1350), report.LongestWithoutRead);
        Assert.Equal(TimeSpan.FromMilliseconds(1380), report.LongestWithoutWrite);
        Assert.Equal(
            "2 appends acknowledged, 1 unknown, 1 not applied, 1 sent twice; reads answered: OwnWrites 1, AtMost 1, Latest 1, Any 1; errors: "
            + "DatabaseUnavailableException 2, OutcomeUnknownException 1; longest without a write 1.38 s, without a read 1.35 s; lost 0, applied twice 0, "
            + "stale reads 0; violations: none",
            report.Summary);
        Assert.Equal(report.Summary, report.ToString());
        Assert.Equal(
            "| primary killed | 2 | 1 | 1 | 1 | 1 | 1 | 1 | DatabaseUnavailableException 2, OutcomeUnknownException 1 | 1.38 s | 1.35 s | 0 | 0 | 0 | 0 |",
            report.ToMarkdownRow("primary killed"));
        Assert.Equal(HistoryReport.MarkdownHeader.Split('\n')[0].Count('|'), report.ToMarkdownRow("").Count('|'));
        Assert.Equal(HistoryReport.MarkdownHeader.Split('\n')[1].Count('|'), report.ToMarkdownRow("").Count('|'));
    }

    [Fact]
    public void Report_Violations_AreInTheSummaryTheRowAndTheText()
    {
        HistoryReport report = Mixed.Append(5, 0, 10).Append(6, 0, 10).Read(ReadFreshness.Latest, 1600, 1700, [9, 4]).Final([1, 4, 6, 6]).Check();

        Assert.False(report.IsCorrect);
        Assert.EndsWith(
            "; lost 1, applied twice 1, stale reads 4; violations: Lost 1, Duplicated 1, Invented 1, OwnWriteMissed 4", report.Summary, StringComparison.Ordinal);
        Assert.EndsWith(" | 1 | 1 | 4 | 1 |", report.ToMarkdownRow("run"), StringComparison.Ordinal);
        Assert.Equal([report.Summary, .. report.Violations.Select(violation => violation.ToString())], report.ToString().Split('\n'));
        Assert.Throws<Xunit.Sdk.TrueException>(report.AssertCorrect);
    }

    [Theory]
    [InlineData("reads")]
    [InlineData("appends")]
    [InlineData("twice")]
    public void AssertCorrect_NothingToCheck_Fails(string missing)
    {
        WrittenHistory history = new();
        if (missing != "appends")
            history.Append(1, 0, 10).Final([1]);
        if (missing == "reads")
            history.Append(1, 0, 10);
        if (missing != "reads")
        {
            foreach (ReadFreshness freshness in new[] { ReadFreshness.OwnWrites, Second, ReadFreshness.Latest, ReadFreshness.Any })
                history.Read(freshness, 20, 30, missing == "appends" ? [] : [1]);
        }

        HistoryReport report = history.Check();

        Assert.True(report.IsCorrect);
        Xunit.Sdk.TrueException failure = Assert.Throws<Xunit.Sdk.TrueException>(report.AssertCorrect);
        Assert.StartsWith("Nothing to check: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_NothingEverAnswered_TheGapIsTheWholeTime()
    {
        HistoryReport report = new WrittenHistory().Append(1, 0, 10, AppendOutcome.Unknown).Read(ReadFreshness.Any, 500, 900, null).Check();

        Assert.Equal(TimeSpan.FromMilliseconds(500), report.LongestWithoutWrite);
        Assert.Equal(TimeSpan.FromMilliseconds(500), report.LongestWithoutRead);
    }

    [Fact]
    public void LatenciesOfReads_Window_CountsWhatBeganInIt()
    {
        WrittenHistory history = new();
        for (int i = 1; i <= 100; i++)
            history.Read(i == 100 ? ReadFreshness.Latest : ReadFreshness.Any, i, i + i, i % 2 == 0 ? [] : null);

        Latencies all = history.Recorded.LatenciesOfReads(0, long.MaxValue);
        Assert.Equal((100, 50, 99, 100), (all.Count, all.P50.TotalMilliseconds, all.P99.TotalMilliseconds, all.Longest.TotalMilliseconds));
        Assert.Equal("100, p50 50.0 ms, p99 99.0 ms, longest 100.0 ms", all.ToString());

        Latencies some = history.Recorded.LatenciesOfReads(10 * TimeSpan.TicksPerMillisecond, 12 * TimeSpan.TicksPerMillisecond);
        Assert.Equal((2, 10, 11, 11), (some.Count, some.P50.TotalMilliseconds, some.P99.TotalMilliseconds, some.Longest.TotalMilliseconds));

        Assert.Equal(99, history.Recorded.LatenciesOfReads(0, long.MaxValue, ReadKind.Any).Count);
        Assert.Equal(100, history.Recorded.LatenciesOfReads(0, long.MaxValue, ReadKind.Latest).P50.TotalMilliseconds);

        Latencies none = history.Recorded.LatenciesOfReads(0, 1);
        Assert.Equal((0, "none"), (none.Count, none.ToString()));
        Assert.Throws<InvalidOperationException>(() => none.P99);
    }
}
