using System.Net;
using System.Text.Json;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>A person takes a backend out while a request waits on it, and gives it back.</summary>
public sealed class AdminStateTests
{
    private static CancellationToken Token => Eventually.Limit;

    [Fact]
    public async Task Drain_FinishesWhatThereIs_AndSendsNothingNew_WhileTheChecksGoOn()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        using HttpClient client = site.Gateway.Client();
        TaskCompletionSource finish = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<string> held = await HoldAsync(site, client, finish);

        Order(site, AdminState.Drain);
        for (int i = 0; i < 10; i++)
            Assert.Equal("hello", await client.GetStringAsync("/", Token));
        int checks = site.First.HealthChecks;
        await Eventually.TrueAsync(() => site.First.HealthChecks > checks + 2, () => "the checks have stopped");
        finish.SetResult();

        Assert.Equal("held", await held);
        Assert.Equal((1, 10), (site.First.Requests, site.Second.Requests));
        string metrics = await site.Gateway.ScrapeAsync();
        Assert.Contains("gateway_backend_state{backend=\"web-1\",state=\"drain\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("gateway_backend_state{backend=\"web-1\",state=\"up\"} 0", metrics, StringComparison.Ordinal);
        Assert.Contains("gateway_backend_state{backend=\"web-2\",state=\"up\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("gateway_backend_up{backend=\"web-1\"} 0", metrics, StringComparison.Ordinal);

        Order(site, AdminState.Ready);
        Assert.Equal("hello", await client.GetStringAsync("/", Token));
        Assert.Equal("hello", await client.GetStringAsync("/", Token));
        Assert.Equal(2, site.First.Requests);
    }

    [Fact]
    public async Task DrainedBackend_StaysOut_AlsoWhenNoOtherIsLeft()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        using HttpClient client = site.Gateway.Client();

        Order(site, AdminState.Drain);
        await site.Second.KillAsync();
        await site.Gateway.AvailableAsync();

        using HttpResponseMessage response = await client.GetAsync("/", Token);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, 0), (response.StatusCode, site.First.Requests));
        using HttpResponseMessage ready = await client.GetAsync(new Uri(site.Gateway.Admin, "/health/ready"), Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("web-1: drained by an operator", await ready.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Maintenance_MovesTheRequestsThatMayMove()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        using HttpClient client = site.Gateway.Client();
        Task<string> held = await HoldAsync(site, client, new TaskCompletionSource());

        Order(site, AdminState.Maintenance);

        Assert.Equal("hello", await held);
        JsonElement line = await site.Gateway.AccessLogAsync("/held");
        Assert.Equal((2, "web-2"), (line.GetProperty("tries").GetInt32(), line.GetProperty("backend").GetString()));
    }

    [Fact]
    public async Task Maintenance_LeavesTheOthersToFinish()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        using HttpClient client = site.Gateway.Client();
        TaskCompletionSource finish = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<string> held = await HoldAsync(site, client, finish, body: true);

        Order(site, AdminState.Maintenance);
        Assert.Equal("hello", await client.GetStringAsync("/", Token));
        finish.SetResult();

        Assert.Equal("held", await held);
        Assert.Equal((1, 1), (site.First.Requests, site.Second.Requests));
    }

    [Fact]
    public async Task BackendInMaintenance_IsNotChecked_AndReturnsWithItsFirstPassedCheck()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        Order(site, AdminState.Maintenance);

        // What was under way when the order came is over with the other backend's next checks.
        int others = site.Second.HealthChecks;
        await Eventually.TrueAsync(() => site.Second.HealthChecks > others + 2, () => "the other is not checked");
        (int checks, others) = (site.First.HealthChecks, site.Second.HealthChecks);
        await Eventually.TrueAsync(() => site.Second.HealthChecks > others + 5, () => "the other is not checked");
        Assert.Equal(checks, site.First.HealthChecks);

        site.First.HealthStatus = StatusCodes.Status500InternalServerError;
        Order(site, AdminState.Ready);
        await Eventually.TrueAsync(() => site.First.HealthChecks > checks + 2, () => "it is not checked again");
        Assert.Equal(["web-2"], site.Gateway.Pool.Available.ToArray().Select(backend => backend.Name));
        site.First.HealthStatus = StatusCodes.Status200OK;
        await site.Gateway.AvailableAsync("web-1", "web-2");
    }

    private static void Order(Arrangement site, AdminState state) => site.Gateway.Pool.Order(site.Gateway.Pool.All[0], state);

    /// <summary>A request that the first backend has, until <paramref name="finish"/>; everything else is answered at once.</summary>
    private static async Task<Task<string>> HoldAsync(Arrangement site, HttpClient client, TaskCompletionSource finish, bool body = false)
    {
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        site.First.Handler = async context =>
        {
            if (context.Request.Path != "/held")
            {
                await context.Response.WriteAsync("hello");
                return;
            }

            arrived.SetResult();
            await finish.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync("held");
        };
        await site.Gateway.AvailableAsync("web-1", "web-2");
        Task<string> held = body ? PostAsync() : client.GetStringAsync("/held", Token);
        await arrived.Task.WaitAsync(Token);
        return held;

        async Task<string> PostAsync()
        {
            using HttpResponseMessage response = await client.PostAsync("/held", new StringContent("x"), Token);
            return await response.Content.ReadAsStringAsync(Token);
        }
    }
}
