namespace FooBar.AppHost.Databases;

/// <summary>What servers of classic replication need to be one primary and its replicas: a pure function of what they say. Members are indices.</summary>
/// <param name="Primary">The primary; null without one, or with two.</param>
/// <param name="Strays">Members that answer, take no writes, and follow another one than the primary, or nobody.</param>
/// <param name="Problem">What only a person may put right, as a sentence; null when there is nothing.</param>
internal sealed record ReplicaRepair(int? Primary, IReadOnlyList<int> Strays, string? Problem)
{
    /// <param name="members">The members' names and ports.</param>
    /// <param name="reports">What each says; null when it does not answer.</param>
    public static ReplicaRepair Of(IReadOnlyList<(string Name, int Port)> members, IReadOnlyList<ReplicaReport?> reports)
    {
        int[] answering = [.. Enumerable.Range(0, members.Count).Where(index => reports[index] is not null)];
        int[] primaries = [.. answering.Where(index => reports[index]!.IsPrimary)];
        string[] names = [.. primaries.Select(index => members[index].Name)];
        return primaries switch
        {
            [int primary] => new(primary, [.. answering.Where(index => index != primary && reports[index]!.IsClosed && reports[index]!.Source != members[primary].Port)], null),
            [] when answering.Length < members.Count => new(null, [], null),
            [] => new(null, [], "no database member takes writes; ./foobar fault switchover NAME makes one the primary"),
            _ => new(null, [], $"{string.Join(" and ", names)} each take writes: whatever only one of them holds must be saved, and all but one be closed with SET PERSIST super_read_only = ON"),
        };
    }
}
