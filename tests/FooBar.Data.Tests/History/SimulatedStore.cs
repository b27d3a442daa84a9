using FooBar.Testing;

namespace FooBar.Data.Tests.History;

/// <summary>
/// A store as the data layer promises it, without a server: appends take effect at one moment each, and reads are answered by what had taken
/// effect some time before, as far back as their freshness allows. Makes correct histories with everything in them that is allowed: sessions
/// with calls side by side, appends sent twice at once or later, outcomes that are unknown, ids that are taken in another order than they are
/// committed.
/// </summary>
internal sealed class SimulatedStore(int seed)
{
    private const int AppendsPerList = 20;
    private const int Sessions = 8;

    public static readonly ReadFreshness Aged = ReadFreshness.AtMost(TimeSpan.FromMilliseconds(20));

    private readonly Random _random = new(seed);
    private readonly HistoryRecorder _recorder = new(new FakeTime());
    private readonly List<Append> _appends = [];
    private readonly HashSet<long> _idsTakenAt = [];
    private long _now = 1_000_000;

    /// <summary>Makes one history.</summary>
    public RecordedHistory Run(int appends, int reads)
    {
        // All appends first: a read may only be answered when everything is known that happens beside it.
        long beganAt = _now;
        int openLists = 4;
        int[] open = [.. Enumerable.Range(0, openLists)];
        int[] left = [.. open.Select(_ => AppendsPerList)];
        for (int i = 0; i < appends; i++)
        {
            _now += Upto(20_000);
            int list = _random.Next(openLists);
            _appends.Add(MakeAppend(i, open[list]));
            if (--left[list] == 0)
                (open[list], left[list]) = (open.Max() + 1, AppendsPerList);
        }

        long[] ids = [.. _appends.Where(append => append.TakesEffectAt is not null).Select(append => append.TakesIdAt).Order()];
        Dictionary<int, List<Append>> lists = _appends.GroupBy(append => append.Key)
            .ToDictionary(same => same.Key, same => same.OrderBy(append => append.TakesIdAt).ToList());
        foreach (Append append in _appends)
        {
            append.Id = Array.BinarySearch(ids, append.TakesIdAt) + 1;
            foreach (AppendCall call in append.Calls)
                _recorder.Add(call.Outcome == AppendOutcome.Acknowledged ? call with { Answer = append.Id } : call);
        }

        // The lists are young when they are read: about an append that was sent within the last moments.
        for (int i = 0; i < reads; i++)
        {
            Append about = _appends[_random.Next(_appends.Count)];
            MakeRead(lists[about.Key], Math.Max(beganAt, about.Calls[0].StartedAt + Upto(600_000) - 100_000));
        }

        return _recorder.With(lists.ToDictionary(
            list => list.Key,
            list => (IReadOnlyList<FinalRow>)[.. list.Value.Where(append => append.TakesEffectAt is not null)
                .Select(append => new FinalRow(append.Id, append.Value))]));
    }

    private Append MakeAppend(int number, int key)
    {
        AppendCall first = new()
        {
            Client = _random.Next(5),
            Instance = _random.Next(2),
            Session = _random.Next(Sessions),
            Key = key,
            Value = number,
            Operation = new(number, 0, 0, new byte[8]),
            StartedAt = _now,
            EndedAt = _now + 1 + Upto(100_000),
            Outcome = AppendOutcome.Acknowledged,
        };
        List<AppendCall> calls = [first];
        if (_random.Next(4) == 0)
        {
            long again = _now + (_random.Next(2) == 0 ? 0 : Upto(300_000));
            calls.Add(first with { Instance = 1 - first.Instance, Session = _random.Next(Sessions), StartedAt = again, EndedAt = again + 1 + Upto(100_000) });
        }

        // One of its calls carries it, if any does; then the others may have been told anything, and be told that it is done once it is.
        int carrier = _random.Next(8) == 0 ? -1 : _random.Next(calls.Count);
        long? takesEffectAt = null;
        if (carrier >= 0)
        {
            AppendCall carrying = calls[carrier];
            bool isUnknown = _random.Next(6) == 0;
            takesEffectAt = carrying.StartedAt + (long)((carrying.EndedAt - carrying.StartedAt) * _random.NextDouble());
            // What is unknown may still be on its way when that is said.
            if (isUnknown)
                takesEffectAt += Upto(100_000);
            calls[carrier] = carrying with { Outcome = isUnknown ? AppendOutcome.Unknown : AppendOutcome.Acknowledged };
        }

        for (int i = 0; i < calls.Count; i++)
        {
            if (i == carrier)
                continue;
            AppendOutcome outcome = (AppendOutcome)_random.Next(takesEffectAt is null ? 1 : 0, 3);
            calls[i] = calls[i] with { Outcome = outcome };
            if (outcome == AppendOutcome.Acknowledged)
                calls[i] = calls[i] with { EndedAt = Math.Max(calls[i].EndedAt, takesEffectAt!.Value) };
        }

        long takesIdAt = takesEffectAt is { } at ? calls[carrier].StartedAt + (long)((at - calls[carrier].StartedAt) * _random.NextDouble()) : -1;
        while (takesEffectAt is not null && !_idsTakenAt.Add(takesIdAt))
            takesIdAt++;
        return new(key, number, calls, takesEffectAt, takesIdAt);
    }

    private void MakeRead(List<Append> list, long startedAt)
    {
        long endedAt = startedAt + Upto(50_000);
        int session = _random.Next(Sessions);
        ReadFreshness freshness = _random.Next(4) switch
        {
            0 => ReadFreshness.OwnWrites,
            1 => ReadFreshness.Latest,
            2 => Aged,
            _ => ReadFreshness.Any,
        };
        // A replica that lags by anything between nothing and 80 ms.
        long asOf = endedAt - Upto(800_000);
        if (freshness.Kind == ReadKind.Latest)
            asOf = startedAt + (long)((endedAt - startedAt) * _random.NextDouble());
        if (freshness.Kind == ReadKind.AtMost)
            asOf = Math.Max(asOf, startedAt - freshness.Age.Ticks);
        if (freshness.Kind != ReadKind.Any)
        {
            foreach (Append append in list)
            {
                if (append.Calls.Any(call => call.Session == session && call.Outcome == AppendOutcome.Acknowledged && call.EndedAt < startedAt))
                    asOf = Math.Max(asOf, append.TakesEffectAt!.Value);
            }
        }

        bool fails = _random.Next(30) == 0;
        _recorder.Add(new ReadCall
        {
            Client = _random.Next(5),
            Instance = _random.Next(2),
            Session = session,
            Key = list[0].Key,
            Freshness = freshness,
            StartedAt = startedAt,
            EndedAt = endedAt,
            Values = fails ? null : [.. list.Where(append => append.TakesEffectAt <= asOf).Select(append => append.Value)],
            Error = fails ? "TimeoutException" : null,
        });
    }

    private long Upto(int ticks) => _random.Next(ticks);

    /// <summary>What one append does: when its id is taken, and when it can be read from; null for never.</summary>
    private sealed record Append(int Key, long Value, List<AppendCall> Calls, long? TakesEffectAt, long TakesIdAt)
    {
        public long Id { get; set; }
    }
}
