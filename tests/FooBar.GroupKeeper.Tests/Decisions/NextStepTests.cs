using FooBar.GroupKeeper.Decisions;
using FooBar.GroupKeeper.Looks;

namespace FooBar.GroupKeeper.Tests.Decisions;

/// <summary>Three members, db-1 to db-3, at the places 0 to 2; db-1 is the own one where nothing else is said.</summary>
public sealed class NextStepTests
{
    private const string On = "ONLINE";
    private const string Lost = "UNREACHABLE";
    private static readonly Circumstances Plain = new() { Settled = Look.Places(0, 1, 2) };

    [Fact]
    public void Own_InAWholeGroup_NeedsNothing() => Next(StepKind.None, "", Look.In(0, On, On, On), Look.In(1, On, On, On), Look.In(2, On, On, On));

    [Fact]
    public void Own_InAGroupThatLacksOne_NeedsNothingItself() => Next(StepKind.None, "db-3 to come back", Look.In(0, On, On, null), Look.In(1, On, On, null), Look.Silent);

    [Fact]
    public void Own_WhoseGroupHasNotNoticedALoss_IsNotTakenForWhole() =>
        Next(StepKind.None, "db-2 and db-3 to come back", Look.In(0, On, On, On), Look.Silent, Look.Offline());

    [Fact]
    public void Own_Silent_IsWaitedFor() => Next(StepKind.Wait, "db-1 to answer", Look.Silent, Look.In(1, null, On, On), Look.In(2, null, On, On));

    [Fact]
    public void Own_ThatRecovers_IsWaitedFor() =>
        Next(StepKind.Wait, "what it lacks to arrive from the others", Look.In(0, "RECOVERING", On, On), Look.In(1, "RECOVERING", On, On), Look.In(2, "RECOVERING", On, On));

    [Fact]
    public void Own_WithoutAMajority_Waits() =>
        Next(StepKind.Wait, "its majority, or for MySQL to give the group up", Look.In(0, On, Lost, Lost), Look.Silent, Look.Silent);

    [Fact]
    public void Own_WhoseGroupIsLost_Leaves() =>
        Next(StepKind.Leave, "its group will not have a majority again", Plain with { Lost = Look.Places(0) }, Look.In(0, On, On, On), Look.Offline(), Look.Offline());

    [Fact]
    public void Own_ThrownOut_LeavesFirst() =>
        Next(StepKind.Leave, "it was thrown out of its group, or has lost it", Look.Error(), Look.In(1, null, On, On), Look.In(2, null, On, On));

    [Fact]
    public void Own_OutAndClosed_IsOpenedFirst() =>
        Next(StepKind.Leave, "offline_mode keeps the others from seeing what it holds", Look.Offline() with { OfflineMode = true }, Look.Offline(), Look.Offline());

    [Fact]
    public void Own_ReadyToFormAGroupByItself_IsDisarmedFirst() =>
        Next(StepKind.Disarm, "a start that was given up has left group_replication_bootstrap_group on", Look.Offline() with { BootstrapArmed = true }, Look.In(1, null, On, On), Look.In(2, null, On, On));

    [Fact]
    public void Own_AloneAfterItBeganToJoin_Leaves() =>
        Next(StepKind.Leave, "it found nobody in the group that it joined", Plain with { IsJoining = true }, Look.In(0, On), Look.Offline(), Look.Silent);

    [Fact]
    public void Own_AloneAfterItFormedTheGroup_Stays() => Next(StepKind.None, "db-2 and db-3 to come back", Look.In(0, On), Look.Offline(), Look.Offline());

    [Fact]
    public void Own_AloneBesideALargerGroup_Leaves() =>
        Next(StepKind.Leave, "it is alone, and db-2 and db-3 are a group without it", Look.In(0, On), Look.In(1, null, On, On), Look.In(2, null, On, On));

    [Fact]
    public void Own_BackInAGroupThatNoticed_Joins()
    {
        NextStep step = Next(StepKind.Join, "db-2 and db-3 are in the group", Look.Offline(), Look.In(1, null, On, On), Look.In(2, null, On, On));

        Assert.Equal(1, step.Witness);
    }

