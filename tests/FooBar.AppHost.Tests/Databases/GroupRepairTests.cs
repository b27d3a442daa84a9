using FooBar.AppHost.Databases;

namespace FooBar.AppHost.Tests.Databases;

/// <summary>Three members, db-1 to db-3, on ports 1 to 3.</summary>
public sealed class GroupRepairTests
{
    private const MemberReport? Silent = null;
    private static readonly string[] Names = ["db-1", "db-2", "db-3"];
    private static readonly int[] Ports = [1, 2, 3];
    private static readonly HashSet<int> NobodyEnded = [];
    private static readonly MemberReport Offline = new("OFFLINE", [new(0, "OFFLINE", "")]);
    private static readonly MemberReport Error = new("ERROR", [new(1, "ERROR", "")]);

    [Fact]
    public void Whole_WhenEveryMemberIsOnline() =>
        AssertNext(RepairKind.None, [], "", View("ONLINE", "ONLINE", "ONLINE"), View("ONLINE", "ONLINE", "ONLINE"), View("ONLINE", "ONLINE", "ONLINE"));

    [Fact]
    public void Member_ThatCameBack_Joins() =>
        AssertNext(RepairKind.Join, [0], "", Offline, View(null, "ONLINE", "ONLINE"), View(null, "ONLINE", "ONLINE"));

    [Fact]
    public void Member_ThatWasExpelled_Joins() =>
        AssertNext(RepairKind.Join, [0], "", Error, View(null, "ONLINE", "ONLINE"), View(null, "ONLINE", "ONLINE"));

    [Fact]
    public void Members_ThatCameBackAfterTheirDeathWasNoticed_JoinTogether() =>
        AssertNext(RepairKind.Join, [0, 2], "", Offline, View(null, "ONLINE", null), Offline);

    [Theory]
    [InlineData("ONLINE")]
    [InlineData("UNREACHABLE")]
    [InlineData("RECOVERING")]
    public void Member_WhoseDeathTheGroupHasNotNoticed_WaitsForThat(string seenAs) =>
        AssertNext(RepairKind.Notice, [], "the group to notice that db-1 had left", Offline, View(seenAs, "ONLINE", "ONLINE"), View(seenAs, "ONLINE", "ONLINE"));

    [Fact]
    public void Member_BackWhileTheGroupHasNotNoticedAnothersDeath_WaitsForThat() =>
        AssertNext(RepairKind.Notice, [], "the group to notice that db-3 had left", Offline, View(null, "ONLINE", "ONLINE"), Silent);

    [Fact]
    public void Member_BackWhileAnotherIsDownAndThatIsKnown_Joins() =>
        AssertNext(RepairKind.Join, [0], "", Offline, View(null, "ONLINE", null), Silent);

    [Fact]
    public void Member_ThatIsDown_IsWaitedFor() =>
        AssertNext(RepairKind.Wait, [], "db-1 to answer", Silent, View(null, "ONLINE", "ONLINE"), View(null, "ONLINE", "ONLINE"));

    [Fact]
    public void Member_ThatRestartedBeforeItsDeathWasNoticed_IsNotTakenForWhole() =>
        AssertNext(RepairKind.Wait, [], "db-1 to answer", Silent, View("ONLINE", "ONLINE", "ONLINE"), View("ONLINE", "ONLINE", "ONLINE"));

    [Fact]
    public void Member_ThatRecovers_IsWaitedFor() =>
        AssertNext(RepairKind.Wait, [], "a member that recovers", View("RECOVERING", "ONLINE", "ONLINE"), View("RECOVERING", "ONLINE", "ONLINE"), View("RECOVERING", "ONLINE", "ONLINE"));

    [Fact]
    public void Nobody_InAGroupAndAllAnswer_TheNewestFormsIt() => AssertNext(RepairKind.Form, [0, 1, 2], "", Offline, Error, Offline);

    [Fact]
    public void Nobody_InAGroupButOneSilent_NothingIsFormed() =>
        AssertNext(RepairKind.Wait, [], "db-2 to answer: there is no group, and nobody else knows what it holds", Offline, Silent, Offline);

    [Fact]
    public void Minority_AllOthersAnswerThatTheyAreOut_IsRestarted() =>
        AssertNext(RepairKind.Restart, [1], "", Offline, View("UNREACHABLE", "ONLINE", "UNREACHABLE"), Error);

    [Fact]
    public void Minority_ThatHasNotNoticedThatAllOthersStartedAnew_IsRestarted() =>
        AssertNext(RepairKind.Restart, [1], "", Offline, View("ONLINE", "ONLINE", "ONLINE"), Offline);

    [Fact]
    public void Minority_TheOthersHaveEnded_IsRestartedBeforeTheyAnswer() =>
        AssertNext([0, 2], RepairKind.Restart, [1], "", Silent, View("ONLINE", "ONLINE", "ONLINE"), Offline);

    [Fact]
    public void Half_TheOtherHalfHasEnded_IsRestartedBeforeItAnswers() =>
        AssertNext([2], RepairKind.Restart, [1], "", Silent, View(null, "ONLINE", "ONLINE"), Silent);

