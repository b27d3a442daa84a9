namespace FooBar.AppHost.Databases;

/// <summary>What a group needs to be whole again.</summary>
internal enum RepairKind
{
    /// <summary>Nothing: every member is in it.</summary>
    None,

    /// <summary>Members that are out of it must join it.</summary>
    Join,

    /// <summary>
    /// Members whose group has lost its majority for good must be restarted: they wait for it else, and only members that are in no group
    /// can form one.
    /// </summary>
    Restart,

    /// <summary>There is no group, and everyone who may hold what was acknowledged has answered: the newest of them may form it.</summary>
    Form,

    /// <summary>Nothing can be done yet.</summary>
    Wait,
}

/// <summary>The next step towards a whole group: a pure function of what the members say.</summary>
/// <param name="Kind">The step.</param>
/// <param name="Members">The indices of the members to join, to restart, or of which one is to form the group; empty for the other steps.</param>
/// <param name="Why">What is waited for; empty for the other steps.</param>
internal sealed record GroupRepair(RepairKind Kind, IReadOnlyList<int> Members, string Why)
{
    /// <summary>The indices of the members of the group that is lost, of which all is known; null unless <see cref="RepairKind.Restart"/>.</summary>
    public IReadOnlyList<int>? LastGroup { get; private init; }

    /// <param name="names">The members' names.</param>
    /// <param name="ports">The members' ports.</param>
    /// <param name="reports">What each says; null when it does not answer.</param>
    /// <param name="lastGroup">
    /// The <see cref="LastGroup"/> that was lost, if it was found and no group has been seen since: who had left it before holds nothing
    /// acknowledged that these lack. Null when it is not known.
    /// </param>
    public static GroupRepair Next(IReadOnlyList<string> names, IReadOnlyList<int> ports, IReadOnlyList<MemberReport?> reports, IReadOnlyList<int>? lastGroup = null)
    {
        int[] silent = [.. Enumerable.Range(0, names.Count).Where(index => reports[index] is null)];
        int[] outside = [.. Enumerable.Range(0, names.Count).Where(index => reports[index]?.IsOut == true)];
        if (LostForGood(ports, reports) is { } lost)
        {
            return lost;
        }

        if (reports.FirstOrDefault(report => report?.IsInQuorum == true) is { } witness)
        {
            // The group must have noticed every death before anyone may join: it refuses the dead one that came back, or keeps whoever
            // joins waiting for half a minute, and it may be about to lose its majority.
            int[] unnoticed = [.. silent.Concat(outside).Where(index => witness.View.Any(seen => seen.Port == ports[index] && seen.State != "ERROR")).Order()];
            return outside.Length > 0 ? unnoticed.Length > 0 ? Wait($"the group to notice that {Names(names, unnoticed)} had left") : new(RepairKind.Join, outside, string.Empty)
                : silent.Length > 0 ? Wait($"{Names(names, silent)} to answer")
                : reports.All(report => report!.State == "ONLINE") && witness.View.All(seen => seen.State == "ONLINE") ? new(RepairKind.None, [], string.Empty)
                : Wait("a member that recovers");
        }

        // A member that does not answer may hold what the others lack, or be in a group with others: nothing may be formed without it.
        int[] needed = [.. lastGroup ?? Enumerable.Range(0, names.Count)];
        int[] missing = [.. needed.Intersect(silent)];
        return missing.Length > 0 ? Wait($"{Names(names, missing)} to answer: there is no group, and nobody else knows what it holds")
            : needed.All(outside.Contains) ? new(RepairKind.Form, needed, string.Empty)
            : Wait("a member without a majority to give up");
    }

    /// <summary>
    /// The restart of what is left of a group that will not have a majority again, noticed by it or not: everyone in it answers, and half of
    /// it or more that they are out. No other part of it can go on somewhere then. Null when that is not so.
    /// </summary>
    private static GroupRepair? LostForGood(IReadOnlyList<int> ports, IReadOnlyList<MemberReport?> reports)
    {
        if (reports.FirstOrDefault(report => report?.State == "ONLINE") is not { } one)
        {
            return null;
        }

        int[] group = [.. Enumerable.Range(0, ports.Count).Where(index => one.View.Any(seen => seen.Port == ports[index]))];
        int[] left = [.. Enumerable.Range(0, ports.Count).Where(index => reports[index]?.IsOut == false)];
        bool allKnown = group.Length == one.View.Count && group.All(index => reports[index] is not null);
        bool allAgree = left.All(index => reports[index]!.View.Select(seen => seen.Port).Order().SequenceEqual(one.View.Select(seen => seen.Port).Order()));
        return allKnown && allAgree && left.Length * 2 <= group.Length ? new(RepairKind.Restart, left, string.Empty) { LastGroup = group } : null;
    }

    private static GroupRepair Wait(string why) => new(RepairKind.Wait, [], why);

    private static string Names(IReadOnlyList<string> names, IEnumerable<int> indices) => string.Join(" and ", indices.Select(index => names[index]));
}
