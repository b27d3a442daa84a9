namespace FooBar.Data;

/// <summary>What one node said about itself in one probe.</summary>
/// <param name="ServerUuid">Its <c>server_uuid</c>.</param>
/// <param name="MemberState">The state in its own row of the group's members; empty when it has no row.</param>
/// <param name="MemberRole">The role in its own row; empty when it has no row.</param>
/// <param name="Members">How many members its view holds.</param>
/// <param name="Reachable">How many of them it sees ONLINE or RECOVERING, itself included.</param>
/// <param name="ReadOnly">Its <c>read_only</c>, which <c>super_read_only</c> implies and outlives.</param>
/// <param name="SuperReadOnly">Its <c>super_read_only</c>.</param>
/// <param name="Executed">Its <c>gtid_executed</c>: a lower bound from then on.</param>
internal sealed record MemberReport(
    string ServerUuid, string MemberState, string MemberRole, long Members, long Reachable, bool ReadOnly, bool SuperReadOnly, GtidSet Executed)
{
    /// <summary>What the report proves: a primary, a replica, or nothing and why. A view of others never counts, only its own row.</summary>
    public (NodeRole Role, string? Reason) Claim() => this switch
    {
        { MemberState: "" } => (NodeRole.Unknown, "it is in no group"),
        { MemberState: not "ONLINE" } => (NodeRole.Unknown, $"its state is {MemberState}"),
        _ when 2 * Reachable <= Members => (NodeRole.Unknown, $"it reaches {Reachable} of {Members} members, no majority"),
        { MemberRole: "PRIMARY", SuperReadOnly: true } => (NodeRole.Unknown, "it is the group's primary with super_read_only on"),
        { MemberRole: "PRIMARY", ReadOnly: true } => (NodeRole.Unknown, "it is the group's primary with read_only on"),
        { MemberRole: "PRIMARY" } => (NodeRole.Primary, null),
        { MemberRole: "SECONDARY", SuperReadOnly: false } => (NodeRole.Unknown, "it is a secondary with super_read_only off"),
        { MemberRole: "SECONDARY" } => (NodeRole.Replica, null),
        _ => (NodeRole.Unknown, $"its role is {MemberRole}"),
    };
}
