using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Tests.Support;

namespace FooBar.LoadBalancer.Tests.Balancing;

public sealed class PolicyTests
{
    /// <summary>In-flight counts before the picks, and the backends that are then picked one after the other, each released at once.</summary>
    [Theory]
    [InlineData("0 0", "0101")]
    [InlineData("0 0 0", "012012")]
    [InlineData("1 0", "1111")]
    [InlineData("2 1 1", "1212")]
    [InlineData("0 1 0", "0202")]
    [InlineData("5", "00")]
    public void LeastConnections_PicksTheLeastLoaded_EqualsTakeTurns(string inFlight, string expected) =>
        Assert.Equal(expected, Picks(new LeastConnections(), inFlight, expected.Length));

    /// <summary>Weights and in-flight counts before the picks, and the backends that are then picked, each released at once.</summary>
    [Theory]
    [InlineData("100 50", "0 0", "010010010")]
    [InlineData("5 1 1", "0 0 0", "01020001002")]
    [InlineData("100 50", "10 5", "010010010")]
    [InlineData("100 50", "10 4", "1111")]
    [InlineData("100 50", "9 5", "0000")]
    [InlineData("100 10", "1 0", "100000000010")]
    [InlineData("100 10", "9 1", "000000")]
    [InlineData("100 100 10", "5 0 1", "111111")]
    [InlineData("256 1", "255 1", "0000")]
    public void LeastConnections_ByWeight_ComparesTheLoadForTheWeightAndThenTheTurns(string weights, string inFlight, string expected) =>
        Assert.Equal(expected, Picks(new LeastConnections(), inFlight, expected.Length, weights));

    [Theory]
    [InlineData("100 50", "0 0", "010010010")]
    [InlineData("100 50", "99 0", "010010010")]
    [InlineData("5 1 1", "0 7 0", "01020001002")]
    public void RoundRobin_ByWeight_TakesTurns_WhateverTheLoad(string weights, string inFlight, string expected) =>
        Assert.Equal(expected, Picks(new RoundRobin(), inFlight, expected.Length, weights));

    /// <summary>Requests one after the other: with nothing in flight, it is the turns that make the shares.</summary>
    [Theory]
    [InlineData("LeastConnections", "100 100", 0.001)]
    [InlineData("LeastConnections", "100 10", 0.001)]
    [InlineData("LeastConnections", "256 1", 0.001)]
    [InlineData("LeastConnections", "3 2 1", 0.001)]
    [InlineData("LeastConnections", "100 10 10 10", 0.001)]
    [InlineData("RoundRobin", "100 10", 0.001)]
    [InlineData("RoundRobin", "5 1 1", 0.001)]
    [InlineData("PowerOfTwoChoices", "100 100", 0.001)]
    [InlineData("PowerOfTwoChoices", "100 10", 0.001)]
    [InlineData("PowerOfTwoChoices", "100 100 100", 0.01)]
    [InlineData("PowerOfTwoChoices", "3 2 1", 0.1)]
    public void SequentialRequests_AreSharedAsTheWeightsSay(string name, string weights, double within)
    {
        const int Requests = 20_000;
        Backend[] backends = Backends(weights);

        int[] counts = Counts(Policy(Enum.Parse<PolicyName>(name)), backends, Requests, concurrent: 0);

        Assert.All(backends.Zip(counts), pair => Assert.Equal(
            pair.First.Weight / (double)backends.Sum(backend => backend.Weight), pair.Second / (double)Requests, within));
    }

    /// <summary>So many requests in flight all the time, each as long as the others.</summary>
    [Theory]
    [InlineData("LeastConnections", "100 100", 7)]
    [InlineData("LeastConnections", "100 50", 30)]
    [InlineData("LeastConnections", "100 10", 2)]
    [InlineData("LeastConnections", "100 10", 110)]
    [InlineData("LeastConnections", "3 2 1", 60)]
    [InlineData("PowerOfTwoChoices", "100 50", 30)]
    public void ConcurrentRequests_AreSharedAsTheWeightsSay(string name, string weights, int concurrent)
    {
        const int Requests = 20_000;
        Backend[] backends = Backends(weights);

        int[] counts = Counts(Policy(Enum.Parse<PolicyName>(name)), backends, Requests, concurrent);

        Assert.All(backends.Zip(counts), pair => Assert.Equal(
            pair.First.Weight / (double)backends.Sum(backend => backend.Weight), pair.Second / (double)Requests, 0.025));
        Assert.Equal(concurrent, backends.Sum(backend => backend.InFlight));
    }

