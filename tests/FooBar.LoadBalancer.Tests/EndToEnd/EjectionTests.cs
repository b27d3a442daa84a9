using System.Net;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>Requests that take a backend out. Checks come once a minute here, if nothing calls for one.</summary>
public sealed class EjectionTests
{
    private const string NoChecks = "Health:Interval=00:01:00";

    private static CancellationToken Token => Eventually.Limit;

    [Fact]
    public async Task RefusedConnection_TakesTheBackendOutAtOnce()
    {
        await using Arrangement site = await Arrangement.StartAsync(NoChecks);
        await site.First.KillAsync();
        using HttpClient client = site.Gateway.Client();

        for (int i = 0; i < 10; i++)
            Assert.Equal("hello", await client.GetStringAsync("/", Token));

        await site.Gateway.AvailableAsync("web-2");
        Assert.Contains("Backend web-1 is down: requests fail, the last ended as backend-connect-failed: Connection refused. Backends left: 1", site.Gateway.Log, StringComparison.Ordinal);
        string metrics = await site.Gateway.ScrapeAsync();
        Assert.Contains("gateway_backend_ejections_total{backend=\"web-1\",reason=\"connect_failed\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("gateway_retries_total{reason=\"connect_failed\",result=\"done\"} 1", metrics, StringComparison.Ordinal);
        await site.Gateway.IdleAsync();
    }

    [Fact]
    public async Task RefusedConnection_AtTheLastBackend_LeavesItInUntilTheChecksFailToo()
    {
        await using Arrangement site = await Arrangement.StartAsync(NoChecks);
        await site.First.KillAsync();
        await site.Second.KillAsync();
        using HttpClient client = site.Gateway.Client();

        // It meets both; the first leaves, the second is the last. The checks that this calls for take it out, too.
        using HttpResponseMessage response = await client.GetAsync("/", Token);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        await site.Gateway.AvailableAsync();
        string metrics = await site.Gateway.ScrapeAsync();
        Assert.Contains("gateway_backend_ejections_total{backend=\"web-1\",reason=\"connect_failed\"} 1", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("gateway_backend_ejections_total{backend=\"web-2\"", metrics, StringComparison.Ordinal);
        Assert.Contains($"Backend web-2 is down: {site.Second.Url}/health/ready failed: Connection refused. Backends left: 0", site.Gateway.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, "server_errors")]
    [InlineData(503, "failures")]
    public async Task ServerErrors_InARow_TakeTheBackendOut(int status, string reason)
    {
        await using Arrangement site = await Arrangement.StartAsync(NoChecks);
        site.First.HealthStatus = StatusCodes.Status500InternalServerError;
        site.First.Handler = context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        };
        using HttpClient client = site.Gateway.Client();

        List<int> statuses = [];
        for (int i = 0; i < 20; i++)
        {
            using HttpResponseMessage response = await client.GetAsync("/", Token);
            statuses.Add((int)response.StatusCode);
            await site.Gateway.IdleAsync();
        }

        // The application's own answers are passed on, not tried again: five of them, then no more.
        Assert.Equal(5, statuses.Count(answered => answered == status));
        Assert.Equal(15, statuses.Count(answered => answered == 200));
        Assert.Contains(
            $"gateway_backend_ejections_total{{backend=\"web-1\",reason=\"{reason}\"}} 1", await site.Gateway.ScrapeAsync(), StringComparison.Ordinal);
        Assert.Contains($"Backend web-1 is down: requests fail, the last was answered {status}. Backends left: 1", site.Gateway.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerErrors_OfAllBackends_LeaveTheLastOneIn()
    {
        await using Arrangement site = await Arrangement.StartAsync(NoChecks);
        site.First.HealthStatus = StatusCodes.Status500InternalServerError;
        site.Handle(context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        using HttpClient client = site.Gateway.Client();

        for (int i = 0; i < 30; i++)
        {
            using HttpResponseMessage response = await client.GetAsync("/", Token);
            Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        }

        await site.Gateway.AvailableAsync("web-2");
    }

    [Fact]
    public async Task EjectedBackend_ReturnsWhenItsChecksPass()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        site.First.HealthStatus = StatusCodes.Status500InternalServerError;
        await site.Gateway.AvailableAsync("web-2");

        site.First.HealthStatus = StatusCodes.Status200OK;
        await site.Gateway.AvailableAsync("web-1", "web-2");
    }

    [Fact]
    public async Task ClientsThatLeave_DoNotTakeTheBackendOut()
    {
        await using Arrangement site = await Arrangement.StartAsync(NoChecks);
        TaskCompletionSource arrived = new();
        site.Handle(async context =>
        {
            arrived.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        using HttpClient client = site.Gateway.Client();

        for (int i = 0; i < 12; i++)
        {
            arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using CancellationTokenSource leave = new();
            Task<HttpResponseMessage> request = client.GetAsync("/", leave.Token);
            await arrived.Task.WaitAsync(Token);
            await leave.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
            await site.Gateway.IdleAsync();
        }

        await site.Gateway.AvailableAsync("web-1", "web-2");
        Assert.Equal((6, 6), (site.First.Requests, site.Second.Requests));
    }
}
