namespace FooBar.Data.Tests.History;

/// <summary>What a history shows: how much was done, what the callers met, and what broke a rule.</summary>
internal sealed class HistoryReport
{
    /// <summary>The head of the table of <see cref="ToMarkdownRow"/>.</summary>
    public const string MarkdownHeader =
        """
        | run | appends | unknown | not applied | reads own writes | at most | latest | any | errors | no write for | no read for | lost | twice | stale | others |
        |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
        """;

    public HistoryReport(
        RecordedHistory history, IReadOnlyCollection<AppendedValue> values, IReadOnlyDictionary<Rule, int> counts,
        IReadOnlyList<Violation> violations, int stale, long beginning)
    {
        (Counts, Violations, StaleReads) = (counts, violations, stale);
        Acknowledged = values.Count(value => value.Outcome == AppendOutcome.Acknowledged);
        Unknown = values.Count(value => value.Outcome == AppendOutcome.Unknown);
        NotApplied = values.Count(value => value.Outcome == AppendOutcome.NotApplied);
        SentTwice = values.Count(value => value.Calls.Count > 1);
        Call[] calls = [.. history.Appends, .. history.Reads];
        Calls = calls.Length;
        Answered = Enum.GetValues<ReadKind>().ToDictionary(
            kind => kind, kind => history.Reads.Count(read => read.Freshness.Kind == kind && read.Values is not null));
        Errors = new SortedDictionary<string, int>(
            calls.Where(call => call.Error is not null).GroupBy(call => call.Error!).ToDictionary(same => same.Key, same => same.Count()),
            StringComparer.Ordinal);
        // The last calls have nobody after them: the time in which something could have been begun ends with the last beginning.
        long end = calls.Length == 0 ? beginning : calls.Max(call => call.StartedAt);
        LongestWithoutWrite = LongestGap(
            history.Appends.Where(append => append.Outcome == AppendOutcome.Acknowledged), beginning, end, history.Time);
        LongestWithoutRead = LongestGap(history.Reads.Where(read => read.Values is not null), beginning, end, history.Time);
    }

    /// <summary>The appends, each once however often it was sent, by the best that a caller was told of it.</summary>
    public int Acknowledged { get; }

    public int Unknown { get; }

    public int NotApplied { get; }

    /// <summary>The appends that were sent more than once.</summary>
    public int SentTwice { get; }

    /// <summary>All calls, each sending for itself.</summary>
    public int Calls { get; }

    /// <summary>The answered reads of each kind.</summary>
    public IReadOnlyDictionary<ReadKind, int> Answered { get; }

    /// <summary>The calls that ended with an exception, by its type.</summary>
    public IReadOnlyDictionary<string, int> Errors { get; }

    /// <summary>The longest time, from the first call's start to the last one's, in which no append was acknowledged.</summary>
    public TimeSpan LongestWithoutWrite { get; }

    /// <summary>…in which no read was answered.</summary>
    public TimeSpan LongestWithoutRead { get; }

    /// <summary>The reads that were older than they may be.</summary>
    public int StaleReads { get; }

    public int Lost => Counts.GetValueOrDefault(Rule.Lost);

    public int Duplicated => Counts.GetValueOrDefault(Rule.Duplicated);

    /// <summary>How often each rule was broken; those that were not are missing.</summary>
    public IReadOnlyDictionary<Rule, int> Counts { get; }

    /// <summary>The first violations; <see cref="Counts"/> has all.</summary>
    public IReadOnlyList<Violation> Violations { get; }

    public bool IsCorrect => Counts.Count == 0;

    /// <summary>One line with every figure.</summary>
    public string Summary =>
        $"{Acknowledged} appends acknowledged, {Unknown} unknown, {NotApplied} not applied, {SentTwice} sent twice; reads answered: "
        + $"{string.Join(", ", Answered.Select(pair => $"{pair.Key} {pair.Value}"))}; errors: {ErrorWords}; longest without a write "
        + $"{LongestWithoutWrite.TotalSeconds:0.00} s, without a read {LongestWithoutRead.TotalSeconds:0.00} s; lost {Lost}, applied twice "
        + $"{Duplicated}, stale reads {StaleReads}; violations: {(IsCorrect ? "none" : string.Join(", ", Counts.Select(pair => $"{pair.Key} {pair.Value}")))}";

    private string ErrorWords => Errors.Count == 0 ? "none" : string.Join(", ", Errors.Select(pair => $"{pair.Key} {pair.Value}"));

    /// <summary>
    /// Fails unless the history keeps every rule and has something to check: acknowledged appends, some of them sent twice, and answered reads
    /// of every kind.
    /// </summary>
    public void AssertCorrect()
    {
        Assert.True(IsCorrect, ToString());
        Assert.True(Acknowledged > 0 && SentTwice > 0 && Answered.Values.All(count => count > 0), $"Nothing to check: {Summary}");
    }

    /// <summary>The row of one run.</summary>
    public string ToMarkdownRow(string run)
    {
        int others = Counts.Where(pair => pair.Key is Rule.AnswerDiffers or Rule.Denied or Rule.Invented or Rule.ReadAndGone or Rule.OrderDiffers)
            .Sum(pair => pair.Value);
        return $"| {run} | {Acknowledged} | {Unknown} | {NotApplied} | {Answered[ReadKind.OwnWrites]} | {Answered[ReadKind.AtMost]} | "
            + $"{Answered[ReadKind.Latest]} | {Answered[ReadKind.Any]} | {ErrorWords} | {LongestWithoutWrite.TotalSeconds:0.00} s | "
            + $"{LongestWithoutRead.TotalSeconds:0.00} s | {Lost} | {Duplicated} | {StaleReads} | {others} |";
    }

    /// <summary>The summary and the violations.</summary>
    public override string ToString() => string.Join('\n', [Summary, .. Violations]);

    private static TimeSpan LongestGap(IEnumerable<Call> answered, long beginning, long end, TimeProvider time)
    {
        long[] at = [.. answered.Select(call => call.EndedAt).Where(at => at < end).Order()];
        long longest = 0, last = beginning;
        foreach (long next in at.Append(end))
        {
            longest = Math.Max(longest, next - last);
            last = next;
        }

        return time.GetElapsedTime(0, longest);
    }
}
