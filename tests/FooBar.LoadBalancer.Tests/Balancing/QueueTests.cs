using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Forwarding;
using FooBar.LoadBalancer.Health;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Balancing;

/// <summary>Claims while every backend has as many requests as it may have: one each, unless a test says otherwise.</summary>
public sealed class QueueTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private readonly FakeTime _time = new();
    private readonly QueueOptions _options = new();
    private readonly BackendPool _pool;
    private readonly Balancer _balancer;

    public QueueTests()
    {
        _pool = Fakes.Pool(Fakes.Backends(2));
        foreach (Backend backend in _pool.All)
            backend.MaxInFlight = 1;
        _balancer = Fakes.Balancer(_pool, queue: _options, time: _time);
    }

    private static CancellationToken Token => Eventually.Limit;

    [Fact]
    public async Task Requests_BeyondTheRoom_AreServedInTheOrderInWhichTheyCame()
    {
        Backend[] full = await FillAsync();
        Task<Claim>[] waits = [.. Enumerable.Range(0, 3).Select(_ => WaitAsync())];

        full[1].Release();
        Assert.Equal(new Claim(full[1]), await waits[0].WaitAsync(Token));
        full[0].Release();
        Assert.Equal(new Claim(full[0]), await waits[1].WaitAsync(Token));
        Assert.False(waits[2].IsCompleted);
        Assert.Equal((1, 1), (full[0].InFlight, full[1].InFlight));

        full[0].Release();
        Assert.Equal(new Claim(full[0]), await waits[2].WaitAsync(Token));
        Assert.Equal((1, 1, 1, 1), (full[0].InFlight, full[1].InFlight, full[0].MostInFlight, full[1].MostInFlight));
    }

    /// <summary>Room that nobody was told of, as in the moment between a release and its news.</summary>
    [Fact]
    public async Task Newcomer_DoesNotOvertakeThoseWhoWait()
    {
        Backend[] full = await FillAsync();
        Task<Claim> first = WaitAsync();

        full[0].MaxInFlight = 2;
        Task<Claim> newcomer = WaitAsync();

        Assert.Equal(new Claim(full[0]), await first.WaitAsync(Token));
        Assert.False(newcomer.IsCompleted);
    }

    [Theory]
    [InlineData(3, 500, 3)]
    [InlineData(0, 500, 0)]
    [InlineData(10, 2, 4)]
    public async Task Request_BeyondTheQueue_IsRefusedAtOnce(int length, int perBackend, int expected)
    {
        (_options.Length, _options.PerBackend) = (length, perBackend);
        Backend[] full = await FillAsync();
        Task<Claim>[] waits = [.. Enumerable.Range(0, expected).Select(_ => WaitAsync())];

        Assert.Equal(new Claim(null, Outcome.QueueFull), await _balancer.ClaimAsync(Token));
        Assert.All(waits, wait => Assert.False(wait.IsCompleted));

        // One that leaves makes room for one.
        if (expected > 0)
        {
            full[0].Release();
            await waits[0].WaitAsync(Token);
            Task<Claim> next = WaitAsync();
            Assert.False(next.IsCompleted);
        }
    }

    [Fact]
    public async Task Queue_WithFewerBackends_IsShorter()
    {
        _options.PerBackend = 2;
        await FillAsync();
        Task<Claim>[] waits = [WaitAsync(), WaitAsync()];

        Report(1, BackendStatus.Down);

        // Those who wait stay; nobody joins them.
        Assert.Equal(new Claim(null, Outcome.QueueFull), await _balancer.ClaimAsync(Token));
        Assert.All(waits, wait => Assert.False(wait.IsCompleted));
    }

    [Fact]
    public async Task Request_ThatHasWaitedLongEnough_IsRefusedAndForgotten()
    {
        _options.Timeout = Soon;
        Backend[] full = await FillAsync();
        Task<Claim> late = WaitAsync();
        _time.Advance(Soon / 2);
        Task<Claim> next = WaitAsync();

        _time.Advance(Soon / 2);
        Assert.Equal(new Claim(null, Outcome.QueueTimeout), await late.WaitAsync(Token));
        Assert.False(next.IsCompleted);

        full[0].Release();
        Assert.Equal(new Claim(full[0]), await next.WaitAsync(Token));
        _time.Advance(Soon);
        Assert.Equal((1, 0), (full[0].InFlight, _time.PendingTimers));
    }

    [Fact]
    public async Task Client_ThatLeaves_LeavesTheQueue()
    {
        Backend[] full = await FillAsync();
        using CancellationTokenSource leave = new();
        Task<Claim> gone = _balancer.ClaimAsync(leave.Token).AsTask();
        Task<Claim> next = WaitAsync();

        await leave.CancelAsync();
        Assert.Equal(leave.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone)).CancellationToken);

        full[0].Release();
        Assert.Equal(new Claim(full[0]), await next.WaitAsync(Token));
        Assert.Equal((1, 0), (full[0].InFlight, _balancer.QueuedFor(full[0])));
    }

    [Fact]
    public async Task Client_ThatHasLeftBefore_DoesNotWait()
    {
        await FillAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _balancer.ClaimAsync(new CancellationToken(canceled: true)).AsTask());

        Assert.Equal(0, _balancer.QueuedFor(_pool.All[0]));
    }

    [Theory]
    [InlineData("down")]
    [InlineData("drain")]
    [InlineData("maintenance")]
    [InlineData("weight")]
    public async Task LastBackend_ThatGoes_SendsEverybodyAway(string how)
    {
        Backend[] full = await FillAsync();
        Task<Claim>[] waits = [WaitAsync(), WaitAsync()];

        TakeOut(how, full[0]);
        Assert.All(waits, wait => Assert.False(wait.IsCompleted));
        TakeOut(how, full[1]);

        Assert.All(await Task.WhenAll(waits).WaitAsync(Token), claim => Assert.Equal(new Claim(null, Outcome.NoBackend), claim));
        Assert.Equal((1, 1), (full[0].InFlight, full[1].InFlight));
    }

    [Theory]
    [InlineData("drain")]
    [InlineData("weight")]
    public async Task RoomAtABackendThatWasTakenOut_IsNotGiven(string how)
    {
        Backend[] full = await FillAsync();
        Task<Claim> wait = WaitAsync();
        TakeOut(how, full[0]);

        full[0].Release();
        Assert.False(wait.IsCompleted);

        full[1].Release();
        Assert.Equal(new Claim(full[1]), await wait.WaitAsync(Token));
    }

    [Theory]
    [InlineData("up")]
    [InlineData("ready")]
    [InlineData("weight")]
    [InlineData("reload")]
    public async Task RoomThatComesWithABackend_IsGivenAtOnce(string how)
    {
        Backend[] all = [.. _pool.All];
        Action back = how switch
        {
            "up" => () => Report(0, BackendStatus.Up),
            "ready" => () => _pool.Order(all[0], AdminState.Ready),
            "weight" => () => _pool.SetWeight(all[0], 1),
            _ => () => Reload(maxInFlight: 2),
        };
        if (how == "reload")
            await FillAsync();
        else
            TakeOut(how == "up" ? "down" : how == "ready" ? "drain" : "weight", all[0]);
        while (all[1].HasRoom)
            await _balancer.ClaimAsync(Token);
        Task<Claim> wait = WaitAsync();

        back();

        Assert.Equal(how != "reload", all[0] == (await wait.WaitAsync(Token)).Backend && all[0].InFlight == 1);
    }

    /// <summary>A second try waits for the other backend, in its place, and holds up nobody who would take the first.</summary>
    [Fact]
    public async Task SecondTry_WaitsForAnotherBackendAlone()
    {
        Backend[] full = await FillAsync();
        Task<Claim> retry = _balancer.ClaimAsync(full[0], Soon * 100, Token).AsTask();
        Task<Claim>[] others = [WaitAsync(), WaitAsync()];
        Assert.Equal((2, 3), (_balancer.QueuedFor(full[0]), _balancer.QueuedFor(full[1])));

        full[0].Release();
        Assert.Equal(new Claim(full[0]), await others[0].WaitAsync(Token));
        Assert.False(retry.IsCompleted);

        full[1].Release();
        Assert.Equal(new Claim(full[1]), await retry.WaitAsync(Token));
        Assert.False(others[1].IsCompleted);
    }

    [Fact]
    public async Task SecondTry_WhoseOnlyOtherBackendGoes_IsSentAway_WhileTheRestWaits()
    {
        Backend[] full = await FillAsync();
        Task<Claim> first = WaitAsync();
        Task<Claim> retry = _balancer.ClaimAsync(full[0], Soon * 100, Token).AsTask();

        Report(1, BackendStatus.Down);

        Assert.Equal(new Claim(null, Outcome.NoBackend), await retry.WaitAsync(Token));
        Assert.False(first.IsCompleted);
    }

    [Fact]
    public async Task SecondTry_WaitsNoLongerThanItsDeadline()
    {
        Backend[] full = await FillAsync();
        Task<Claim> retry = _balancer.ClaimAsync(full[0], Soon, Token).AsTask();

        _time.Advance(Soon);

        Assert.Equal(new Claim(null, Outcome.QueueTimeout), await retry.WaitAsync(Token));
    }

    [Fact]
    public async Task PlaceBesideABackend_IsAtAnotherOrInTheQueue()
    {
        _options.Length = 1;
        Assert.True(_balancer.HasPlaceBeside(_pool.All[0]));
        await FillAsync();
        Assert.True(_balancer.HasPlaceBeside(_pool.All[0]));
        Task<Claim> wait = WaitAsync();
        Assert.False(_balancer.HasPlaceBeside(_pool.All[0]));
        TakeOut("down", _pool.All[1]);
        _options.Length = 10;
        Assert.False(_balancer.HasPlaceBeside(_pool.All[0]));
        Assert.False(wait.IsCompleted);
    }

    /// <summary>Many claims and releases at once: none beyond the room, none forgotten. One that is lost makes the test wait until its limit.</summary>
    [Fact]
    public async Task ClaimsAndReleases_AtOnce_NeitherOverrunNorStarve()
    {
        foreach (Backend backend in _pool.All)
            backend.MaxInFlight = 2;

        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(
            async () =>
            {
                for (int i = 0; i < 2000; i++)
                {
                    Claim claim = await _balancer.ClaimAsync(Token);

                    // The others come in while it holds the backend.
                    await Task.Yield();
                    claim.Backend!.Release();
                }
            },
            Token))).WaitAsync(Token);

        Assert.All(_pool.All, backend => Assert.Equal((0, 2), (backend.InFlight, backend.MostInFlight)));
        Assert.Equal((0, false), (_balancer.QueuedFor(_pool.All[0]), _pool.Vacancy.IsAwaited));
    }

    /// <summary>
    /// The only release of a round comes while a request enters the queue, a bit earlier or later each time. One that is lost leaves the request
    /// waiting for ever, as nothing else happens.
    /// </summary>
    [Fact]
    public async Task Release_WhileARequestBeginsToWait_IsNotLost()
    {
        const int Rounds = 5000;
        _pool.Order(_pool.All[1], AdminState.Drain);
        Backend backend = _pool.All[0];
        using Barrier together = new(2);
        Task releases = Task.Factory.StartNew(
            () =>
            {
                for (int round = 0; round < Rounds; round++)
                {
                    together.SignalAndWait(Token);
                    Thread.SpinWait(round % 64);
                    backend.Release();
                }
            },
            Token,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

        for (int round = 0; round < Rounds; round++)
        {
            Assert.NotNull((await _balancer.ClaimAsync(Token)).Backend);
            together.SignalAndWait(Token);
            Assert.Equal(new Claim(backend), await _balancer.ClaimAsync(Token).AsTask().WaitAsync(Token));
            backend.Release();
        }

        await releases;
    }

    /// <summary>Claims all the room there is, and returns the backends.</summary>
    private async Task<Backend[]> FillAsync()
    {
        foreach (Backend _ in _pool.All)
            Assert.NotNull((await _balancer.ClaimAsync(Token)).Backend);
        Assert.All(_pool.All, backend => Assert.False(backend.HasRoom));
        return [.. _pool.All];
    }

    private Task<Claim> WaitAsync()
    {
        Task<Claim> wait = _balancer.ClaimAsync(Token).AsTask();
        Assert.False(wait.IsCompleted);
        return wait;
    }

    private void TakeOut(string how, Backend backend)
    {
        switch (how)
        {
            case "down":
                Report(_pool.All.ToList().IndexOf(backend), BackendStatus.Down);
                break;
            case "weight":
                _pool.SetWeight(backend, 0);
                break;
            default:
                _pool.Order(backend, how == "drain" ? AdminState.Drain : AdminState.Maintenance);
                break;
        }
    }

    private void Report(int index, BackendStatus status) =>
        _pool.Report(_pool.All[index], new BackendHealth(new HealthState(status), null, null));

    private void Reload(int maxInFlight)
    {
        GatewayOptions options = new();
        foreach (Backend backend in _pool.All)
            options.Backends.Add(new BackendOptions { Name = backend.Name, Url = backend.Url.AbsoluteUri, MaxInFlight = maxInFlight });
        _pool.Prepare(Fakes.Settings(options))();
    }
}
