namespace FooBar.AppHost.Databases;

/// <summary>What a group needs to be whole again.</summary>
internal enum RepairKind
{
    /// <summary>Nothing: every member is in it.</summary>
    None,

    /// <summary>Members that are out of it must join it.</summary>
    Join,

    /// <summary>There is no group, and every member has answered: the newest may form it.</summary>
    Form,

    /// <summary>Nothing can be done yet.</summary>
    Wait,
}

/// <summary>The next step towards a whole group: a pure function of what the members say.</summary>
/// <param name="Kind">The step.</param>
/// <param name="Joining">The indices of the members to join; empty for the other steps.</param>
/// <param name="Why">What is waited for; empty for the other steps.</param>
internal sealed record GroupRepair(RepairKind Kind, IReadOnlyList<int> Joining, string Why)
{
    /// <param name="names">The members' names.</param>
    /// <param name="ports">The members' ports.</param>
    /// <param name="reports">What each says; null when it does not answer.</param>
    public static GroupRepair Next(IReadOnlyList<string> names, IReadOnlyList<int> ports, IReadOnlyList<MemberReport?> reports)
    {
        int[] silent = [.. Enumerable.Range(0, names.Count).Where(index => reports[index] is null)];
        int[] outside = [.. Enumerable.Range(0, names.Count).Where(index => reports[index]?.IsOut == true)];
        if (reports.FirstOrDefault(report => report?.IsInQuorum == true) is { } witness)
        {
            // The group must have noticed a member's death before the member may come back: it is refused else, or kept waiting for half a minute.
            int[] joining = [.. outside.Where(index => !witness.View.Any(seen => seen.Port == ports[index] && seen.State != "ERROR"))];
            return joining.Length > 0 ? new(RepairKind.Join, joining, string.Empty)
                : outside.Length > 0 ? Wait($"the group to notice that {Names(names, outside)} had left")
                : silent.Length > 0 ? Wait($"{Names(names, silent)} to answer")
                : reports.All(report => report!.State == "ONLINE") && witness.View.All(seen => seen.State == "ONLINE") ? new(RepairKind.None, [], string.Empty)
                : Wait("a member that recovers");
        }

        // A member that does not answer may hold what the others lack, or be in a group with others: nothing may be formed without it.
        return silent.Length > 0 ? Wait($"{Names(names, silent)} to answer: there is no group, and nobody else knows what it holds")
            : outside.Length == names.Count ? new(RepairKind.Form, [], string.Empty)
            : Wait("a member without a majority to give up");
    }

    private static GroupRepair Wait(string why) => new(RepairKind.Wait, [], why);

    private static string Names(IReadOnlyList<string> names, IEnumerable<int> indices) => string.Join(" and ", indices.Select(index => names[index]));
}
