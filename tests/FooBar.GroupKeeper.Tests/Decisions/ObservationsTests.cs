using FooBar.GroupKeeper.Decisions;
using FooBar.GroupKeeper.Looks;
using FooBar.Testing;

namespace FooBar.GroupKeeper.Tests.Decisions;

public sealed class ObservationsTests
{
    private const string On = "ONLINE";
    private const string Unreachable = "UNREACHABLE";
    private readonly FakeTime _time = new();

    [Fact]
    public void Survivor_TheOthersStartedAnew_IsLostWhetherOrNotItHasNoticed()
    {
        AssertLost([2], Look.Offline(), Look.Offline(), Look.In(2, On, On, On));
        AssertLost([2], Look.Offline(), Look.Offline(), Look.In(2, Unreachable, Unreachable, On));
        AssertLost([2], Look.Offline(), Look.Offline(), Look.In(2, Unreachable, Unreachable, "RECOVERING"));
    }

    [Fact]
    public void Half_TheOtherHalfStartedAnew_IsLost() => AssertLost([1], Look.Offline(), Look.In(1, Unreachable, On, null), Look.Silent);

    [Fact]
    public void Majority_OfWhichOneIsOut_IsNotLost() => AssertLost([], Look.Offline(), Look.In(1, On, On, On), Look.In(2, On, On, On));

    [Fact]
    public void Survivor_OneOfTheOthersSilent_IsNotLost() => AssertLost([], Look.Offline(), Look.Silent, Look.In(2, Unreachable, Unreachable, On));

    [Fact]
    public void Member_ThatIsAlone_IsNotLost() => AssertLost([], Look.Offline(), Look.Offline(), Look.In(2, null, null, On));

    [Fact]
    public void Member_OneJoinsThatDoesNotKnowYet_IsNotLost() =>
        AssertLost([], Look.Offline() with { IsBusy = true }, Look.In(1, "RECOVERING", On, null), Look.Silent);

    [Fact]
    public void Survivor_TheOthersLeaving_IsLostOnceItSeesNoMajority()
    {
        AssertLost([], Look.Error(), Look.Error(), Look.In(2, On, On, On));
        AssertLost([2], Look.Error(), Look.Error(), Look.In(2, Unreachable, Unreachable, On));
    }

    [Fact]
    public void Member_OfAViewWithAStranger_IsNotLost() =>
        AssertLost([], Look.Offline(), Look.Offline(), Look.In(2, On, On, On) with { View = [new(0, On, ""), new(1, On, ""), new(2, On, ""), new(-1, On, "")] });

    [Fact]
    public void Lost_IsCertainAtTheSecondLookInARow()
    {
        Observations observations = new(_time);
        MemberLook?[] lost = [Look.Offline(), Look.Offline(), Look.In(2, On, On, On)];

        Assert.Empty(observations.After(lost).Lost);
        Assert.Equal([2], observations.After(lost).Lost);
        Assert.Empty(observations.After([Look.Offline(), Look.Silent, Look.In(2, On, On, On)]).Lost);
        Assert.Empty(observations.After(lost).Lost);
    }

    [Fact]
    public void Silence_IsGivenUpAfter15Seconds() => AssertLasts(15, now => now.GivenUp, 1, [Look.Offline(), Look.Silent, Look.Offline()]);

    [Fact]
    public void Recovery_IsSlowAfter60Seconds() =>
        AssertLasts(60, now => now.Slow, 1, [Look.In(0, On, "RECOVERING", null), Look.In(1, On, "RECOVERING", null), Look.Silent]);

    [Fact]
    public void Alone_IsSettledAfter3Seconds() => AssertLasts(3, now => now.Settled, 1, [Look.Offline(), Look.In(1, null, On, null), Look.Offline()]);

    private void AssertLasts(int seconds, Func<Circumstances, IReadOnlySet<int>> which, int place, MemberLook?[] looks)
    {
        Observations observations = new(_time);
        MemberLook?[] other = [Look.Offline(), Look.Offline(), Look.Offline()];

        Assert.DoesNotContain(place, which(observations.After(looks)));
        _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
        Assert.DoesNotContain(place, which(observations.After(looks)));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Contains(place, which(observations.After(looks)));

        // A break, and it begins anew.
        observations.After(other);
        Assert.DoesNotContain(place, which(observations.After(looks)));
    }

    private static void AssertLost(int[] lost, params MemberLook?[] looks) => Assert.Equal(lost, LostGroups.Among(looks).Order());
}
