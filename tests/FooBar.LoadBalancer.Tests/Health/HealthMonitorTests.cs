using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Forwarding;
using FooBar.LoadBalancer.Health;
using FooBar.LoadBalancer.Metrics;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FooBar.LoadBalancer.Tests.Health;

public sealed class HealthMonitorTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FakeTime _time = new();
    private readonly CurrentSettings _settings = new(new GatewayOptions());
    private HealthRecord? _record;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task Start_ChecksEveryBackendBeforeItReturns()
    {
        List<string> asked = [];
        BackendPool pool = new(Fakes.Backends(2, (request, _) =>
        {
            lock (asked)
                asked.Add($"{request.Method} {request.RequestUri}");
            return Answer(HttpStatusCode.OK);
        }));
        using HealthMonitor monitor = Monitor(pool, new LogLines());

        await monitor.StartAsync(Token);

        Assert.Equal(["web-1", "web-2"], pool.Available.ToArray().Select(backend => backend.Name));
        Assert.Equal(["GET http://127.0.0.1:7001/health/ready", "GET http://127.0.0.1:7002/health/ready"], asked.Order());
        await monitor.StopAsync(Token);
    }

    [Fact]
    public async Task Checks_OneAfterTheOther_TakeABackendOutAndBack()
    {
        HttpStatusCode status = HttpStatusCode.OK;
        int checks = 0;
        Backend backend = Fakes.Backends(1, (_, _) =>
        {
            Interlocked.Increment(ref checks);
            return Answer(status);
        })[0];
        BackendPool pool = new([backend]);
        LogLines log = new();
        using HealthMonitor monitor = Monitor(pool, log);
        await monitor.StartAsync(Token);

        // One turn of the clock: the second check follows the first failed one at once.
        status = HttpStatusCode.InternalServerError;
        _time.Advance(_settings.Options.Health.Interval);
        await HasAsync(backend, new HealthState(BackendStatus.Down));
        Assert.Equal((3, 0), (checks, pool.Available.Length));

        status = HttpStatusCode.NoContent;
        _time.Advance(_settings.Options.Health.Interval);
        await HasAsync(backend, new HealthState(BackendStatus.Down, 1));
        Assert.Empty(pool.Available.ToArray());
        _time.Advance(_settings.Options.Health.Interval);
        await HasAsync(backend, new HealthState(BackendStatus.Up));
        Assert.Equal((5, 1), (checks, pool.Available.Length));
        Assert.Equal(_time.GetUtcNow(), backend.Health.LastPassed);
        await monitor.StopAsync(Token);

        // Transitions and nothing else.
        const string Category = "FooBar.LoadBalancer.Health.HealthRecord";
        Assert.Equal(
            [
                $"Information {Category}[1101] Backend web-1 at https://127.0.0.1:7001/ is up",
                $"Warning {Category}[1102] Backend web-1 is down: https://127.0.0.1:7001/health/ready answered 500. Backends left: 0",
                $"Information {Category}[1101] Backend web-1 at https://127.0.0.1:7001/ is up",
            ],
            log.Lines);
    }

    [Fact]
    public async Task NotReady_TakesABackendOutWithTheFirstCheck()
    {
        HttpStatusCode status = HttpStatusCode.OK;
        int checks = 0;
        Backend backend = Fakes.Backends(1, (_, _) =>
        {
            Interlocked.Increment(ref checks);
            return Answer(status);
        })[0];
        BackendPool pool = new([backend]);
        LogLines log = new();
        using HealthMonitor monitor = Monitor(pool, log);
        await monitor.StartAsync(Token);

        status = HttpStatusCode.ServiceUnavailable;
        _time.Advance(_settings.Options.Health.Interval);
        await HasAsync(backend, new HealthState(BackendStatus.Draining));

        Assert.Equal((2, 0), (checks, pool.Up.Count()));
        Assert.Equal(
            "Warning FooBar.LoadBalancer.Health.HealthRecord[1103] Backend web-1 is not ready: "
            + "https://127.0.0.1:7001/health/ready answered 503. Backends left: 0",
            log.Lines[^1]);
        await monitor.StopAsync(Token);
    }

    [Fact]
    public async Task RequestThatCannotConnect_EjectsAndIsFollowedByACheckAtOnce()
    {
        int checks = 0;
        Backend[] backends = Fakes.Backends(2, (request, _) =>
        {
            if (request.RequestUri!.Port == 7001)
                Interlocked.Increment(ref checks);
            return Answer(HttpStatusCode.OK);
        });
        BackendPool pool = new(backends);
        using HealthMonitor monitor = Monitor(pool, new LogLines());
        await monitor.StartAsync(Token);

        // The clock stands still: it is not the interval that brings the check.
        _record!.Add(backends[0], Evidence.ConnectFailed, "Connection refused");
        await HasAsync(backends[0], new HealthState(BackendStatus.Down, 1));

        Assert.Equal((2, "Connection refused"), (checks, backends[0].Health.LastFailure));
        Assert.Equal(["web-2"], pool.Available.ToArray().Select(backend => backend.Name));
        await monitor.StopAsync(Token);
    }

    /// <summary>A request may be claimed just before maintenance, and begin to wait just after it.</summary>
    [Fact]
    public async Task BackendInMaintenance_IsNotChecked_AndLetsGoOfWhoCameLate()
    {
        int checks = 0;
        Backend backend = Fakes.Backends(1, (_, _) =>
        {
            Interlocked.Increment(ref checks);
            return Answer(HttpStatusCode.OK);
        })[0];
        BackendPool pool = new([backend]);
        using HealthMonitor monitor = Monitor(pool, new LogLines());
        await monitor.StartAsync(Token);

        pool.Order(backend, AdminState.Maintenance);
        CancellationToken late = backend.Gone;
        _time.Advance(_settings.Options.Health.Interval);
        await Eventually.TrueAsync(() => late.IsCancellationRequested, () => "it is held on to");

        Assert.Equal((1, BackendStatus.Unknown), (checks, backend.Health.State.Status));
        await monitor.StopAsync(Token);
    }

    [Fact]
    public async Task RequestsThatFailAtOnce_NeverEjectTheLastBackend()
    {
        // Many rounds: a decision that is not one step with its publication errs only now and then.
        for (int round = 0; round < 200; round++)
        {
            BackendPool pool = Fakes.Pool(Fakes.Backends(2));
            using HealthMonitor monitor = Monitor(pool, new LogLines());
            using Barrier start = new(2);

            await Task.WhenAll(pool.All.Select(backend => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait(Token);
                    _record!.Add(backend, Evidence.ConnectFailed, "Connection refused");
                },
                Token,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));

            Assert.Equal(1, pool.Available.Length);
        }
    }

    [Fact]
    public async Task Check_ThatThrowsTheUnexpected_CountsAsFailedAndTheLoopGoesOn()
    {
        bool broken = true;
        Backend backend = Fakes.Backends(1, (_, _) => broken ? throw new InvalidTimeZoneException("odd") : Answer(HttpStatusCode.OK))[0];
        BackendPool pool = new([backend]);
        using HealthMonitor monitor = Monitor(pool, new LogLines());

        await monitor.StartAsync(Token);
        Assert.Equal("odd", backend.Health.LastFailure);
        broken = false;
        _time.Advance(_settings.Options.Health.Interval);
        await HasAsync(backend, new HealthState(BackendStatus.Down, 1));
        _time.Advance(_settings.Options.Health.Interval);
        await HasAsync(backend, new HealthState(BackendStatus.Up));
        await monitor.StopAsync(Token);
    }

    [Fact]
    public async Task HangingBackend_DoesNotDelayTheNewsAboutAnother()
    {
        bool hang = false;
        HttpStatusCode status = HttpStatusCode.OK;
        Backend[] backends = Fakes.Backends(2, async (request, cancellationToken) =>
        {
            if (hang && request.RequestUri!.Port == 7001)
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return new HttpResponseMessage(status);
        });
        _settings.Options.Health.Timeout = TimeSpan.FromSeconds(60);
        BackendPool pool = new(backends);
        using HealthMonitor monitor = Monitor(pool, new LogLines());
        await monitor.StartAsync(Token);

        hang = true;
        status = HttpStatusCode.InternalServerError;
        _time.Advance(_settings.Options.Health.Interval);
        await HasAsync(backends[1], new HealthState(BackendStatus.Down));

        Assert.Equal(new HealthState(BackendStatus.Up), backends[0].Health.State);
        await monitor.StopAsync(Token);
    }

    [Fact]
    public async Task Check_WithoutAnAnswerInTime_Fails()
    {
        Backend backend = Fakes.Backends(1, async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return new HttpResponseMessage();
        })[0];

        Task<CheckResult> check = new HealthCheck(_settings, _time).RunAsync(backend, Token);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(new CheckResult(Evidence.CheckTimedOut, "https://127.0.0.1:7001/health/ready did not answer within 1 s"), await check);
    }

    /// <summary>What was answered before the check does not count: the backend may have died since.</summary>
    [Theory]
    [InlineData(false, "CheckTimedOut")]
    [InlineData(true, "CheckOvertaken")]
    public async Task Check_WithoutAnAnswerInTime_SaysWhetherRequestsWereAnsweredMeanwhile(bool meanwhile, string expected)
    {
        Backend backend = Fakes.Backends(1, async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return new HttpResponseMessage();
        })[0];
        await using ForwardTry request = new(backend, null, null, _time);
        if (!meanwhile)
            Assert.True(request.TryBegin());

        Task<CheckResult> check = new HealthCheck(_settings, _time).RunAsync(backend, Token);
        if (meanwhile)
            Assert.True(request.TryBegin());
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(Enum.Parse<Evidence>(expected), (await check).Evidence);
    }

    [Fact]
    public async Task Check_WhoseConnectionFails_NamesTheInnermostCause()
    {
        Backend backend = Fakes.Backends(1, (_, _) => throw new HttpRequestException(
            "see inner exception", new SocketException((int)SocketError.ConnectionRefused)))[0];

        CheckResult result = await new HealthCheck(_settings, _time).RunAsync(backend, Token);

        Assert.Equal(new CheckResult(Evidence.CheckUnanswered, "https://127.0.0.1:7001/health/ready failed: Connection refused"), result);
    }

    [Fact]
    public async Task Check_ThatTheCallerCancels_Throws()
    {
        using CancellationTokenSource stop = new();
        Backend backend = Fakes.Backends(1, async (_, cancellationToken) =>
        {
            await stop.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            return new HttpResponseMessage();
        })[0];

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new HealthCheck(_settings, _time).RunAsync(backend, stop.Token));
    }

    private static Task<HttpResponseMessage> Answer(HttpStatusCode status) => Task.FromResult(new HttpResponseMessage(status));

    private HealthMonitor Monitor(BackendPool pool, LogLines log)
    {
        LoggerFactory loggers = new([log]);
        GatewayMetrics metrics = new(_services.GetRequiredService<IMeterFactory>(), pool, _time);
        _record = new HealthRecord(pool, _settings, metrics, _time, loggers.CreateLogger<HealthRecord>());
        return new HealthMonitor(pool, new HealthCheck(_settings, _time), _record, _settings, _time);
    }

    private static Task HasAsync(Backend backend, HealthState state) =>
        Eventually.TrueAsync(() => backend.Health.State == state, () => $"{backend.Name} is {backend.Health}, not {state}");
}
