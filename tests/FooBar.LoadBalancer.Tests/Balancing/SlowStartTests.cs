using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Health;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Balancing;

public sealed class SlowStartTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(10);

    private readonly FakeTime _time = new();

    [Theory]
    [InlineData(0, 10, 0.1)]
    [InlineData(1, 10, 0.19)]
    [InlineData(5, 10, 0.55)]
    [InlineData(9.999, 10, 0.99991)]
    [InlineData(10, 10, 1)]
    [InlineData(99, 10, 1)]
    [InlineData(0, 0, 1)]
    public void Share_GrowsEvenlyFromATenthToAll(double elapsedS, double durationS, double expected) =>
        Assert.Equal(expected, SlowStart.ShareAfter(TimeSpan.FromSeconds(elapsedS), TimeSpan.FromSeconds(durationS)), 6);

    /// <summary>Statuses one after the other, from the gateway's start on, and the share at the end.</summary>
    [Theory]
    [InlineData("Up", 1)]
    [InlineData("Down Up", 1)]
    [InlineData("Draining Up", 1)]
    [InlineData("Up Down", 1)]
    [InlineData("Up Down Up", 0.1)]
    [InlineData("Up Draining Up", 0.1)]
    [InlineData("Up Unknown Up", 0.1)]
    [InlineData("Down Up Up", 1)]
    public void Backend_ThatComesBack_BeginsSlowly_NotTheFirstTime(string statuses, double expected)
    {
        BackendPool pool = Pool(1);

        foreach (string status in statuses.Split(' '))
            Report(pool, 0, Enum.Parse<BackendStatus>(status));

        Assert.Equal(expected, pool.All[0].Share);
    }

    [Fact]
    public void Backend_ThatStaysUp_KeepsItsShare()
    {
        BackendPool pool = Pool(1);
        Report(pool, 0, BackendStatus.Up);
        Report(pool, 0, BackendStatus.Down);
        Report(pool, 0, BackendStatus.Up);
        _time.Advance(Duration / 2);

        Report(pool, 0, BackendStatus.Up);

        Assert.Equal((0.55, true, 55), (Math.Round(pool.All[0].Share, 6), pool.All[0].StartsSlowly, Math.Round(pool.All[0].EffectiveWeight, 6)));
        _time.Advance(Duration / 2);
        Assert.Equal((1, false), (pool.All[0].Share, pool.All[0].StartsSlowly));
    }

    /// <summary>Requests one after the other: with nothing in flight, a backend that has just come back would get as many as the other.</summary>
    [Theory]
    [InlineData("LeastConnections", 0, 0.0909)]
    [InlineData("LeastConnections", 5, 0.3548)]
    [InlineData("LeastConnections", 10, 0.5)]
    [InlineData("RoundRobin", 0, 0.0909)]
    [InlineData("PowerOfTwoChoices", 0, 0.0909)]
    public void SequentialRequests_GoToItByItsShare(string policy, int afterS, double expected)
    {
        (BackendPool pool, ILoadBalancingPolicy picks) = WithOneBack(policy);
        _time.Advance(TimeSpan.FromSeconds(afterS));

        int count = Enumerable.Range(0, 10_000).Count(_ => picks.Pick(pool.Available) == pool.All[1]);

        Assert.Equal(expected, count / 10_000.0, 0.001);
    }

    /// <summary>
    /// The other has 50 in flight, and this one answers at once: nothing is ever in flight there. By load alone it would get all that come.
    /// The first few are what it may have in flight for its weight.
    /// </summary>
    [Theory]
    [InlineData("LeastConnections")]
    [InlineData("PowerOfTwoChoices")]
    public void Backend_ThatAnswersAtOnce_GetsNoMoreThanItsShareOfTheRequests(string policy)
    {
        (BackendPool pool, ILoadBalancingPolicy picks) = WithOneBack(policy);
        for (int i = 0; i < 50; i++)
            pool.All[0].TryClaim();

        int count = Enumerable.Range(0, 1000).Count(_ => picks.Pick(pool.Available) == pool.All[1]);

        Assert.InRange(count, 91, 91 + 6);
    }

    [Fact]
    public void Reload_WithAnotherDuration_HoldsForTheNextReturn()
    {
        BackendPool pool = Pool(1);
        Report(pool, 0, BackendStatus.Up);
        Report(pool, 0, BackendStatus.Down);
        GatewayOptions options = new() { Health = new HealthOptions { SlowStart = TimeSpan.FromSeconds(100) } };
        options.Backends.Add(new BackendOptions { Name = "web-1", Url = "https://127.0.0.1:7001" });

        pool.Prepare(Fakes.Settings(options))();
        Report(pool, 0, BackendStatus.Up);
        _time.Advance(TimeSpan.FromSeconds(50));

        Assert.Equal(0.55, pool.All[0].Share, 6);
    }

    [Fact]
    public void Backend_ThatCameWithAReload_BeginsSlowly()
    {
        using BackendPool pool = Pool(1);
        Report(pool, 0, BackendStatus.Up);
        GatewayOptions options = new();
        options.Backends.Add(new BackendOptions { Name = "web-1", Url = "https://127.0.0.1:7001" });
        options.Backends.Add(new BackendOptions { Name = "web-2", Url = "https://127.0.0.1:7002" });

        pool.Prepare(Fakes.Settings(options))();
        Report(pool, 1, BackendStatus.Up);

        Assert.Equal([1, 0.1], pool.All.Select(backend => backend.Share));
    }

    private (BackendPool Pool, ILoadBalancingPolicy Policy) WithOneBack(string policy)
    {
        BackendPool pool = Pool(2);
        Report(pool, 0, BackendStatus.Up);
        Report(pool, 1, BackendStatus.Up);
        Report(pool, 1, BackendStatus.Down);
        Report(pool, 1, BackendStatus.Up);
        return (pool, policy == "PowerOfTwoChoices" ? new PowerOfTwoChoices(new Random(20)) : LoadBalancingPolicies.Create(Enum.Parse<PolicyName>(policy)));
    }

    private BackendPool Pool(int count)
    {
        GatewayOptions options = new() { Health = new HealthOptions { SlowStart = Duration } };
        for (int number = 1; number <= count; number++)
            options.Backends.Add(new BackendOptions { Name = $"web-{number}", Url = $"https://127.0.0.1:{7000 + number}" });
        BackendPool pool = new(Fakes.Backends(count), options => Fakes.Backends(9).Single(backend => backend.Name == options.Name), _time);
        pool.Prepare(Fakes.Settings(options))();
        return pool;
    }

    private static void Report(BackendPool pool, int index, BackendStatus status) =>
        pool.Report(pool.All[index], new BackendHealth(new HealthState(status), null, null));
}
