using FooBar.LoadBalancer.Admin;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Admin;

public sealed class FailedAttemptsTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public void Add_TenAtOnce_ThenOneASecond()
    {
        FailedAttempts failed = new(_time);

        Assert.Equal(Enumerable.Repeat<int?>(0, 10), Enumerable.Range(0, 10).Select(_ => failed.Add()));
        Assert.Equal([null, null, null], Enumerable.Range(0, 3).Select(_ => failed.Add()));
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Null(failed.Add());
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(4, failed.Add());
        Assert.Null(failed.Add());
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([1, 0, null], Enumerable.Range(0, 3).Select(_ => failed.Add()));
    }

    [Fact]
    public void Add_AfterALongRest_TakesTenAgainAndNoMore()
    {
        FailedAttempts failed = new(_time);
        failed.Add();
        _time.Advance(TimeSpan.FromDays(1));

        Assert.Equal(10, Enumerable.Range(0, 20).Count(_ => failed.Add() is not null));
    }
}
