namespace FooBar.Data.Tests.History;

/// <summary>Ways to break a correct history, each so that it breaks exactly one rule.</summary>
internal sealed class Mutation(RecordedHistory history, Random random)
{
    private const long Unheard = 1_000_000_000;

    /// <summary>Every way by its name, and the rule that it breaks.</summary>
    public static readonly IReadOnlyDictionary<string, (Rule Rule, Func<Mutation, Mutant?> Break)> All = new Dictionary<string, (Rule, Func<Mutation, Mutant?>)>
    {
        ["drop an acknowledged value"] = (Rule.Lost, mutation => mutation.DropFromFinal(AppendOutcome.Acknowledged, wasRead: false)),
        ["drop an unknown value that was read"] = (Rule.ReadAndGone, mutation => mutation.DropFromFinal(AppendOutcome.Unknown, wasRead: true)),
        ["repeat a row"] = (Rule.Duplicated, mutation => mutation.RepeatRow()),
        ["repeat a value in a read"] = (Rule.Duplicated, mutation => mutation.RepeatRead()),
        ["change an answer"] = (Rule.AnswerDiffers, mutation => mutation.ChangeAnswer()),
        ["deny what is there"] = (Rule.Denied, mutation => mutation.Deny()),
        ["read what was denied"] = (Rule.Denied, mutation => mutation.ReadDenied()),
        ["invent a row"] = (Rule.Invented, mutation => mutation.InventRow()),
        ["invent a value in a read"] = (Rule.Invented, mutation => mutation.InventRead()),
        ["read what was not sent yet"] = (Rule.Invented, mutation => mutation.ReadEarly()),
        ["miss an own write"] = (Rule.OwnWriteMissed, mutation => mutation.Miss(Rule.OwnWriteMissed)),
        ["miss what is too old to miss"] = (Rule.TooOld, mutation => mutation.Miss(Rule.TooOld)),
        ["miss what was acknowledged"] = (Rule.NotLatest, mutation => mutation.Miss(Rule.NotLatest)),
        ["move a read back"] = (Rule.NotLatest, mutation => mutation.MoveBack()),
        ["swap two values"] = (Rule.OrderDiffers, mutation => mutation.Swap()),
    };

    private readonly ILookup<long, AppendCall> _calls = history.Appends.ToLookup(call => call.Value);

    private Mutant? DropFromFinal(AppendOutcome outcome, bool wasRead) => AnyOf(Rows.Where(row => OutcomeOf(row.Value) == outcome
        && (!wasRead || history.Reads.Any(read => read.Values?.Contains(row.Value) == true)))) is { } row
        ? new(WithFinal(row.Key, [.. history.FinalLists[row.Key].Where(other => other.Value != row.Value)]), row.Key, row.Value)
        : null;

    private Mutant? RepeatRow() => AnyOf(Rows) is { } row
        ? new(WithFinal(row.Key, [.. history.FinalLists[row.Key], new(Unheard, row.Value)]), row.Key, row.Value)
        : null;

    private Mutant? RepeatRead() => AnyOf(Held) is { } held ? new(With(held.Read, [.. held.Read.Values!, held.Value]), held.Read.Key, held.Value) : null;

    private Mutant? ChangeAnswer() => Any(history.Appends.Where(call => call.Outcome == AppendOutcome.Acknowledged)) is { } call
        ? new(
            history with { Appends = [.. history.Appends.Select(other => ReferenceEquals(other, call) ? call with { Answer = Unheard } : other)] },
            call.Key, call.Value)
        : null;

    private Mutant? Deny() => AnyOf(Rows) is { } row
        ? new(
            history with { Appends = [.. history.Appends.Select(call => call.Value == row.Value ? call with { Outcome = AppendOutcome.NotApplied } : call)] },
            row.Key, row.Value)
        : null;

    private Mutant? ReadDenied() => AnyOf(
        from append in history.Appends
        where OutcomeOf(append.Value) == AppendOutcome.NotApplied
        from read in Answered
        where read.Key == append.Key && read.EndedAt >= append.StartedAt
        select (Read: read, append.Value)) is { } pair
        ? new(With(pair.Read, [.. pair.Read.Values!, pair.Value]), pair.Read.Key, pair.Value)
        : null;

    private Mutant? InventRow() => AnyOf(Rows) is { } row
        ? new(WithFinal(row.Key, [.. history.FinalLists[row.Key], new(Unheard, Unheard)]), row.Key, Unheard)
        : null;

    private Mutant? InventRead() => Any(Answered) is { } read ? new(With(read, [Unheard, .. read.Values!]), read.Key, Unheard) : null;

