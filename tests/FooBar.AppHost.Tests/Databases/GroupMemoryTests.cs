using FooBar.AppHost.Databases;

namespace FooBar.AppHost.Tests.Databases;

/// <summary>Three members, db-1 to db-3, on ports 1 to 3.</summary>
public sealed class GroupMemoryTests
{
    private static readonly int[] Ports = [1, 2, 3];
    private static readonly GroupMemory Everybody = GroupMemory.OfNothing(3);
    private static readonly MemberReport Offline = new("OFFLINE", []);

    [Fact]
    public void Group_ThatAMajorityOfItShows_IsRemembered()
    {
        MemberReport view = View("ONLINE", "", "RECOVERING");

        GroupMemory memory = Everybody.After(Ports, [view, Offline, view with { State = "ONLINE" }]);

        Assert.Equal([0, 2], memory.Holders);
        Assert.Equal([0], memory.Vouchers);
    }

    [Fact]
    public void Group_OfOne_IsCertainByItself() => Assert.Equal([1], Everybody.After(Ports, [Offline, View("", "ONLINE", ""), null]).Holders);

    [Fact]
    public void View_ThatHalfOfItShows_MayBeOld() => AssertNothingLearnt(View("ONLINE", "", "ONLINE"), Offline, null);

    [Fact]
    public void Views_ThatDiffer_SayNothing() => AssertNothingLearnt(View("ONLINE", "", "ONLINE"), View("", "ONLINE", ""), View("ONLINE", "", "ONLINE"));

    [Fact]
    public void View_WithoutAMajority_SaysNothing() => AssertNothingLearnt(Offline, View("UNREACHABLE", "ONLINE", "UNREACHABLE"), null);

    [Fact]
    public void Group_InWhichNobodyIsOnlineThatWasSoBefore_IsAnother()
    {
        GroupMemory memory = new GroupMemory([0, 2], [0]).Admit(1);

        Assert.Same(memory, memory.After(Ports, [Offline, View("", "ONLINE", ""), null]));
        Assert.Same(memory, memory.After(Ports, [null, View("", "ONLINE", "ONLINE"), View("", "ONLINE", "ONLINE")]));
    }

    [Fact]
    public void Member_ThatJoins_MayHoldWhatIsAcknowledgedFromNowOn()
    {
        GroupMemory memory = new GroupMemory([0], [0]).Admit(2).Admit(2);

        Assert.Equal([0, 2], memory.Holders);
        Assert.Equal([0], memory.Vouchers);
    }

    [Fact]
    public void Member_ThatFormedTheGroup_VouchesForIt()
    {
        GroupMemory memory = new GroupMemory([0, 1], [0]).FormedBy(1);

        Assert.Equal([0, 1], memory.Holders);
        Assert.Equal([1], memory.After(Ports, [null, View("", "ONLINE", ""), null]).Holders);
    }

    private static void AssertNothingLearnt(params MemberReport?[] reports) => Assert.Same(Everybody, Everybody.After(Ports, reports));

    /// <summary>What a member that is online sees, by place; empty for one that is not in the group.</summary>
    private static MemberReport View(params string[] states) =>
        new("ONLINE", [.. states.Select((state, index) => new SeenMember(index + 1, state, "")).Where(seen => seen.State.Length > 0)]);
}
