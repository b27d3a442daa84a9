namespace FooBar.Data.Tests.History;

/// <summary>What each read held and must not, and what it did not hold and must.</summary>
internal sealed class ReadRules(IReadOnlyDictionary<long, AppendedValue> values, Violations violations, long timestampFrequency)
{
    private readonly HashSet<(int Key, long Value)> _invented = [];
    private int _number;

    /// <summary>The reads that were older than they may be.</summary>
    public int Stale { get; private set; }

    /// <summary>Checks the reads of one list, notes with each value who read it, and with the list whether its order is in doubt.</summary>
    public void Check(ListHistory list)
    {
        foreach (ReadCall read in list.Reads)
        {
            CheckHeld(list, read);
            CheckMissed(list, read);
            _number++;
        }
    }

    private void CheckHeld(ListHistory list, ReadCall read)
    {
        int last = -1;
        foreach (long held in read.Values!)
        {
            if (!values.TryGetValue(held, out AppendedValue? value) || value.Key != list.Key)
            {
                if (_invented.Add((list.Key, held)))
                    violations.Add(Rule.Invented, list.Key, held, () => $"was read, and nobody appended it: {violations.Describe(read)}");
                continue;
            }

            if (value.SeenBy == _number)
                value.ReadTwice ??= read;
            value.SeenBy = _number;
            value.Take(read);
            if (value.MayBeThereSince > read.EndedAt)
            {
                if (value.Calls.Any(call => call.StartedAt <= read.EndedAt))
                    value.ReadThoughDenied ??= read;
                else
                    value.ReadBeforeSent ??= read;
            }

            list.IsOrderInDoubt |= value.Rows != 1 || value.Position < last;
            last = value.Position;
        }
    }

    private void CheckMissed(ListHistory list, ReadCall read)
    {
        if (read.Freshness.Kind == ReadKind.Any)
            return;
        long? seesAllBefore = read.Freshness.Kind switch
        {
            ReadKind.Latest => read.StartedAt,
            ReadKind.AtMost => read.StartedAt - (long)(read.Freshness.Age.TotalSeconds * timestampFrequency),
            _ => null,
        };
        AppendedValue? own = null, other = null;
        (int owns, int others) = (0, 0);
        foreach (AppendedValue value in list.Appended)
        {
            // What is in no final list is lost, and is named as that.
            if (value.SeenBy == _number || value.Rows == 0)
                continue;
            if (value.IsOwnOf(read.Session, read.StartedAt))
            {
                own ??= value;
                owns++;
            }
            else if (value.AcknowledgedAt < seesAllBefore)
            {
                other ??= value;
                others++;
            }
        }

        if (own is not null)
            Add(Rule.OwnWriteMissed, own, owns, read);
        if (other is not null)
            Add(read.Freshness.Kind == ReadKind.AtMost ? Rule.TooOld : Rule.NotLatest, other, others, read);
        if (own is not null || other is not null)
            Stale++;
    }

    private void Add(Rule rule, AppendedValue missed, int count, ReadCall read) => violations.Add(rule, missed.Key, missed.Value, () =>
        $"was missed, and {count - 1} others, by {violations.Describe(read)}. {violations.Describe(missed.Calls)}");
}
