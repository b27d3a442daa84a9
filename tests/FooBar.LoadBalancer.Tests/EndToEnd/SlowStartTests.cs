using System.Net;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Health;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>What a backend gets that came back, on a clock that the test moves: its share does not change while the requests run.</summary>
public sealed class SlowStartTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task BackendThatReturns_GetsATenthOfItsWeightAtFirst_AndAllOfItAtTheEnd()
    {
        FakeTime time = new();
        await using Arrangement site = await Arrangement.StartAsync(time, "Health:SlowStart=00:00:10", "Health:Timeout=00:01:00");
        using HttpClient client = site.Gateway.Client();
        Assert.Equal((50, 50), await GetAsync(site, client, 100));

        site.First.HealthStatus = 500;
        await CheckUntilAsync(site, time, BackendStatus.Down);
        site.First.HealthStatus = 200;
        await CheckUntilAsync(site, time, BackendStatus.Up);

        Assert.Equal((10, 100), await GetAsync(site, client, 110));
        Assert.Contains("gateway_backend_slow_start{backend=\"web-1\"} 0.1", await site.Gateway.ScrapeAsync(), StringComparison.Ordinal);

        time.Advance(TimeSpan.FromSeconds(5));
        (int first, int second) = await GetAsync(site, client, 155);
        Assert.InRange(first, 53, 57);
        Assert.Equal(155, first + second);

        time.Advance(TimeSpan.FromSeconds(5));
        (first, second) = await GetAsync(site, client, 100);
        Assert.InRange(first, 49, 51);
        Assert.Contains("gateway_backend_slow_start{backend=\"web-1\"} 1", await site.Gateway.ScrapeAsync(), StringComparison.Ordinal);
    }

    /// <summary>Moves the clock by one interval after the other, each only when the first backend's check of the one before is recorded.</summary>
    private static async Task CheckUntilAsync(Arrangement site, FakeTime time, BackendStatus status)
    {
        Backend backend = site.Gateway.Pool.All[0];
        while (backend.Health.State.Status != status)
        {
            BackendHealth before = backend.Health;
            time.Advance(Interval);
            await Eventually.TrueAsync(() => !ReferenceEquals(backend.Health, before), () => $"no check came\n{site.Gateway.Log}");
        }

        await site.Gateway.AvailableAsync(status == BackendStatus.Up ? ["web-1", "web-2"] : ["web-2"]);
    }

    private static async Task<(int First, int Second)> GetAsync(Arrangement site, HttpClient client, int count)
    {
        (int first, int second) = (site.First.Requests, site.Second.Requests);
        for (int i = 0; i < count; i++)
        {
            using HttpResponseMessage response = await client.GetAsync("/", Eventually.Limit);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        return (site.First.Requests - first, site.Second.Requests - second);
    }
}
