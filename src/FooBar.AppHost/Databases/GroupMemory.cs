namespace FooBar.AppHost.Databases;

/// <summary>
/// What is remembered of a group from one look at its members to the next: a single look may show an old view, or a group that a member
/// has found itself in alone. Members are indices. Immutable.
/// </summary>
/// <param name="Holders">
/// Those that may hold what was acknowledged: the members of the group when it was last certain, and everyone who began to join since.
/// </param>
/// <param name="Vouchers">Those that were ONLINE in it then. A group that none of them is ONLINE in is not this group.</param>
internal sealed record GroupMemory(IReadOnlyCollection<int> Holders, IReadOnlyCollection<int> Vouchers)
{
    /// <summary>Before anything is known: each of so many members may have been in the group.</summary>
    public static GroupMemory OfNothing(int members) => new([.. Enumerable.Range(0, members)], [.. Enumerable.Range(0, members)]);

    /// <summary>The member begins to join, and may be in the group from now on, whatever comes of it.</summary>
    public GroupMemory Admit(int member) => this with { Holders = [.. Holders.Append(member).Distinct()] };

    /// <summary>The member has formed the group anew, from what all holders had.</summary>
    public GroupMemory FormedBy(int member) => this with { Vouchers = [member] };

    /// <summary>
    /// After a look at the members. The group is certain when a majority of those in one view answer, each shows this same view, and one
    /// that is ONLINE there was so before; one alone may have missed what the others did without it.
    /// </summary>
    /// <param name="ports">The members' ports.</param>
    /// <param name="reports">What each says; null when it does not answer.</param>
    public GroupMemory After(IReadOnlyList<int> ports, IReadOnlyList<MemberReport?> reports)
    {
        MemberReport[] quorate = [.. reports.OfType<MemberReport>().Where(report => report.IsInQuorum)];
        return quorate.Length > 0 && quorate.All(report => report.SeesTheSameAs(quorate[0])) && quorate.Length * 2 > quorate[0].View.Count && VouchFor(quorate[0], ports)
            ? new(Indices(quorate[0], ports, _ => true), Indices(quorate[0], ports, seen => seen.State == "ONLINE"))
            : this;
    }

    /// <summary>Whether the view that a member shows is of this group.</summary>
    public bool VouchFor(MemberReport report, IReadOnlyList<int> ports) => Indices(report, ports, seen => seen.State == "ONLINE").Intersect(Vouchers).Any();

    private static int[] Indices(MemberReport report, IReadOnlyList<int> ports, Func<SeenMember, bool> condition) =>
        [.. Enumerable.Range(0, ports.Count).Where(index => report.View.Any(seen => seen.Port == ports[index] && condition(seen)))];
}