    private Mutant? ReadEarly() => AnyOf(
        from row in Rows
        from read in Answered
        where read.Key == row.Key && read.EndedAt < _calls[row.Value].Min(call => call.StartedAt)
        select (Read: read, row.Value)) is { } pair
        ? new(With(pair.Read, InOrder(pair.Read, pair.Value)), pair.Read.Key, pair.Value)
        : null;

    /// <summary>A read misses one value, and nothing else.</summary>
    private Mutant? Miss(Rule rule) => AnyOf(Held.Where(held => RuleThatDemands(held.Read, held.Value) == rule)) is { } held
        ? new(With(held.Read, [.. held.Read.Values!.Where(value => value != held.Value)]), held.Read.Key, held.Value)
        : null;

    /// <summary>A read of the latest, by somebody who has written nothing there, is answered as it would have been a while ago.</summary>
    private Mutant? MoveBack()
    {
        if (Any(Answered.Where(read => read.Values!.Any(value => RuleThatDemands(read, value) == Rule.NotLatest)
            && !read.Values!.Any(value => RuleThatDemands(read, value) == Rule.OwnWriteMissed))) is not { } read)
        {
            return null;
        }

        long missed = read.Values!.Last(value => RuleThatDemands(read, value) == Rule.NotLatest);
        return new(With(read, [.. read.Values!.TakeWhile(value => value != missed)]), read.Key, missed);
    }

    private Mutant? Swap()
    {
        if (Any(Answered.Where(read => read.Values!.Count > 1)) is not { } read)
            return null;
        long[] values = [.. read.Values!];
        int first = random.Next(values.Length - 1), second = random.Next(first + 1, values.Length);
        (values[first], values[second]) = (values[second], values[first]);
        return new(With(read, values), read.Key, null);
    }

    private IEnumerable<ReadCall> Answered => history.Reads.Where(read => read.Values is not null);

    private IEnumerable<(ReadCall Read, long Value)> Held => Answered.SelectMany(read => read.Values!.Select(value => (read, value)));

    private IEnumerable<(int Key, long Value)> Rows => history.FinalLists.SelectMany(list => list.Value.Select(row => (list.Key, row.Value)));

    private AppendOutcome OutcomeOf(long value) =>
        _calls[value].Any(call => call.Outcome == AppendOutcome.Acknowledged) ? AppendOutcome.Acknowledged
        : _calls[value].All(call => call.Outcome == AppendOutcome.NotApplied) ? AppendOutcome.NotApplied
        : AppendOutcome.Unknown;

    /// <summary>Why this read must hold this value, if it must.</summary>
    private Rule? RuleThatDemands(ReadCall read, long value)
    {
        IEnumerable<AppendCall> acknowledged = _calls[value].Where(call => call.Outcome == AppendOutcome.Acknowledged && call.EndedAt < read.StartedAt);
        if (read.Freshness.Kind == ReadKind.Any || !acknowledged.Any())
            return null;
        if (acknowledged.Any(call => call.Session == read.Session))
            return Rule.OwnWriteMissed;
        if (read.Freshness.Kind == ReadKind.Latest)
            return Rule.NotLatest;
        bool isTooOld = read.Freshness.Kind == ReadKind.AtMost && acknowledged.Any(call => call.EndedAt < read.StartedAt - read.Freshness.Age.Ticks);
        return isTooOld ? Rule.TooOld : null;
    }

    /// <summary>The read's values and one more in its place.</summary>
    private long[] InOrder(ReadCall read, long value) =>
        [.. history.FinalLists[read.Key].Select(row => row.Value).Where(held => held == value || read.Values!.Contains(held))];

    private RecordedHistory With(ReadCall read, IReadOnlyList<long> values) =>
        history with { Reads = [.. history.Reads.Select(other => ReferenceEquals(other, read) ? read with { Values = values } : other)] };

    private RecordedHistory WithFinal(int key, IReadOnlyList<FinalRow> rows) =>
        history with { FinalLists = new Dictionary<int, IReadOnlyList<FinalRow>>(history.FinalLists) { [key] = rows } };

    private T? Any<T>(IEnumerable<T> choices)
        where T : class => choices.ToArray() is { Length: > 0 } all ? all[random.Next(all.Length)] : null;

    private T? AnyOf<T>(IEnumerable<T> choices)
        where T : struct => choices.ToArray() is { Length: > 0 } all ? all[random.Next(all.Length)] : null;
}

/// <summary>A history that was broken on purpose.</summary>
/// <param name="History">The history.</param>
/// <param name="Key">The list in which it was broken.</param>
/// <param name="Value">The value; null for one of several.</param>
internal sealed record Mutant(RecordedHistory History, int Key, long? Value);
