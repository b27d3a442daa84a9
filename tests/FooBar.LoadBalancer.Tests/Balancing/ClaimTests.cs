using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Forwarding;
using FooBar.LoadBalancer.Health;
using FooBar.LoadBalancer.Tests.Support;

namespace FooBar.LoadBalancer.Tests.Balancing;

/// <summary>Claims while there is room.</summary>
public sealed class ClaimTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Claim_By64ThreadsAtOnce_SplitsInHalves()
    {
        // Many rounds: a claim that is not atomic errs only now and then.
        for (int round = 0; round < 200; round++)
        {
            BackendPool pool = Fakes.Pool(Fakes.Backends(2));
            Balancer balancer = Fakes.Balancer(pool);
            using Barrier start = new(4);

            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait(Token);
                    for (int i = 0; i < 16; i++)
                        Assert.True(balancer.ClaimAsync(Token).AsTask().IsCompletedSuccessfully);
                },
                Token,
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
        Balancer balancer = Fakes.Balancer(pool, policy);

        Task<bool>[] claims = [.. Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () => balancer.ClaimAsync(Token).AsTask().IsCompletedSuccessfully, Token, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        await Task.WhenAll(claims);

        Assert.Equal(1, policy.MostAtOnce);
        Assert.Equal([2, 2], pool.All.Select(backend => backend.InFlight));
    }

    [Fact]
    public async Task Claim_WithoutAnAvailableBackend_SaysSoAtOnce()
    {
        Balancer balancer = Fakes.Balancer(new BackendPool(Fakes.Backends(2)));

        Assert.Equal(new Claim(null, Outcome.NoBackend), await balancer.ClaimAsync(Token));
    }

    [Fact]
    public async Task Claim_AndRelease_CountInAndOut()
    {
        BackendPool pool = Fakes.Pool(Fakes.Backends(1));
        Balancer balancer = Fakes.Balancer(pool);

        Backend? claimed = (await balancer.ClaimAsync(Token)).Backend;
        Assert.Equal((1, 1), (claimed!.InFlight, claimed.MostInFlight));
        claimed.Release();
        Assert.Equal((0, 1), (claimed.InFlight, claimed.MostInFlight));
    }

    [Fact]
    public async Task Claim_WhileABackendIsDown_PicksTheOther()
    {
        BackendPool pool = Fakes.Pool(Fakes.Backends(2));
        Balancer balancer = Fakes.Balancer(pool);

        pool.Report(pool.All[0], new BackendHealth(new HealthState(BackendStatus.Down), null, "gone"));

        for (int i = 0; i < 4; i++)
            Assert.Equal("web-2", (await balancer.ClaimAsync(Token)).Backend!.Name);
    }

    [Fact]
    public void Claim_WhileABackendIsFree_AllocatesNothing()
    {
        BackendPool pool = Fakes.Pool(Fakes.Backends(3));
        pool.All[0].MaxInFlight = 1;
        pool.All[0].TryClaim();
        Balancer balancer = Fakes.Balancer(pool);
        Claim(1000);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Claim(1000);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        // The first is full, so that the others have to be told from it each time.
        void Claim(int times)
        {
            for (int i = 0; i < times; i++)
            {
#pragma warning disable CA2012 // A task would be an allocation of the test's; it is complete, or throws here.
                balancer.ClaimAsync(CancellationToken.None).GetAwaiter().GetResult().Backend!.Release();
#pragma warning restore CA2012
            }
        }
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
            _second.Wait(TimeSpan.FromMilliseconds(50), Token);
            Interlocked.Decrement(ref _inside);
            return backend;
        }

        public void Dispose() => _second.Dispose();
    }
}