    [Fact]
    public void Minority_OneOfTheOthersEndedTheOtherSilent_WaitsForIt() =>
        AssertNext([0], RepairKind.Wait, [], "db-1 and db-3 to answer", Silent, View("ONLINE", "ONLINE", "ONLINE"), Silent);

    [Fact]
    public void Majority_ThatIsLeftByWhoEnded_IsNotRestarted() =>
        AssertNext([0], RepairKind.Wait, [], "db-1 to answer", Silent, View("ONLINE", "ONLINE", "ONLINE"), View("ONLINE", "ONLINE", "ONLINE"));

    /// <summary>Somebody else has had it join.</summary>
    [Fact]
    public void Member_ThatEndedAndSaysThatItIsInTheGroup_IsInIt() =>
        AssertNext([0, 2], RepairKind.Wait, [], "db-3 to answer", View("ONLINE", "ONLINE", "ONLINE"), View("ONLINE", "ONLINE", "ONLINE"), Silent);

    [Fact]
    public void Half_TheOtherHalfAnswersThatItIsOut_IsRestartedWhateverBecameOfWhoHadLeftBefore() =>
        AssertNext(RepairKind.Restart, [1], "", Offline, View("UNREACHABLE", "ONLINE", null), Silent);

    [Fact]
    public void Nobody_InAGroup_ThoseWhoMayHoldWhatWasAcknowledgedFormIt()
    {
        GroupRepair next = GroupRepair.Next(Names, Ports, [Offline, Offline, Silent], new([1, 0], [0]), NobodyEnded);

        Assert.Equal(RepairKind.Form, next.Kind);
        Assert.Equal([0, 1], next.Members);
    }

    [Fact]
    public void Nobody_InAGroupAndAHolderSilent_NothingIsFormed()
    {
        GroupRepair next = GroupRepair.Next(Names, Ports, [Offline, Silent, Offline], new([0, 1], [0, 1]), NobodyEnded);

        Assert.Equal((RepairKind.Wait, "db-2 to answer: there is no group, and nobody else knows what it holds"), (next.Kind, next.Why));
    }

    [Fact]
    public void Nobody_InAGroupButOneThatIsNoHolderHopesForIts_NothingIsFormed()
    {
        MemberReport minority = View("UNREACHABLE", null, "ONLINE") with { State = "ONLINE" };

        Assert.Equal(RepairKind.Wait, GroupRepair.Next(Names, Ports, [Silent, Offline, minority], new([1], [1]), NobodyEnded).Kind);
    }

    [Fact]
    public void Member_SilentButSeenByItsGroupForLong_KeepsNobodyFromJoining()
    {
        MemberReport inGroup = View("ONLINE", "ONLINE", null) with { State = "ONLINE" };

        Assert.Equal(RepairKind.Notice, GroupRepair.Next(Names, Ports, [inGroup, Silent, Offline], new([0, 1], [0, 1]), NobodyEnded).Kind);
        Assert.Equal(RepairKind.Join, GroupRepair.Next(Names, Ports, [inGroup, Silent, Offline], new([0, 1], [0, 1]), NobodyEnded, patient: false).Kind);
    }

    /// <summary>Its join was given up and it found itself alone: it may hold nothing, whether or not the others are there.</summary>
    [Fact]
    public void Member_InAGroupThatNobodyOfTheKnownOneIsIn_IsRestarted()
    {
        GroupMemory joining = new GroupMemory([0, 2], [0, 2]).Admit(1);
        MemberReport pair = View("ONLINE", null, "ONLINE") with { State = "ONLINE" };
        MemberReport stray = View(null, "ONLINE", null) with { State = "ONLINE" };

        foreach (MemberReport?[] reports in new MemberReport?[][] { [pair, stray, pair], [Offline, stray, Silent], [Offline, stray, Offline] })
        {
            GroupRepair next = GroupRepair.Next(Names, Ports, reports, joining, NobodyEnded);

            Assert.Equal(RepairKind.Restart, next.Kind);
            Assert.Equal([1], next.Members);
            Assert.Equal(joining, joining.After(Ports, reports));
        }
    }

    [Fact]
    public void Groups_OfTheirOwn_AreNotTakenForWhole() =>
        AssertNext(
            RepairKind.Wait, [], "db-1 and db-2 and db-3 to agree on who is in the group",
            View("ONLINE", null, "ONLINE"), View(null, "ONLINE", null), View("ONLINE", null, "ONLINE"));

    [Fact]
    public void Survivor_ThatRecovers_IsRestarted() =>
        AssertNext(RepairKind.Restart, [2], "", Offline, Offline, View("UNREACHABLE", "UNREACHABLE", "RECOVERING"));

    [Fact]
    public void Majority_ThatTheGroupSees_IsNotLostByAMemberThatIsLeaving() =>
        AssertNext(RepairKind.Notice, [], "the group to notice that db-2 had left", View("ONLINE", "ONLINE", null), Error, Silent);

    [Fact]
    public void Half_TheOtherHalfSilent_IsNoMajority() =>
        AssertNext(RepairKind.Wait, [], "db-1 to answer: there is no group, and nobody else knows what it holds", Silent, View("UNREACHABLE", "ONLINE", null), Offline);

