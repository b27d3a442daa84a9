using System.Net;
using System.Text.Json;
using FooBar.ServiceDefaults.Health;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace FooBar.ServiceDefaults.Tests.Health;

public sealed class HealthTests
{
    [Fact]
    public async Task Ready_WithEveryCheckHealthy_Is200WithEachCheck()
    {
        await using TestService service = await WithCheckAsync(() => HealthCheckResult.Healthy("primary db-1"));

        (HttpStatusCode code, JsonElement body) = await GetAsync(service, "/health/ready");

        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Equal("Healthy", body.GetProperty("status").GetString());
        Assert.Equal("running", body.GetProperty("checks").GetProperty("host").GetProperty("description").GetString());
        JsonElement database = body.GetProperty("checks").GetProperty("database");
        Assert.Equal("Healthy", database.GetProperty("status").GetString());
        Assert.Equal("primary db-1", database.GetProperty("description").GetString());
        Assert.True(database.GetProperty("seconds").GetDouble() >= 0);
    }

    [Fact]
    public async Task Ready_WhenACheckTurns_FollowsItBothWays()
    {
        HealthCheckResult result = HealthCheckResult.Healthy();
        await using TestService service = await WithCheckAsync(() => result);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(service, "/health/ready")).Code);

        result = HealthCheckResult.Unhealthy("no primary");
        (HttpStatusCode code, JsonElement body) = await GetAsync(service, "/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, code);
        Assert.Equal("Unhealthy", body.GetProperty("status").GetString());
        Assert.Equal("no primary", body.GetProperty("checks").GetProperty("database").GetProperty("description").GetString());
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(service, "/health/live")).Code);

        result = HealthCheckResult.Degraded("one replica of two");
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(service, "/health/ready")).Code);
    }

    [Fact]
    public async Task Ready_WhenACheckThrows_Is503WithItsMessage()
    {
        await using TestService service = await WithCheckAsync(() => throw new InvalidOperationException("broken"));

        (HttpStatusCode code, JsonElement body) = await GetAsync(service, "/health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, code);
        Assert.Equal("broken", body.GetProperty("checks").GetProperty("database").GetProperty("description").GetString());
    }

    [Fact]
    public async Task Ready_DoesNotRunOtherChecks()
    {
        await using TestService service = await TestService.StartAsync(builder =>
            builder.Services.AddHealthChecks().AddCheck("other", () => HealthCheckResult.Unhealthy()));

        Assert.Equal(HttpStatusCode.OK, (await GetAsync(service, "/health/ready")).Code);
    }

    [Fact]
    public async Task Ready_FromTheMomentTheStopBegins_Is503()
    {
        await using TestService service = await TestService.StartAsync();

        service.App.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        (HttpStatusCode code, JsonElement body) = await GetAsync(service, "/health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, code);
        Assert.Equal("stopping", body.GetProperty("checks").GetProperty("host").GetProperty("description").GetString());
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(service, "/health/live")).Code);
    }

    [Fact]
    public async Task Ready_UntilEveryHostedServiceHasStarted_Is503()
    {
        SlowStart slow = new();
        await using TestService service = TestService.Build(builder => builder.Services.AddHostedService(_ => slow));
        Task starting = service.App.StartAsync(TestContext.Current.CancellationToken);
        await slow.Reached;

        (HttpStatusCode code, JsonElement body) = await GetAsync(service, "/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, code);
        Assert.Equal("starting", body.GetProperty("checks").GetProperty("host").GetProperty("description").GetString());
        slow.Finish();
        await starting;
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(service, "/health/ready")).Code);
    }

    [Fact]
    public async Task Probes_OfAFailingCheck_LogNothing()
    {
        await using TestService service = await WithCheckAsync(() => HealthCheckResult.Unhealthy("no primary"));

        await GetAsync(service, "/health/ready");
        await GetAsync(service, "/health/ready");

        Assert.DoesNotContain(service.LogLines, line => line.Contains("no primary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Publisher_SeesOnlyWhatReadinessDependsOn()
    {
        await using TestService service = TestService.Build();

        HealthCheckPublisherOptions options = service.App.Services.GetRequiredService<IOptions<HealthCheckPublisherOptions>>().Value;
        Assert.IsType<ReadinessLog>(Assert.Single(service.App.Services.GetServices<IHealthCheckPublisher>()));
        Assert.Equal(TimeSpan.FromSeconds(5), options.Period);
        Assert.True(options.Predicate!(new HealthCheckRegistration("a", _ => null!, null, ["ready"])));
        Assert.False(options.Predicate(new HealthCheckRegistration("b", _ => null!, null, ["other"])));
    }

    [Fact]
    public async Task ReadinessLog_LogsTransitionsOnce()
    {
        RecordingLogger<ReadinessLog> logger = new();
        ReadinessLog log = new(logger);
        foreach ((HealthStatus status, string description) in ((HealthStatus, string)[])
            [
                (HealthStatus.Healthy, "primary db-1"),
                (HealthStatus.Unhealthy, "no primary"),
                (HealthStatus.Unhealthy, "no primary"),
                (HealthStatus.Degraded, "primary db-2, no replica"),
                (HealthStatus.Healthy, "primary db-2"),
                (HealthStatus.Healthy, "primary db-2"),
            ])
        {
            await log.PublishAsync(Report(status, description), TestContext.Current.CancellationToken);
        }

        Assert.Equal(
            [
                "Warning: Health check database is Unhealthy: no primary",
                "Warning: Health check database is Degraded: primary db-2, no replica",
                "Information: Health check database is Healthy again, was Degraded: primary db-2",
            ],
            logger.Messages);
    }

    private static HealthReport Report(HealthStatus status, string description) => new(
        new Dictionary<string, HealthReportEntry> { ["database"] = new(status, description, TimeSpan.Zero, null, null) }, TimeSpan.Zero);

    private static Task<TestService> WithCheckAsync(Func<HealthCheckResult> check) => TestService.StartAsync(
        builder => builder.Services.AddHealthChecks().AddCheck("database", check, tags: ["ready"]));

    private static async Task<(HttpStatusCode Code, JsonElement Body)> GetAsync(TestService service, string path)
    {
        using HttpResponseMessage response = await service.GetAsync(service.Admin, path);
        Assert.Equal("application/json; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (response.StatusCode, JsonDocument.Parse(body).RootElement);
    }

    /// <summary>Comes last of all: the server listens already, the host has not yet started.</summary>
    private sealed class SlowStart : IHostedLifecycleService
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public void Finish() => _finished.SetResult();

        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken)
        {
            _reached.SetResult();
            return _finished.Task;
        }

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
