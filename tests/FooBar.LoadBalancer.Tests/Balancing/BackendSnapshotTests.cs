using System.Diagnostics.Metrics;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Health;
using FooBar.LoadBalancer.Metrics;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace FooBar.LoadBalancer.Tests.Balancing;

public sealed class BackendSnapshotTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FakeTime _time = new();
    private readonly BackendPool _pool;
    private readonly Balancer _balancer;
    private readonly HealthRecord _record;
    private readonly BackendSnapshots _snapshots;

    public BackendSnapshotTests()
    {
        _pool = new BackendPool(Fakes.Backends(3), time: _time);
        _balancer = Fakes.Balancer(_pool, time: _time);
        _record = new HealthRecord(
            _pool,
            new CurrentSettings(new GatewayOptions()),
            new GatewayMetrics(_services.GetRequiredService<IMeterFactory>(), _pool, _time),
            _time,
            NullLogger<HealthRecord>.Instance);
        _snapshots = new BackendSnapshots(_pool, _balancer, _record, _time);
    }

    public void Dispose()
    {
        _pool.Dispose();
        _services.Dispose();
    }

    [Fact]
    public void Backend_ThatIsNew_HasNothingToTell() => Assert.Equal(
        new BackendSnapshot(
            "web-2",
            "https://127.0.0.1:7002",
            AdminState.Ready,
            BackendStatus.Unknown,
            "unknown",
            null,
            100,
            100,
            1,
            0,
            0,
            0,
            0,
            0,
            null,
            null,
            null,
            0,
            TimeSpan.Zero,
            TimeSpan.Zero),
        _snapshots.Take()[1]);

    [Fact]
    public async Task Backends_AtWork_TellHowTheyDo()
    {
        foreach (Backend backend in _pool.All)
            _record.Add(backend, new CheckResult(Evidence.CheckPassed, null, 204), Second / 100);
        DateTimeOffset passed = _time.GetUtcNow();
        _time.Advance(Second);
        for (int i = 0; i < 5; i++)
            _record.Add(_pool.All[2], Evidence.RequestFailed, "reset");
        _time.Advance(Second);
        _record.Add(_pool.All[2], new CheckResult(Evidence.CheckFailed, "it answered 500", 500), Second / 10);
        _pool.All[0].MaxInFlight = 2;
        _pool.All[1].MaxInFlight = 1;
        _pool.All[1].StartSlowly(_time, 10 * Second);
        for (int i = 0; i < 3; i++)
            await _balancer.ClaimAsync(TestContext.Current.CancellationToken);
        _pool.All[0].Release();
        await _balancer.ClaimAsync(TestContext.Current.CancellationToken);
        Task<Claim> wait = _balancer.ClaimAsync(TestContext.Current.CancellationToken).AsTask();
        _time.Advance(3 * Second);

        IReadOnlyList<BackendSnapshot> all = _snapshots.Take();

        Assert.Equal(["up", "up", "down"], all.Select(backend => backend.State));
        Assert.Equal([5 * Second, 5 * Second, 4 * Second], all.Select(backend => backend.Since));
        Assert.Equal([(2, 2, 2, 1), (1, 1, 1, 1), (0, 0, 0, 0)], all.Select(backend => (backend.InFlight, backend.MostInFlight, backend.MaxInFlight, backend.Queued)));
        Assert.Equal([1, 0.37, 1], all.Select(backend => Math.Round(backend.SlowStartShare, 6)));
        Assert.Equal([0.729927, 0.270073, 0], all.Select(backend => Math.Round(backend.TrafficShare, 6)));
        Assert.Equal(
            [new CheckSnapshot(true, 204, null, Second / 100, 5 * Second), new CheckSnapshot(false, 500, "it answered 500", Second / 10, 3 * Second)],
            all.Skip(1).Select(backend => backend.LastCheck));
        Assert.Equal([(null, passed), ("it answered 500", passed)], all.Skip(1).Select(backend => (backend.LastFailure, backend.LastPassed)));
        Assert.Equal([(0, TimeSpan.Zero), (1, 4 * Second)], all.Skip(1).Select(backend => (backend.Ejections, backend.Downtime)));
        Assert.False(wait.IsCompleted);
    }

    [Fact]
    public void Order_IsTheLastChange_UntilTheHealthChanges()
    {
        _record.Add(_pool.All[0], Evidence.CheckPassed, null);
        _time.Advance(Second);
        _pool.Order(_pool.All[0], AdminState.Drain);
        _pool.SetWeight(_pool.All[0], 7);
        _time.Advance(Second);

        BackendSnapshot drained = _snapshots.Take()[0];
        Assert.Equal(
            ("drain", AdminState.Drain, BackendStatus.Up, Second, 7, 100, 0),
            (drained.State, drained.AdminState, drained.Health, drained.Since, drained.Weight, drained.ConfiguredWeight, drained.TrafficShare));

        _record.Add(_pool.All[0], Evidence.CheckNotReady, "not ready");
        Assert.Equal(TimeSpan.Zero, _snapshots.Take()[0].Since);
    }

    [Fact]
    public void Ejection_ThatIsNotTheFirst_IsHeld()
    {
        _record.Add(_pool.All[1], Evidence.CheckPassed, null);
        for (int i = 0; i < 2; i++)
        {
            for (int pass = 0; pass < 2; pass++)
                _record.Add(_pool.All[0], Evidence.CheckPassed, null);
            for (int failure = 0; failure < 5; failure++)
                _record.Add(_pool.All[0], Evidence.ServerError, "500");
        }

        _time.Advance(10 * Second);

        BackendSnapshot ejected = _snapshots.Take()[0];
        Assert.Equal((2, 20 * Second, 10 * Second), (ejected.Ejections, ejected.HeldFor, ejected.Downtime));
    }
}
