using System.Net;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Health;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>A backend whose checks pass, and whose answers take a second, on a clock that the test moves: the other's take no time at all.</summary>
public sealed class SlowBackendTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static CancellationToken Token => Eventually.Limit;

    [Fact]
    public async Task BackendFarSlowerThanTheOther_IsOutForATime_AndBeginsSlowly()
    {
        FakeTime time = new();
        await using Arrangement site = await StartAsync(time);
        using HttpClient client = site.Gateway.Client(HttpVersion.Version20);
        Backend slow = site.Gateway.Pool.All[0];

        for (int round = 1; round <= 3; round++)
        {
            await RoundAsync(site, client, time, HttpMethod.Get);
            await CheckUntilAsync(slow, time, site, () => slow.Health.State.Status == BackendStatus.Down || slow.Health.State.Slow == round);
        }

        await site.Gateway.AvailableAsync("web-2");
        Assert.Contains(
            "Backend web-1 is down: its answers begin after 1000 ms, those of the others after 0 ms (medians). Backends left: 1",
            site.Gateway.Log,
            StringComparison.Ordinal);
        Assert.Contains(
            "gateway_backend_ejections_total{backend=\"web-1\",reason=\"slow\"} 1", await site.Gateway.ScrapeAsync(), StringComparison.Ordinal);
        Assert.Equal("", await client.GetStringAsync("/", Token));

        // Its checks pass all the time.
        long ejected = slow.Health.ChangedAt!.Value;
        await CheckUntilAsync(slow, time, site, () => slow.Health.State.Status == BackendStatus.Up);
        Assert.Equal(TimeSpan.FromSeconds(30), time.GetElapsedTime(ejected, slow.Health.ChangedAt!.Value));
        Assert.True(slow.StartsSlowly);
    }

    /// <summary>Whoever sends a body may take time for it, and the backend waits.</summary>
    [Fact]
    public async Task SlowAnswers_ToRequestsWithABody_SayNothing()
    {
        FakeTime time = new();
        await using Arrangement site = await StartAsync(time, "Health:SlowToEject=1");
        using HttpClient client = site.Gateway.Client(HttpVersion.Version20);

        await RoundAsync(site, client, time, HttpMethod.Post);
        Backend slow = site.Gateway.Pool.All[0];
        BackendHealth before = slow.Health;
        await CheckUntilAsync(slow, time, site, () => !ReferenceEquals(slow.Health, before));

        Assert.Equal((0, 0), (slow.Latency.Since(TimeSpan.Zero).Count, slow.Health.State.Slow));
        await site.Gateway.AvailableAsync("web-1", "web-2");
    }

    private static Task<Arrangement> StartAsync(FakeTime time, params string[] settings) => Arrangement.StartAsync(
        time, ["Policy=RoundRobin", "Health:Interval=00:00:01", "Health:Timeout=00:01:00", "Health:SlowStart=00:00:10", .. settings]);

    /// <summary>Twenty requests for each backend. The first has all of its own before a second goes by, and answers then.</summary>
    private static async Task RoundAsync(Arrangement site, HttpClient client, FakeTime time, HttpMethod method)
    {
        TaskCompletionSource finish = new(TaskCreationOptions.RunContinuationsAsynchronously);
        (int first, int second) = (site.First.Requests, site.Second.Requests);
        site.First.Handler = context => finish.Task.WaitAsync(context.RequestAborted);
        site.Second.Handler = _ => Task.CompletedTask;

        // Each for something of its own: for the same thing one would go, and the others wait for it.
        Task<HttpResponseMessage>[] requests = [.. Enumerable.Range(0, 40).Select(i => client.SendAsync(
            new HttpRequestMessage(method, $"/?{i}")
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = method == HttpMethod.Post ? new StringContent("x") : null,
            },
            Token))];
        await Eventually.TrueAsync(
            () => site.First.Requests == first + 20 && requests.Count(request => request.IsCompleted) == 20,
            () => $"{site.First.Requests - first} and {site.Second.Requests - second} requests came\n{site.Gateway.Log}");
        time.Advance(Second);
        finish.SetResult();
        foreach (Task<HttpResponseMessage> request in requests)
        {
            using HttpResponseMessage response = await request;
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        await site.Gateway.IdleAsync();
    }

    /// <summary>Moves the clock by one check after the other, until something is the case.</summary>
    private static async Task CheckUntilAsync(Backend backend, FakeTime time, Arrangement site, Func<bool> condition)
    {
        while (!condition())
        {
            BackendHealth before = backend.Health;
            time.Advance(Second);
            await Eventually.TrueAsync(() => backend.Health.LastCheck != before.LastCheck, () => $"no check came\n{site.Gateway.Log}");
        }
    }
}
