namespace FooBar.Data.Tests.History;

/// <summary>
/// Proves that a history of appends and reads keeps what the data layer promises, or names what breaks it. Of one fault it names one
/// violation: what is lost is not also missing in every later read. Pure; linear in the calls while the lists are short.
/// </summary>
/// <remarks>
/// A moment is only before another one if its timestamp is smaller: of two that are equal nothing is known. A read that failed saw
/// nothing. Reads are not promised to go forward, but for what their freshness says.
/// </remarks>
internal sealed class HistoryChecker
{
    private readonly RecordedHistory _history;
    private readonly Violations _violations;
    private readonly long _beginning;
    private readonly Dictionary<int, ListHistory> _lists = [];
    private readonly Dictionary<long, AppendedValue> _values = [];

    private HistoryChecker(RecordedHistory history, int maximumViolations)
    {
        _history = history;
        _beginning = history.Appends.Concat<Call>(history.Reads).Min(call => (long?)call.StartedAt) ?? 0;
        _violations = new(history.Time, _beginning, maximumViolations);
    }

    /// <summary>Checks a history.</summary>
    /// <param name="history">The calls, and the lists after the last of them.</param>
    /// <param name="maximumViolations">How many violations are put into words; all are counted.</param>
    /// <exception cref="ArgumentException">It is none: a call ends before it starts, or one value stands for two appends.</exception>
    public static HistoryReport Check(RecordedHistory history, int maximumViolations = 50) => new HistoryChecker(history, maximumViolations).Run();

    private HistoryReport Run()
    {
        Arrange();
        ReadRules reads = new(_values, _violations, _history.Time.TimestampFrequency);
        foreach (ListHistory list in _lists.Values)
        {
            reads.Check(list);
            if (list.IsOrderInDoubt)
                OrderRule.Check(list, _values, _violations);
        }

        AppendRules.Check(_values.Values, _violations);
        return new(_history, [.. _values.Values], _violations.Counts, _violations.Kept, reads.Stale, _beginning);
    }

    private void Arrange()
    {
        foreach (AppendCall call in _history.Appends)
        {
            RequireOrder(call);
            if (_values.TryGetValue(call.Value, out AppendedValue? known))
            {
                known.Add(call);
                continue;
            }

            AppendedValue value = new(call);
            _values.Add(call.Value, value);
            Of(call.Key).Appended.Add(value);
        }

        foreach (ReadCall read in _history.Reads)
        {
            RequireOrder(read);
            if (read.Values is not null)
                Of(read.Key).Reads.Add(read);
        }

        foreach ((int key, IReadOnlyList<FinalRow> rows) in _history.FinalLists)
        {
            Of(key).Final = rows;
            for (int i = 0; i < rows.Count; i++)
            {
                long value = rows[i].Value;
                if (_values.TryGetValue(value, out AppendedValue? known) && known.Key == key)
                    known.Take(rows[i], i);
                else
                    _violations.Add(Rule.Invented, key, value, () => "is in the final list, and nobody appended it");
            }
        }
    }

    private ListHistory Of(int key)
    {
        if (!_lists.TryGetValue(key, out ListHistory? list))
            _lists.Add(key, list = new(key));
        return list;
    }

    private void RequireOrder(Call call)
    {
        if (call.EndedAt < call.StartedAt)
            throw new ArgumentException($"Not a history that can be checked: a call ends before it starts: {_violations.Describe(call)}");
    }
}
