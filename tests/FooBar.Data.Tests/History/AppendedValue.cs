namespace FooBar.Data.Tests.History;

/// <summary>One append with all its calls, and what became of it.</summary>
internal sealed class AppendedValue
{
    private readonly List<AppendCall> _calls;

    public AppendedValue(AppendCall first)
    {
        _calls = [first];
        AcknowledgedAt = MayBeThereSince = long.MaxValue;
        Take(first);
    }

    public int Key => _calls[0].Key;

    public long Value => _calls[0].Value;

    public IReadOnlyList<AppendCall> Calls => _calls;

    /// <summary>When the first of its callers was told that it is done; the end of time while none was.</summary>
    public long AcknowledgedAt { get; private set; }

    /// <summary>When the first call was sent that was not told that it did nothing; the end of time when there is none.</summary>
    public long MayBeThereSince { get; private set; }

    public AppendOutcome Outcome => AcknowledgedAt != long.MaxValue ? AppendOutcome.Acknowledged
        : MayBeThereSince != long.MaxValue ? AppendOutcome.Unknown
        : AppendOutcome.NotApplied;

    /// <summary>Its rows in the final list.</summary>
    public int Rows { get; private set; }

    /// <summary>The place and the id of its first row.</summary>
    public int Position { get; private set; } = -1;

    public long Id { get; private set; }

    /// <summary>The number of the last read that held it, which makes a set of what a read holds unnecessary.</summary>
    public int SeenBy { get; set; } = -1;

    /// <summary>How many reads held it, and the first of them.</summary>
    public int Reads { get; private set; }

    public ReadCall? FirstRead { get; private set; }

    /// <summary>The first read that held it twice, that held it before it can have been there, or though nobody had sent it.</summary>
    public ReadCall? ReadTwice { get; set; }

    public ReadCall? ReadThoughDenied { get; set; }

    public ReadCall? ReadBeforeSent { get; set; }

    /// <summary>Adds another call of the same operation.</summary>
    /// <exception cref="ArgumentException">It sends something else.</exception>
    public void Add(AppendCall call)
    {
        if (call.Operation != _calls[0].Operation || call.Key != Key)
            throw new ArgumentException($"Not a history that can be checked: value {Value} is of more than one append.");
        _calls.Add(call);
        Take(call);
    }

    /// <summary>Notes a row of the final list.</summary>
    public void Take(FinalRow row, int position)
    {
        if (Rows++ == 0)
            (Id, Position) = (row.Id, position);
    }

    /// <summary>Notes a read that holds it.</summary>
    public void Take(ReadCall read)
    {
        Reads++;
        if (FirstRead is null || read.StartedAt < FirstRead.StartedAt)
            FirstRead = read;
    }

    /// <summary>Whether a caller in this session had been told before then that it is done.</summary>
    public bool IsOwnOf(int session, long then)
    {
        if (AcknowledgedAt >= then)
            return false;
        foreach (AppendCall call in _calls)
        {
            if (call.Session == session && call.Outcome == AppendOutcome.Acknowledged && call.EndedAt < then)
                return true;
        }

        return false;
    }

    private void Take(AppendCall call)
    {
        if (call.Outcome == AppendOutcome.Acknowledged)
            AcknowledgedAt = Math.Min(AcknowledgedAt, call.EndedAt);
        if (call.Outcome != AppendOutcome.NotApplied)
            MayBeThereSince = Math.Min(MayBeThereSince, call.StartedAt);
    }
}
