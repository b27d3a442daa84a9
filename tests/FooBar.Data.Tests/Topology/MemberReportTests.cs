namespace FooBar.Data.Tests;

public sealed class MemberReportTests
{
    [Theory]
    [InlineData("ONLINE", "PRIMARY", 3, 3, false, false, NodeRole.Primary, null)]
    [InlineData("ONLINE", "PRIMARY", 3, 2, false, false, NodeRole.Primary, null)]
    [InlineData("ONLINE", "PRIMARY", 1, 1, false, false, NodeRole.Primary, null)]
    [InlineData("ONLINE", "PRIMARY", 3, 1, false, false, NodeRole.Unknown, "it reaches 1 of 3 members, no majority")]
    [InlineData("ONLINE", "PRIMARY", 2, 1, false, false, NodeRole.Unknown, "it reaches 1 of 2 members, no majority")]
    [InlineData("ONLINE", "PRIMARY", 3, 3, true, true, NodeRole.Unknown, "it is the group's primary with super_read_only on")]
    [InlineData("ONLINE", "PRIMARY", 3, 3, true, false, NodeRole.Unknown, "it is the group's primary with read_only on")]
    [InlineData("ONLINE", "SECONDARY", 3, 3, true, true, NodeRole.Replica, null)]
    [InlineData("ONLINE", "SECONDARY", 3, 3, true, false, NodeRole.Unknown, "it is a secondary with super_read_only off")]
    [InlineData("ONLINE", "SECONDARY", 3, 3, false, false, NodeRole.Unknown, "it is a secondary with super_read_only off")]
    [InlineData("ONLINE", "SECONDARY", 3, 1, true, true, NodeRole.Unknown, "it reaches 1 of 3 members, no majority")]
    [InlineData("RECOVERING", "SECONDARY", 3, 3, true, true, NodeRole.Unknown, "its state is RECOVERING")]
    [InlineData("RECOVERING", "PRIMARY", 3, 3, false, false, NodeRole.Unknown, "its state is RECOVERING")]
    [InlineData("ERROR", "", 1, 0, true, true, NodeRole.Unknown, "its state is ERROR")]
    [InlineData("OFFLINE", "", 1, 0, false, false, NodeRole.Unknown, "its state is OFFLINE")]
    [InlineData("UNREACHABLE", "PRIMARY", 3, 2, false, false, NodeRole.Unknown, "its state is UNREACHABLE")]
    [InlineData("", "", 1, 0, false, false, NodeRole.Unknown, "it is in no group")]
    [InlineData("", "", 3, 3, false, false, NodeRole.Unknown, "it is in no group")]
    [InlineData("ONLINE", "", 3, 3, false, false, NodeRole.Unknown, "its role is ")]
    public void Claim_InAGroup_Table(string state, string role, int members, int reachable, bool readOnly, bool superReadOnly, NodeRole claim, string? reason)
    {
        MemberReport report = new("u", new(state, role, members, reachable), default, readOnly, superReadOnly, Data.GtidSet.Empty);

        Assert.Equal((claim, reason), report.Claim());
    }

    [Theory]
    [InlineData(0, 0, false, false, NodeRole.Primary, null, false)]
    [InlineData(0, 0, true, true, NodeRole.Unknown, "it is read-only and replicates from nobody", true)]
    [InlineData(0, 0, true, false, NodeRole.Unknown, "it is read-only and replicates from nobody", true)]
    [InlineData(1, 1, true, true, NodeRole.Replica, null, false)]
    // Stopped, it is still what the tokens and samples prove it to be.
    [InlineData(1, 0, true, true, NodeRole.Replica, null, false)]
    [InlineData(1, 1, true, false, NodeRole.Unknown, "it is a replica with super_read_only off", false)]
    [InlineData(1, 1, false, false, NodeRole.Unknown, "it is a replica with read_only off", false)]
    [InlineData(1, 0, false, false, NodeRole.Unknown, "it is a replica with read_only off", false)]
    public void Claim_WithoutAGroup_Table(int channels, int running, bool readOnly, bool superReadOnly, NodeRole claim, string? reason, bool takesNoWrites)
    {
        MemberReport report = new("u", null, new(channels, running), readOnly, superReadOnly, Data.GtidSet.Empty);

        Assert.Equal((claim, reason), report.Claim());
        Assert.Equal(takesNoWrites, report.TakesNoWrites);
    }
}
