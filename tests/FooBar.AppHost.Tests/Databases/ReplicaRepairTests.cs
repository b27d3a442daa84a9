using FooBar.AppHost.Databases;

namespace FooBar.AppHost.Tests.Databases;

public class ReplicaRepairTests
{
    private static readonly (string, int)[] Members = [("db-1", 13306), ("db-2", 13307), ("db-3", 13308)];

    private static readonly ReplicaReport Primary = new(IsWritable: true, IsClosed: false, 0, "", "");
    private static readonly ReplicaReport Alone = new(IsWritable: false, IsClosed: true, 0, "", "");

    [Fact]
    public void APrimaryAndItsReplicas_NeedNothing() => AssertRepair(0, [], null, Primary, Following(13306), Following(13306));

    [Fact]
    public void AReplicaThatIsDownOrReconnects_NeedsNothing() => AssertRepair(1, [], null, null, Primary, Following(13307) with { Receiver = "CONNECTING" });

    [Fact]
    public void WhoFollowsNobody_OrAnotherReplica_IsToFollowThePrimary() => AssertRepair(1, [0, 2], null, Alone, Primary, Following(13306));

    [Fact]
    public void APrimaryOnAnotherPortThanBefore_IsToBeFollowedThere() => AssertRepair(0, [1, 2], null, Primary, Following(3306), Following(3306));

    [Fact]
    public void AReplicaThatSomebodyOpened_IsLeftAlone() => AssertRepair(0, [], null, Primary, Following(13307) with { IsClosed = false }, Following(13306));

    /// <summary>It comes back as what it was, and what it had acknowledged may be nowhere else.</summary>
    [Fact]
    public void APrimaryThatIsDown_IsReplacedByNobody() => AssertRepair(null, [], null, null, Following(13306), Following(13306));

    [Fact]
    public void NoPrimaryWhileAllAnswer_IsForAPersonToDecide() => AssertRepair(
        null, [], "no database member takes writes; ./foobar fault switchover NAME makes one the primary", Alone, Following(13306), Following(13306));

    [Fact]
    public void TwoPrimaries_AreForAPersonToDecide() => AssertRepair(
        null,
        [],
        "db-1 and db-3 each take writes: whatever only one of them holds must be saved, and all but one be closed with SET PERSIST super_read_only = ON",
        Primary,
        Following(13306),
        Primary);

    [Theory]
    [InlineData("0", "0", "0", "", "", "primary", "online")]
    [InlineData("1", "0", "0", "", "", "none", "read-only")]
    [InlineData("1", "1", "0", "", "", "none", "read-only")]
    [InlineData("1", "1", "13306", "ON", "ON", "replica", "online")]
    [InlineData("1", "1", "13306", "CONNECTING", "ON", "replica", "connecting")]
    [InlineData("1", "1", "13306", "OFF", "ON", "replica", "not receiving")]
    [InlineData("1", "1", "13306", "ON", "OFF", "replica", "not applying")]
    [InlineData("1", "0", "13306", "ON", "ON", "replica", "writable")]
    [InlineData("0", "0", "13306", "ON", "ON", "replica", "writable")]
    public void Report_ForPeople_SaysWhatItIsAndWhatItLacks(string readOnly, string superReadOnly, string source, string receiver, string applier, string role, string state) =>
        Assert.Equal((role, state), ReplicaReport.Read([[readOnly, superReadOnly, source, receiver, applier]]).ForPeople());

    private static ReplicaReport Following(int source) => new(IsWritable: false, IsClosed: true, source, "ON", "ON");

    private static void AssertRepair(int? primary, int[] strays, string? problem, params ReplicaReport?[] reports)
    {
        ReplicaRepair repair = ReplicaRepair.Of(Members, reports);
        Assert.Equal((primary, problem), (repair.Primary, repair.Problem));
        Assert.Equal(strays, repair.Strays);
    }
}
