using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Health;
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
    }

    [Fact]
    public async Task Claim_By64ThreadsAtOnce_SplitsInHalves()
    {
        // Many rounds: a claim that is not atomic errs only now and then.
        for (int round = 0; round < 200; round++)
        {
            BackendPool pool = Fakes.Pool(Fakes.Backends(2));
            Balancer balancer = new(pool, new LeastConnections());
            using Barrier start = new(4);

            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait(TestContext.Current.CancellationToken);
                    for (int i = 0; i < 16; i++)
                        balancer.Claim();
                },
                TestContext.Current.CancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));

            Assert.Equal([32, 32], pool.All.Select(backend => backend.InFlight));
        }
    }

    [Fact]
    public async Task Claim_WhileAnotherThreadPicks_WaitsForItsCount()
    {
        BackendPool pool = Fakes.Pool(Fakes.Backends(2));
        using SlowPolicy policy = new();
        Balancer balancer = new(pool, policy);

        Task<Backend?>[] claims = [.. Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () => balancer.Claim(), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        await Task.WhenAll(claims);

        Assert.Equal(1, policy.MostAtOnce);
        Assert.Equal([2, 2], pool.All.Select(backend => backend.InFlight));
    }

    [Fact]
    public void Claim_WithoutAnAvailableBackend_IsNull()
    {
        Balancer balancer = new(new BackendPool(Fakes.Backends(2)), new LeastConnections());

        Assert.Null(balancer.Claim());
    }

    [Fact]
    public void Claim_AndRelease_CountInAndOut()
    {
        BackendPool pool = Fakes.Pool(Fakes.Backends(1));
        Balancer balancer = new(pool, new LeastConnections());

        Backend? claimed = balancer.Claim();
        Assert.Equal(1, claimed!.InFlight);
        claimed.Release();
        Assert.Equal(0, claimed.InFlight);
    }

    [Fact]
    public void Claim_WhileABackendIsDown_PicksTheOther()
    {
        BackendPool pool = Fakes.Pool(Fakes.Backends(2));
        Balancer balancer = new(pool, new LeastConnections());

        pool.Report(pool.All[0], new BackendHealth(new HealthState(BackendStatus.Down), null, "gone"));

        Assert.All(Enumerable.Range(0, 4), _ => Assert.Equal("web-2", balancer.Claim()!.Name));
    }

    /// <summary>Least connections, with a wide gap between looking and choosing: the other threads would all fit in.</summary>
    private sealed class SlowPolicy : ILoadBalancingPolicy, IDisposable
    {
        private readonly LeastConnections _inner = new();
        private readonly ManualResetEventSlim _second = new();
        private int _inside;

        public int MostAtOnce { get; private set; }

        public Backend Pick(ReadOnlySpan<Backend> available)
        {
            int inside = Interlocked.Increment(ref _inside);
            MostAtOnce = Math.Max(MostAtOnce, inside);
            if (inside > 1)
                _second.Set();
            Backend backend = _inner.Pick(available);

            // Returns at once if a second thread comes in, which must not happen; without one the gap is all that there is.
            _second.Wait(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
            Interlocked.Decrement(ref _inside);
            return backend;
        }

        public void Dispose() => _second.Dispose();
    }

    private static string Picks(ILoadBalancingPolicy policy, string inFlight, int count)
    {
        int[] loads = [.. inFlight.Split(' ').Select(int.Parse)];
        Backend[] backends = Fakes.Backends(loads.Length);
        for (int i = 0; i < loads.Length; i++)
        {
            for (int claim = 0; claim < loads[i]; claim++)
                backends[i].TryClaim();
        }

        return string.Concat(Enumerable.Range(0, count).Select(_ => Array.IndexOf(backends, policy.Pick(backends))));
    }
}
