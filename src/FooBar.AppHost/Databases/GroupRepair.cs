namespace FooBar.AppHost.Databases;

/// <summary>What a group needs to be whole again.</summary>
internal enum RepairKind
{
    /// <summary>Nothing: every member is in it.</summary>
    None,

    /// <summary>Members that are out of it must join it.</summary>
    Join,

    /// <summary>Before anyone may join, the group must notice that a member has left it.</summary>
    Notice,

    /// <summary>
    /// Members must be restarted, because only those that are in no group can form one or join: their group has lost its majority for good
    /// and they wait for it, or they are in a group that is not the one that is known.
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
    /// <param name="names">The members' names.</param>
    /// <param name="ports">The members' ports.</param>
    /// <param name="reports">What each says; null when it does not answer.</param>
    /// <param name="memory">What is known of the group from before: nothing is formed without its holders, nor by others.</param>
    /// <param name="ended">
    /// Those whose process has ended since it was last told to form a group or to join one, whatever runs in its place: not in any, if they
    /// do not say otherwise, long before they can be asked.
    /// </param>
    /// <param name="patient">Whether a member that does not answer, but that its group sees, may still turn out to be dead.</param>
    public static GroupRepair Next(
        IReadOnlyList<string> names, IReadOnlyList<int> ports, IReadOnlyList<MemberReport?> reports, GroupMemory memory, IReadOnlySet<int> ended, bool patient = true)
    {
        int[] silent = [.. Enumerable.Range(0, names.Count).Where(index => reports[index] is null)];
        int[] outside = [.. Enumerable.Range(0, names.Count).Where(index => reports[index]?.IsOut == true)];
        if (LostForGood(ports, reports, ended) is { Length: > 0 } left)
        {
            return new(RepairKind.Restart, left, string.Empty);
        }

        int[] quorate = [.. Enumerable.Range(0, names.Count).Where(index => reports[index]?.IsInQuorum == true)];
        if (quorate.Length > 0)
        {
            int[] strays = [.. quorate.Where(index => !memory.VouchFor(reports[index]!, ports))];
            if (strays.Length > 0)
            {
                return new(RepairKind.Restart, strays, string.Empty);
            }

            MemberReport witness = reports[quorate[0]]!;
            if (quorate.Any(index => !reports[index]!.SeesTheSameAs(witness)))
            {
                return Wait($"{Names(names, quorate)} to agree on who is in the group");
            }

            // The group must have noticed every death before anyone may join: it refuses the dead one that came back, or keeps whoever
            // joins waiting for half a minute, and it may be about to lose its majority.
            bool InView(int index) => witness.View.Any(seen => seen.Port == ports[index] && seen.State != "ERROR");
            int[] unnoticed = [.. outside.Where(InView), .. silent.Where(index => patient && InView(index))];
            if (outside.Length > 0)
            {
                return unnoticed.Length > 0
                    ? new(RepairKind.Notice, [], $"the group to notice that {Names(names, unnoticed.Order())} had left")
                    : new(RepairKind.Join, outside, string.Empty);
            }

            bool whole = witness.View.Count == names.Count && witness.View.All(seen => seen.State == "ONLINE") && reports.All(report => report?.State == "ONLINE");
            return silent.Length > 0 ? Wait($"{Names(names, silent)} to answer")
                : whole ? new(RepairKind.None, [], string.Empty)
                : Wait("a member that recovers");
        }

        // A holder that does not answer may hold what the others lack, or be in a group with others.
        int[] missing = [.. memory.Holders.Intersect(silent).Order()];
        return missing.Length > 0 ? Wait($"{Names(names, missing)} to answer: there is no group, and nobody else knows what it holds")
            : memory.Holders.All(outside.Contains) && reports.All(report => report is null or { IsOut: true }) ? new(RepairKind.Form, [.. memory.Holders.Order()], string.Empty)
            : Wait("a member without a majority to give up");
    }

    /// <summary>
    /// What is left of a group that will not have a majority again, noticed by it or not: of everyone in it is known how they are, and half of
    /// it or more are out. No other part of it can go on somewhere then. Empty when that is not so.
    /// </summary>
    private static int[] LostForGood(IReadOnlyList<int> ports, IReadOnlyList<MemberReport?> reports, IReadOnlySet<int> ended)
    {
        if (reports.FirstOrDefault(report => report?.State is "ONLINE" or "RECOVERING") is not { } one)
        {
            return [];
        }

        int[] group = [.. Enumerable.Range(0, ports.Count).Where(index => one.View.Any(seen => seen.Port == ports[index]))];
        int[] left = [.. Enumerable.Range(0, ports.Count).Where(index => reports[index]?.IsOut == false)];
        bool allKnown = group.Length == one.View.Count && group.All(index => reports[index] is not null || ended.Contains(index));

        // As long as it has not noticed: only who has ended or started anew is surely out. One in ERROR is leaving, and it will notice that at once.
        bool allGone = !left.Any(index => reports[index]!.IsInQuorum) || group.Except(left).All(index => ended.Contains(index) || reports[index]?.State == "OFFLINE");
        return allKnown && allGone && left.All(index => reports[index]!.SeesTheSameAs(one)) && left.Length * 2 <= group.Length ? left : [];
    }

    private static GroupRepair Wait(string why) => new(RepairKind.Wait, [], why);

    private static string Names(IReadOnlyList<string> names, IEnumerable<int> indices) => string.Join(" and ", indices.Select(index => names[index]));
}
