using System.Globalization;

namespace FooBar.AppHost.Databases;

/// <summary>A member as another one sees it.</summary>
/// <param name="Port">Its port, by which members are told apart here; 0 when the member is in no group.</param>
/// <param name="State">MySQL's MEMBER_STATE: <c>ONLINE</c>, <c>RECOVERING</c>, <c>UNREACHABLE</c>, <c>ERROR</c> or <c>OFFLINE</c>.</param>
/// <param name="Role">MySQL's MEMBER_ROLE: <c>PRIMARY</c>, <c>SECONDARY</c> or empty.</param>
internal sealed record SeenMember(int Port, string State, string Role);

/// <summary>What one member answers about itself and its group. Immutable.</summary>
/// <param name="State">Its own MEMBER_STATE.</param>
/// <param name="View">Every member that it sees, itself among them.</param>
/// <param name="Own">Its own row; null when it knows of none.</param>
internal sealed record MemberReport(string State, IReadOnlyList<SeenMember> View, SeenMember? Own = null)
{
    /// <summary>The question; <see cref="Read"/> reads its answer.</summary>
    public const string Query = """
        SELECT member_id IN (@@server_uuid, ''), IFNULL(member_port, 0), member_state, member_role
        FROM performance_schema.replication_group_members
        """;

    /// <summary>Whether it takes part in a group of which it sees a majority: only such a group may be joined.</summary>
    public bool IsInQuorum => State == "ONLINE" && View.Count(member => member.State is "ONLINE" or "RECOVERING") * 2 > View.Count;

    /// <summary>Whether it is in no group and will not come back to one by itself.</summary>
    public bool IsOut => State is "OFFLINE" or "ERROR";

    /// <summary>Whether its view has the same members as the other's, in whatever state.</summary>
    public bool SeesTheSameAs(MemberReport other) => View.Select(seen => seen.Port).Order().SequenceEqual(other.View.Select(seen => seen.Port).Order());

    /// <summary>Role and state in the words of <c>./foobar status</c>; <c>no majority</c> for a member that is online to itself alone.</summary>
    public (string Role, string State) ForPeople() =>
        State == "ONLINE" && !IsInQuorum ? ("none", "no majority")
        : (Own?.Role switch { "PRIMARY" => "primary", "SECONDARY" => "replica", _ => "none" }, State.ToLowerInvariant());

    public static MemberReport Read(IReadOnlyList<string[]> rows)
    {
        SeenMember[] view = [.. rows.Select(row => new SeenMember(int.Parse(row[1], CultureInfo.InvariantCulture), row[2], row[3]))];
        SeenMember? own = rows.Zip(view).FirstOrDefault(seen => seen.First[0] == "1").Second;
        return new(own?.State ?? "OFFLINE", view, own);
    }
}
