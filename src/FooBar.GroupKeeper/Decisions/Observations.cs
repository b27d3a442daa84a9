using FooBar.GroupKeeper.Looks;

namespace FooBar.GroupKeeper.Decisions;

/// <summary>What only several looks in a row can tell. Not thread-safe.</summary>
internal sealed class Observations(TimeProvider time)
{
    /// <summary>A member that is dead is expelled after five seconds; one that is silent and still seen after this is not dead.</summary>
    public static readonly TimeSpan SilencePatience = TimeSpan.FromSeconds(15);

    /// <summary>A member with much to fetch recovers for hours; another may join beside it after this.</summary>
    public static readonly TimeSpan RecoveryPatience = TimeSpan.FromSeconds(60);

    /// <summary>Longer than it takes the process beside a member that has found itself alone to see that and have it leave.</summary>
    public static readonly TimeSpan AloneCertainAfter = TimeSpan.FromSeconds(3);

    private readonly Lasting _silent = new(SilencePatience, time);
    private readonly Lasting _recovering = new(RecoveryPatience, time);
    private readonly Lasting _alone = new(AloneCertainAfter, time);
    private IReadOnlySet<int> _lostBefore = Circumstances.Nobody;

    /// <summary>Takes one look at all members, null for who does not answer.</summary>
    public Circumstances After(IReadOnlyList<MemberLook?> looks)
    {
        IReadOnlySet<int> lost = LostGroups.Among(looks);
        Circumstances now = new()
        {
            Lost = lost.Intersect(_lostBefore).ToHashSet(),
            GivenUp = _silent.After(looks.Index().Where(look => look.Item is null).Select(look => look.Index)),
            Slow = _recovering.After(looks.OfType<MemberLook>().SelectMany(look => look.View).Where(seen => seen.State == "RECOVERING").Select(seen => seen.Index).Distinct()),
            Settled = _alone.After(looks.Index().Where(look => look.Item is { IsInQuorum: true, View.Count: 1 }).Select(look => look.Index)),
        };
        _lostBefore = lost;
        return now;
    }

    /// <summary>Which members something has held of, without a break, for at least so long.</summary>
    private sealed class Lasting(TimeSpan atLeast, TimeProvider time)
    {
        private Dictionary<int, long> _since = [];

        public HashSet<int> After(IEnumerable<int> members)
        {
            long now = time.GetTimestamp();
            _since = members.ToDictionary(member => member, member => _since.GetValueOrDefault(member, now));
            return [.. _since.Where(member => time.GetElapsedTime(member.Value, now) >= atLeast).Select(member => member.Key)];
        }
    }
}
