using System.Net;
using System.Net.Sockets;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Health;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.Extensions.Logging;

namespace FooBar.LoadBalancer.Tests.Health;

public sealed class HealthMonitorTests
{
    private readonly FakeTime _time = new();
    private readonly HealthOptions _options = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

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
    public async Task Checks_AtTheInterval_TakeABackendOutAndBack()
    {
        HttpStatusCode status = HttpStatusCode.OK;
        Backend backend = Fakes.Backends(1, (_, _) => Answer(status))[0];
        BackendPool pool = new([backend]);
        LogLines log = new();
        using HealthMonitor monitor = Monitor(pool, log);
        await monitor.StartAsync(Token);

        status = HttpStatusCode.InternalServerError;
        await TickAsync(backend);
        Assert.Equal((1, new HealthState(BackendStatus.Up, 1)), (pool.Available.Length, backend.Health.State));
        await TickAsync(backend);
        Assert.Equal((0, new HealthState(BackendStatus.Down)), (pool.Available.Length, backend.Health.State));

        status = HttpStatusCode.NoContent;
        await TickAsync(backend);
        Assert.Equal((0, new HealthState(BackendStatus.Down, 1)), (pool.Available.Length, backend.Health.State));
        await TickAsync(backend);
        Assert.Equal((1, new HealthState(BackendStatus.Up)), (pool.Available.Length, backend.Health.State));
        Assert.Equal(_time.GetUtcNow(), backend.Health.LastPassed);
        await monitor.StopAsync(Token);

        // Transitions and nothing else.
        const string Category = "FooBar.LoadBalancer.Health.HealthMonitor";
        Assert.Equal(
            [
                $"Information {Category}[1101] Backend web-1 at https://127.0.0.1:7001/ is up",
                $"Warning {Category}[1102] Backend web-1 is down: https://127.0.0.1:7001/health/ready answered 500. Backends left: 0",
                $"Information {Category}[1101] Backend web-1 at https://127.0.0.1:7001/ is up",
            ],
            log.Lines);
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
        await TickAsync(backend);
        await TickAsync(backend);
        Assert.Equal(BackendStatus.Up, backend.Health.State.Status);
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
        _options.Timeout = TimeSpan.FromSeconds(60);
        BackendPool pool = new(backends);
        using HealthMonitor monitor = Monitor(pool, new LogLines());
        await monitor.StartAsync(Token);

        hang = true;
        status = HttpStatusCode.ServiceUnavailable;
        await TickAsync(backends[1]);
        await TickAsync(backends[1]);

        Assert.Equal(BackendStatus.Down, backends[1].Health.State.Status);
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

        Task<string?> check = new HealthCheck(_options, _time).RunAsync(backend, Token);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("https://127.0.0.1:7001/health/ready did not answer within 1 s", await check);
    }

    [Fact]
    public async Task Check_WhoseConnectionFails_NamesTheInnermostCause()
    {
        Backend backend = Fakes.Backends(1, (_, _) => throw new HttpRequestException(
            "see inner exception", new SocketException((int)SocketError.ConnectionRefused)))[0];

        string? failure = await new HealthCheck(_options, _time).RunAsync(backend, Token);

        Assert.Equal("https://127.0.0.1:7001/health/ready failed: Connection refused", failure);
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

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new HealthCheck(_options, _time).RunAsync(backend, stop.Token));
    }

    private static Task<HttpResponseMessage> Answer(HttpStatusCode status) => Task.FromResult(new HttpResponseMessage(status));

    private HealthMonitor Monitor(BackendPool pool, LogLines log)
    {
        LoggerFactory loggers = new([log]);
        return new HealthMonitor(pool, new HealthCheck(_options, _time), _options, _time, loggers.CreateLogger<HealthMonitor>());
    }

    /// <summary>Moves the clock by one interval and waits until the check that this starts is reported.</summary>
    private async Task TickAsync(Backend backend)
    {
        BackendHealth before = backend.Health;
        _time.Advance(_options.Interval);
        await Eventually.TrueAsync(() => !ReferenceEquals(backend.Health, before), () => $"no news of {backend.Name} after {before}");
    }
}
