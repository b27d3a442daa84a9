using System.Net;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>Weights from the settings, from a reload, and from a person.</summary>
public sealed class WeightTests : IAsyncDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly SettingsFile _file = new();
    private readonly List<TestBackend> _backends = [];

    [Fact]
    public async Task Weights_ShareTheRequests_AndChangeWhileTheGatewayRuns()
    {
        foreach (string name in (string[])["web-1", "web-2"])
            _backends.Add(await TestBackend.StartAsync(name, _certificates.Issue("127.0.0.1")));
        Write(100, 50);
        await using TestGateway gateway = await TestGateway.StartAsync(_certificates, Array.Empty<TestBackend>(), [_file.Argument]);
        using HttpClient client = gateway.Client();
        await AssertShareAsync(client, 20, 10);
        Assert.Contains("gateway_backend_weight{backend=\"web-2\"} 50", await gateway.ScrapeAsync(), StringComparison.Ordinal);

        Write(25, 50);
        Assert.Empty(gateway.Reload.Reload("test").Errors);
        await AssertShareAsync(client, 10, 20);

        // What a person wants outlives a reload that says nothing new about it.
        gateway.Pool.SetWeight(gateway.Pool.All[1], 0);
        Write(30, 50);
        gateway.Reload.Reload("test");
        await AssertShareAsync(client, 10, 0);
        gateway.Pool.SetWeight(gateway.Pool.All[1], 60);
        await AssertShareAsync(client, 10, 20);
        Write(30, 30);
        gateway.Reload.Reload("test");
        await AssertShareAsync(client, 15, 15);

        Write(30, 257);
        ReloadResult refused = gateway.Reload.Reload("test");
        Assert.Equal(["Gateway:Backends:1:Weight is 257; it must be from 1 to 256."], refused.Errors);
        await AssertShareAsync(client, 15, 15);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (TestBackend backend in _backends)
            await backend.DisposeAsync();
        _certificates.Dispose();
        _file.Dispose();
    }

    private void Write(params int[] weights) => _file.Write(_backends.Zip(weights).SelectMany((pair, i) => new[]
    {
        $"Backends:{i}:Name={pair.First.Name}",
        $"Backends:{i}:Url={pair.First.Url}",
        $"Backends:{i}:Weight={pair.Second}",
    }));

    /// <summary>Requests one after the other, of which each backend has so many; one more or less, by whose turn it was when they began.</summary>
    private async Task AssertShareAsync(HttpClient client, int expectedFirst, int expectedSecond)
    {
        (int first, int second) = (_backends[0].Requests, _backends[1].Requests);
        for (int i = 0; i < expectedFirst + expectedSecond; i++)
        {
            using HttpResponseMessage response = await client.GetAsync("/", Eventually.Limit);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.InRange(_backends[0].Requests - first, expectedFirst - 1, expectedFirst + 1);
        Assert.InRange(_backends[1].Requests - second, expectedSecond == 0 ? 0 : expectedSecond - 1, expectedSecond == 0 ? 0 : expectedSecond + 1);
    }
}
