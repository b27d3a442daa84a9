namespace FooBar.Data;

/// <summary>What one node said about itself in one probe.</summary>
/// <param name="ServerUuid">Its <c>server_uuid</c>.</param>
/// <param name="Group">What it is in a group; null when Group Replication is not installed there.</param>
/// <param name="Channels">Its channels of classic replication.</param>
/// <param name="ReadOnly">Its <c>read_only</c>, which <c>super_read_only</c> implies and outlives.</param>
/// <param name="SuperReadOnly">Its <c>super_read_only</c>.</param>
/// <param name="Executed">Its <c>gtid_executed</c>: a lower bound from then on.</param>
internal sealed record MemberReport(
    string ServerUuid, GroupMembership? Group, ReplicaChannels Channels, bool ReadOnly, bool SuperReadOnly, GtidSet Executed)
{
    /// <summary>How it replicates. A server with the plugin is never taken for one without, whatever state it is in.</summary>
    public ReplicationMode Mode => Group is null ? ReplicationMode.Classic : ReplicationMode.Group;

    /// <summary>What the report proves: a primary, a replica, or nothing and why. A view of others never counts, only its own row.</summary>
    public (NodeRole Role, string? Reason) Claim() => Group is null ? ClassicClaim() : GroupClaim(Group);

    /// <summary>
    /// Whether it is a primary that takes no writes: being switched over, most of the time. In classic replication also a server that was never
    /// given a role, so it says something of a node that was the primary before.
    /// </summary>
    public bool TakesNoWrites => (Group, Channels.Configured, ReadOnly) is ({ State: "ONLINE", Role: "PRIMARY" }, _, true) or (null, 0, true);

    private (NodeRole Role, string? Reason) GroupClaim(GroupMembership group) => group switch
    {
        { State: "" } => (NodeRole.Unknown, "it is in no group"),
        { State: not "ONLINE" } => (NodeRole.Unknown, $"its state is {group.State}"),
        _ when 2 * group.Reachable <= group.Members => (NodeRole.Unknown, $"it reaches {group.Reachable} of {group.Members} members, no majority"),
        { Role: "PRIMARY" } when SuperReadOnly => (NodeRole.Unknown, "it is the group's primary with super_read_only on"),
        { Role: "PRIMARY" } when ReadOnly => (NodeRole.Unknown, "it is the group's primary with read_only on"),
        { Role: "PRIMARY" } => (NodeRole.Primary, null),
        { Role: "SECONDARY" } when !SuperReadOnly => (NodeRole.Unknown, "it is a secondary with super_read_only off"),
        { Role: "SECONDARY" } => (NodeRole.Replica, null),
        _ => (NodeRole.Unknown, $"its role is {group.Role}"),
    };

    private (NodeRole Role, string? Reason) ClassicClaim() => (Channels, ReadOnly, SuperReadOnly) switch
    {
        ({ Configured: 0 }, false, false) => (NodeRole.Primary, null),
        ({ Configured: 0 }, _, _) => (NodeRole.Unknown, "it is read-only and replicates from nobody"),
        (_, false, _) => (NodeRole.Unknown, "it is a replica with read_only off"),
        (_, _, false) => (NodeRole.Unknown, "it is a replica with super_read_only off"),
        _ => (NodeRole.Replica, null),
    };
}

/// <summary>How servers replicate.</summary>
public enum ReplicationMode
{
    /// <summary>By Group Replication, in single-primary mode.</summary>
    Group,

    /// <summary>Asynchronously from a source, by GTID; or not at all.</summary>
    Classic,
}

/// <summary>A server's own row in its group, and how many others it sees.</summary>
/// <param name="State">The state in its own row of the group's members; empty when it has no row.</param>
/// <param name="Role">The role in its own row; empty when it has no row.</param>
/// <param name="Members">How many members its view holds.</param>
/// <param name="Reachable">How many of them it sees ONLINE or RECOVERING, itself included.</param>
internal sealed record GroupMembership(string State, string Role, long Members, long Reachable);

/// <summary>A server's channels of classic replication.</summary>
/// <param name="Configured">How many it has.</param>
/// <param name="Running">How many of them receive and apply.</param>
internal readonly record struct ReplicaChannels(long Configured, long Running);
