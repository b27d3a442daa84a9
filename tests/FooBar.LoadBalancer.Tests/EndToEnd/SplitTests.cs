using System.Net;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

public sealed class SplitTests
{
    public static TheoryData<string> Versions => ["1.1", "2.0"];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task SequentialRequests_OnOneKeptConnection_SplitInHalves(string version)
    {
        await using Arrangement site = await Arrangement.StartAsync();
        using HttpClient client = site.Gateway.Client(Version.Parse(version));

        for (int i = 0; i < 1000; i++)
        {
            using HttpResponseMessage response = await client.GetAsync("/", Eventually.Limit);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(Version.Parse(version), response.Version);
        }

        Assert.Equal(1000, site.First.Requests + site.Second.Requests);
        Assert.InRange(site.First.Requests, 499, 501);
        Assert.True(site.First.HealthChecks > 0 && site.Second.HealthChecks > 0, "no health check ran beside the requests");
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task ConcurrentRequests_HeldOpen_SplitInHalves(string version)
    {
        await using Arrangement site = await Arrangement.StartAsync();
        using HttpClient client = site.Gateway.Client(Version.Parse(version));
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        site.Handle(async context =>
        {
            await release.Task;
            await context.Response.WriteAsync("hello");
        });

        // Each for something of its own: of those that ask for the same thing one goes, and the others wait for it.
        Task<HttpResponseMessage>[] requests =
            [.. Enumerable.Range(0, 64).Select(i => client.GetAsync($"/{i}", Eventually.Limit))];
        await Eventually.TrueAsync(
            () => site.First.Requests + site.Second.Requests == 64,
            () => $"{site.First.Requests} + {site.Second.Requests} requests arrived\n{site.Gateway.Log}");
        int[] inFlight = [.. site.Gateway.Pool.All.Select(backend => backend.InFlight)];
        release.SetResult();
        foreach (HttpResponseMessage response in await Task.WhenAll(requests))
            response.Dispose();

        Assert.Equal([32, 32], inFlight);
        Assert.Equal((32, 32), (site.First.Requests, site.Second.Requests));
        await Eventually.TrueAsync(
            () => site.Gateway.Pool.All.All(backend => backend.InFlight == 0),
            () => "claims were not released");
    }

    [Fact]
    public async Task RoundRobin_WhileOneBackendIsBusy_StillTakesTurns()
    {
        await using Arrangement site = await Arrangement.StartAsync("Policy=RoundRobin");
        using HttpClient client = site.Gateway.Client();
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        site.First.Handler = _ => release.Task;

        Task<HttpResponseMessage>[] requests =
            [.. Enumerable.Range(0, 10).Select(i => client.GetAsync($"/{i}", Eventually.Limit))];
        await Eventually.TrueAsync(
            () => site.First.Requests + site.Second.Requests == 10,
            () => $"{site.First.Requests} + {site.Second.Requests} requests arrived\n{site.Gateway.Log}");
        release.SetResult();
        foreach (HttpResponseMessage response in await Task.WhenAll(requests))
            response.Dispose();

        Assert.Equal((5, 5), (site.First.Requests, site.Second.Requests));
    }
}