    [Theory]
    [InlineData(On)]
    [InlineData(Lost)]
    [InlineData("RECOVERING")]
    public void Own_WhoseDeathTheGroupHasNotNoticed_WaitsForThat(string seenAs) =>
        Next(StepKind.Notice, "the group to notice that db-1 had left", Look.Offline(), Look.In(1, seenAs, On, On), Look.In(2, seenAs, On, On));

    [Fact]
    public void Own_ThatTheGroupSeesLeaving_Joins() => Next(StepKind.Join, "db-2 and db-3 are in the group", Look.Offline(), Look.In(1, "ERROR", On, On), Look.In(2, "ERROR", On, On));

    [Fact]
    public void Own_BackWhileAnothersDeathIsNotNoticed_WaitsForThat() =>
        Next(StepKind.Notice, "the group to notice that db-3 had left", Look.Offline(), Look.In(1, null, On, On), Look.Silent);

    [Fact]
    public void Own_BackWhileASilentOneIsSeenForLong_Joins() =>
        Next(StepKind.Join, "db-2 is in the group", Plain with { GivenUp = Look.Places(2) }, Look.Offline(), Look.In(1, null, On, On), Look.Silent);

    [Fact]
    public void Own_BackWhileAnotherIsDownAndThatIsKnown_Joins() => Next(StepKind.Join, "db-2 is in the group", Look.Offline(), Look.In(1, null, On, null), Look.Silent);

    [Fact]
    public void Own_BackWhileViewsDiffer_Waits() =>
        Next(StepKind.Wait, "db-2 and db-3 to agree on who is in the group", Look.Offline(), Look.In(1, null, On, null), Look.In(2, null, On, On));

    [Fact]
    public void Own_BackWhileAnotherJoins_Waits() =>
        Next(StepKind.Wait, "another member to join", Look.Offline(), Look.In(1, null, On, null) with { IsBusy = true }, Look.Offline());

    [Fact]
    public void Own_ThatHoldsTheLocks_JoinsWhoIsBusyWithIt() =>
        Next(StepKind.Join, "db-2 is in the group", Plain with { HoldsLocks = true }, Look.Offline() with { IsBusy = true }, Look.In(1, null, On, null) with { IsBusy = true }, Look.Offline());

    [Fact]
    public void Own_WhoseEarlierStartIsUnderWay_Waits() =>
        Next(StepKind.Wait, "the step that has its lock to end", Look.Offline() with { IsBusy = true }, Look.In(1, null, On, null), Look.Offline());

    [Fact]
    public void Own_BackWhileAnotherRecovers_Waits() =>
        Next(StepKind.Wait, "db-3 to recover", Look.Offline(), Look.In(1, null, On, "RECOVERING"), Look.In(2, null, On, "RECOVERING"));

    [Fact]
    public void Own_BackWhileAnotherRecoversForLong_Joins() =>
        Next(StepKind.Join, "db-2 is in the group", Plain with { Slow = Look.Places(2) }, Look.Offline(), Look.In(1, null, On, "RECOVERING"), Look.In(2, null, On, "RECOVERING"));

    [Fact]
    public void Own_BackWhenAnotherHasJustBeenAlone_WaitsUntilThatIsCertain() =>
        Next(StepKind.Wait, "db-2 to be certain of its group", Plain with { Settled = Look.Places() }, Look.Offline(), Look.In(1, null, On, null), Look.Offline());

    [Fact]
    public void Own_ThatHoldsWhatTheGroupLacks_NeverJoins() =>
        Next(StepKind.Divergent, "db-1 holds transactions that db-2 and db-3 lack", Look.Offline("1-9:11"), Look.Knowing(1, "1-10", null, On, On), Look.Knowing(2, "1-10", null, On, On));

    [Fact]
    public void Own_ThatHoldsWhatOnlyTheGroupTogetherHolds_Joins() =>
        Next(StepKind.Join, "db-2 and db-3 are in the group", Look.Offline("1-10"), Look.Knowing(1, "1-9", null, On, On), Look.Knowing(2, "1-10", null, On, On));

    [Fact]
    public void Own_BackWhileALostGroupStillShowsItsView_DoesNotJoinThat() =>
        Next(StepKind.Wait, "db-2 to find a majority or to leave what is left of a group", Plain with { Lost = Look.Places(1) }, Look.Offline(), Look.In(1, null, On, null), Look.Offline());

