using FooBar.Testing;

namespace FooBar.Data.Tests.History;

/// <summary>
/// A history as a test writes it down, in milliseconds. Unless something else is said, everything is about list 1, one client has session 1 on
/// instance 0, and the id of a row is its value.
/// </summary>
internal sealed class WrittenHistory
{
    private readonly HistoryRecorder _recorder = new(new FakeTime());
    private readonly Dictionary<int, IReadOnlyList<FinalRow>> _final = [];

    public WrittenHistory Append(
        long value, double from, double to, AppendOutcome outcome = AppendOutcome.Acknowledged, int key = 1, int session = 1, long? answer = null,
        int client = 1, int instance = 0, int? operation = null, string? error = null)
    {
        _recorder.Add(new AppendCall
        {
            Client = client,
            Instance = instance,
            Session = session,
            Key = key,
            Value = value,
            StartedAt = At(from),
            EndedAt = At(to),
            Operation = new(operation ?? (int)value, 0, 0, new byte[8]),
            Outcome = outcome,
            Answer = outcome == AppendOutcome.Acknowledged ? answer ?? value : 0,
            Error = error,
        });
        return this;
    }

    public WrittenHistory Read(
        ReadFreshness freshness, double from, double to, long[]? values, int key = 1, int session = 1, int client = 2, int instance = 1,
        string? error = null)
    {
        _recorder.Add(new ReadCall
        {
            Client = client,
            Instance = instance,
            Session = session,
            Key = key,
            Freshness = freshness,
            StartedAt = At(from),
            EndedAt = At(to),
            Values = values,
            Error = error,
        });
        return this;
    }

    public WrittenHistory Final(long[] values, int key = 1)
    {
        _final[key] = [.. values.Select(value => new FinalRow(value, value))];
        return this;
    }

    public RecordedHistory Recorded => _recorder.With(_final);

    public HistoryReport Check(int maximumViolations = 50) => HistoryChecker.Check(Recorded, maximumViolations);

    public void IsCorrect()
    {
        HistoryReport report = Check();
        Assert.True(report.IsCorrect, report.ToString());
        Assert.Empty(report.Violations);
        Assert.Equal(0, report.StaleReads);
    }

    /// <summary>Breaks one rule, once, and no other.</summary>
    public Violation Breaks(Rule rule, long value, int key = 1)
    {
        HistoryReport report = Check();
        Assert.True(report.Violations.Count == 1, report.ToString());
        Violation violation = report.Violations[0];
        Assert.Equal((rule, value, key), (violation.Rule, violation.Value, violation.Key));
        Assert.Equal([new(rule, 1)], report.Counts);
        Assert.Equal(rule is Rule.OwnWriteMissed or Rule.TooOld or Rule.NotLatest ? 1 : 0, report.StaleReads);
        return violation;
    }

    private static long At(double milliseconds) => (long)(milliseconds * TimeSpan.TicksPerMillisecond);
}