    [Fact]
    public void Minority_OneOfTheOthersSilent_WaitsForIt() =>
        AssertNext(RepairKind.Wait, [], "db-3 to answer: there is no group, and nobody else knows what it holds", Offline, View("UNREACHABLE", "ONLINE", "UNREACHABLE"), Silent);

    [Fact]
    public void Majority_OfWhichOneRecovers_IsNotRestarted() =>
        AssertNext(
            RepairKind.Notice, [], "the group to notice that db-1 had left",
            Offline, View("UNREACHABLE", "ONLINE", "RECOVERING"), View("UNREACHABLE", "ONLINE", "RECOVERING"));

    [Fact]
    public void Minorities_OfDifferentGroups_AreNotRestarted() =>
        AssertNext(
            RepairKind.Wait, [], "a member without a majority to give up",
            Error, View("UNREACHABLE", "ONLINE", null), View("UNREACHABLE", null, "ONLINE"));

    [Fact]
    public void Minority_ThatSeesAStranger_IsNotRestarted() =>
        AssertNext(
            RepairKind.Wait, [], "a member without a majority to give up",
            Offline, View("UNREACHABLE", "ONLINE", "UNREACHABLE", "UNREACHABLE"), Offline);

    [Fact]
    public void SurvivorsOfFive_WhoSeeDifferentGroups_AreNotRestarted()
    {
        MemberReport one = View("UNREACHABLE", "ONLINE", "UNREACHABLE", "ONLINE", "UNREACHABLE") with { State = "ONLINE" };
        MemberReport other = View("UNREACHABLE", null, "UNREACHABLE", "ONLINE", "UNREACHABLE") with { State = "ONLINE" };

        GroupRepair next = GroupRepair.Next(["db-1", "db-2", "db-3", "db-4", "db-5"], [1, 2, 3, 4, 5], [Offline, one, Offline, other, Offline], GroupMemory.OfNothing(5), NobodyEnded);

        Assert.Equal((RepairKind.Wait, "a member without a majority to give up"), (next.Kind, next.Why));
    }

    [Fact]
    public void SurvivorsOfFive_AreRestartedTogether()
    {
        MemberReport survivor = View("UNREACHABLE", "ONLINE", "UNREACHABLE", "ONLINE", "UNREACHABLE") with { State = "ONLINE" };

        GroupRepair next = GroupRepair.Next(["db-1", "db-2", "db-3", "db-4", "db-5"], [1, 2, 3, 4, 5], [Offline, survivor, Offline, survivor, Error], GroupMemory.OfNothing(5), NobodyEnded);

        Assert.Equal(RepairKind.Restart, next.Kind);
        Assert.Equal([1, 3], next.Members);
    }

    [Fact]
    public void Report_IsReadFromTheServersRows()
    {
        MemberReport report = MemberReport.Read([["0", "13306", "ONLINE", "PRIMARY"], ["1", "13307", "RECOVERING", "SECONDARY"]]);

        Assert.Equal("RECOVERING", report.State);
        Assert.Equal([new SeenMember(13306, "ONLINE", "PRIMARY"), new SeenMember(13307, "RECOVERING", "SECONDARY")], report.View);
        Assert.False(report.IsInQuorum);
        Assert.Equal(("replica", "recovering"), report.ForPeople());
    }

    [Theory]
    [InlineData("ONLINE", "ONLINE", "primary", "online")]
    [InlineData("ONLINE", "UNREACHABLE", "none", "no majority")]
    [InlineData("ERROR", "ONLINE", "primary", "error")]
    public void Report_ForPeople_TrustsAMajorityAlone(string own, string other, string role, string state) =>
        Assert.Equal((role, state), MemberReport.Read([["1", "13306", own, "PRIMARY"], ["0", "13307", other, "SECONDARY"]]).ForPeople());

    [Fact]
    public void Report_OfAServerThatKnowsNoGroup_IsOffline() => Assert.True(MemberReport.Read([]).IsOut);

    private static GroupRepair AssertNext(RepairKind kind, int[] members, string why, params MemberReport?[] reports) =>
        AssertNext(NobodyEnded, kind, members, why, reports);

    private static GroupRepair AssertNext(HashSet<int> ended, RepairKind kind, int[] members, string why, params MemberReport?[] reports)
    {
        // Each reporting member is the one at its place.
        MemberReport?[] own = [.. reports.Select((report, index) => report is { State: "" } ? report with { State = report.View.Single(seen => seen.Port == index + 1).State } : report)];
        GroupRepair next = GroupRepair.Next(Names, Ports, own, GroupMemory.OfNothing(3), ended);

        Assert.Equal((kind, why), (next.Kind, next.Why));
        Assert.Equal(members, next.Members);
        return next;
    }

    /// <summary>What a member of a group sees, its own state filled in by the assertion; null for a member that is not in the group.</summary>
    private static MemberReport View(params string?[] states) =>
        new("", [.. states.Select((state, index) => new SeenMember(index + 1, state ?? "", "")).Where(seen => seen.State.Length > 0)]);
}