    [Fact]
    public void Nobody_InAGroupAndAllEqual_TheHeaviestFormsIt()
    {
        Next(StepKind.Form, "there is no group, and nobody holds more than db-1", Look.Offline(), Look.Offline(), Look.Offline());
        Next(1, StepKind.Wait, "db-1 to form the group: nobody holds more", Plain, Look.Offline(), Look.Offline(), Look.Offline());
    }

    [Fact]
    public void Nobody_InAGroup_TheNewestFormsItWhateverItsWeight()
    {
        Next(2, StepKind.Form, "there is no group, and nobody holds more than db-3", Plain, Look.Offline(), Look.Offline(), Look.Offline("1-10"));
        Next(StepKind.Wait, "db-3 to form the group: nobody holds more", Look.Offline(), Look.Offline(), Look.Offline("1-10"));
    }

    [Fact]
    public void Nobody_InAGroupAndOfEqualWeight_TheFirstFormsIt()
    {
        Membership group = new(["db-1", "db-2"], [50, 50], 0);

        Assert.Equal(StepKind.Form, NextStep.Of(group, [Look.Offline(), Look.Offline()], Plain).Kind);
        Assert.Equal(StepKind.Wait, NextStep.Of(group with { Own = 1 }, [Look.Offline(), Look.Offline()], Plain).Kind);
    }

    [Fact]
    public void Nobody_InAGroupButOneSilent_NothingIsFormed() =>
        Next(StepKind.Wait, "db-3 to answer: there is no group, and nobody else knows what it holds", Look.Offline("1-99"), Look.Offline(), Look.Silent);

    [Fact]
    public void Nobody_InAGroupButTwoSilent_NothingIsFormed() =>
        Next(StepKind.Wait, "db-2 and db-3 to answer: there is no group, and nobody else knows what they hold", Look.Offline("1-99"), Look.Silent, Look.Silent);

    [Fact]
    public void Nobody_InAGroupAndASilentOneGivenUpByAnOperator_TheNewestOfTheOthersFormsIt() =>
        Next(StepKind.Form, "there is no group, and nobody holds more than db-1", Plain with { Without = Look.Places(2) }, Look.Offline(), Look.Offline(), Look.Silent);

    [Fact]
    public void Nobody_InAGroupAndOneGivenUpAnswers_ItCounts() =>
        Next(StepKind.Wait, "db-3 to form the group: nobody holds more", Plain with { Without = Look.Places(2) }, Look.Offline(), Look.Offline(), Look.Offline("1-10"));

    /// <summary>The proposals of what it is leaving would reach the new group.</summary>
    [Fact]
    public void Nobody_InAGroupButOneStillLeaving_NothingIsFormed()
    {
        Next(StepKind.Wait, "db-2 to find a majority or to leave what is left of a group", Look.Offline(), Look.Error(), Look.Offline());
        Next(StepKind.Wait, "db-2 to find a majority or to leave what is left of a group", Look.Offline(), Look.In(1, Lost, On, Lost), Look.Offline());
    }

    [Fact]
    public void Nobody_InAGroupButOneBusy_NothingIsFormed() =>
        Next(StepKind.Wait, "another member to form the group", Look.Offline(), Look.Offline() with { IsBusy = true }, Look.Offline());

    [Fact]
    public void Nobody_HoldsWhatAllHold_NothingIsFormed() =>
        Next(StepKind.Divided, "there is no group, and none of db-1 and db-2 and db-3 holds what all of them hold", Look.Offline("1-9"), Look.Offline("1-8:10"), Look.Offline("1-8"));

    private static NextStep Next(StepKind kind, string why, params MemberLook?[] looks) => Next(0, kind, why, Plain, looks);

    private static NextStep Next(StepKind kind, string why, Circumstances now, params MemberLook?[] looks) => Next(0, kind, why, now, looks);

    private static NextStep Next(int own, StepKind kind, string why, Circumstances now, params MemberLook?[] looks)
    {
        NextStep step = NextStep.Of(Look.Members(own), looks, now);

        Assert.Equal((kind, why), (step.Kind, step.Why));
        return step;
    }
}