    [Theory]
    [InlineData("1 0", "1111111111")]
    [InlineData("0", "000")]
    public void PowerOfTwoChoices_DrawsTwoDifferentOnes_AndTakesTheLessLoaded(string inFlight, string expected) =>
        Assert.Equal(expected, Picks(Policy(PolicyName.PowerOfTwoChoices), inFlight, expected.Length));

    [Fact]
    public void PowerOfTwoChoices_OfThree_NeverTakesTheMostLoadedAndTheOthersEvenly()
    {
        string picks = Picks(Policy(PolicyName.PowerOfTwoChoices), "0 9 0", 1000);

        Assert.DoesNotContain('1', picks);
        Assert.InRange(picks.Count(pick => pick == '0'), 450, 550);
    }

    [Theory]
    [InlineData("0 0", "0101")]
    [InlineData("9 0 4", "012012")]
    [InlineData("5", "00")]
    public void RoundRobin_TakesTurns_WhateverTheLoad(string inFlight, string expected) =>
        Assert.Equal(expected, Picks(new RoundRobin(), inFlight, expected.Length));

    [Fact]
    public void Pick_AfterTheRotationShrank_StaysInRange() => Assert.All(Enum.GetValues<PolicyName>(), name =>
    {
        ILoadBalancingPolicy policy = LoadBalancingPolicies.Create(name);
        Backend[] all = Fakes.Backends(3);

        policy.Pick(all);
        policy.Pick(all);
        policy.Pick(all);

        Assert.Same(all[0], policy.Pick(all.AsSpan(0, 1)));
    });

    [Fact]
    public void Create_ByName_GivesThePolicy()
    {
        Assert.IsType<LeastConnections>(LoadBalancingPolicies.Create(PolicyName.LeastConnections));
        Assert.IsType<RoundRobin>(LoadBalancingPolicies.Create(PolicyName.RoundRobin));
        Assert.IsType<PowerOfTwoChoices>(LoadBalancingPolicies.Create(PolicyName.PowerOfTwoChoices));
    }

    /// <summary>Always the same draws.</summary>
    private static ILoadBalancingPolicy Policy(PolicyName name) =>
        name == PolicyName.PowerOfTwoChoices ? new PowerOfTwoChoices(new Random(20)) : LoadBalancingPolicies.Create(name);

    private static Backend[] Backends(string weights)
    {
        int[] wanted = [.. weights.Split(' ').Select(int.Parse)];
        Backend[] backends = Fakes.Backends(wanted.Length);
        foreach ((Backend backend, int weight) in backends.Zip(wanted))
            backend.Weight = weight;
        return backends;
    }

    /// <summary>Requests by backend; each ends when <paramref name="concurrent"/> others have come after it.</summary>
    private static int[] Counts(ILoadBalancingPolicy policy, Backend[] backends, int requests, int concurrent)
    {
        int[] counts = new int[backends.Length];
        Queue<Backend> inFlight = [];
        for (int i = 0; i < requests; i++)
        {
            Backend picked = policy.Pick(backends);
            picked.TryClaim();
            counts[Array.IndexOf(backends, picked)]++;
            inFlight.Enqueue(picked);
            if (inFlight.Count > concurrent)
                inFlight.Dequeue().Release();
        }

        return counts;
    }

    private static string Picks(ILoadBalancingPolicy policy, string inFlight, int count, string? weights = null)
    {
        int[] loads = [.. inFlight.Split(' ').Select(int.Parse)];
        Backend[] backends = weights is null ? Fakes.Backends(loads.Length) : Backends(weights);
        for (int i = 0; i < loads.Length; i++)
        {
            for (int claim = 0; claim < loads[i]; claim++)
                backends[i].TryClaim();
        }

        return string.Concat(Enumerable.Range(0, count).Select(_ => Array.IndexOf(backends, policy.Pick(backends))));
    }
}
