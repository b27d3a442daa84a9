using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>What a person orders of a backend: under traffic, over reloads, over restarts, and with two gateways at once.</summary>
public sealed class OrderTests : IAsyncDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly AdminClient _operator = new();
    private readonly SettingsFile _file = new();
    private readonly List<TestBackend> _backends = [];

    private static CancellationToken Token => Eventually.Limit;

    [Theory]
    [InlineData("drain")]
    [InlineData("maintenance")]
    public async Task Order_UnderTraffic_TakesABackendOutAndBackWithoutAFailure(string state)
    {
        TestBackend first = await BackendAsync("web-1");
        TestBackend second = await BackendAsync("web-2");
        await using TestGateway gateway = await StartAsync(first, second);
        await gateway.AvailableAsync("web-1", "web-2");
        using HttpClient client = gateway.Client();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<List<string>> visits = VisitAsync(client, stop.Token);
        await Eventually.TrueAsync(() => first.Requests > 20 && second.Requests > 20, () => gateway.Log);

        AdminReply reply = await _operator.OrderAsync(gateway, "web-1", state, wait: "1m");
        Assert.Equal(("True", state), (reply["settled"], reply["backend.state"]));
        int atFirst = first.Requests;
        int atSecond = second.Requests;
        await Eventually.TrueAsync(() => second.Requests > atSecond + 100, () => gateway.Log);
        Assert.Equal(atFirst, first.Requests);

        // It may do now what it likes.
        await first.KillAsync();
        await first.StartAsync();
        atSecond = second.Requests;
        await Eventually.TrueAsync(() => second.Requests > atSecond + 100, () => gateway.Log);
        Assert.Equal(atFirst, first.Requests);

        Assert.Equal("True", (await _operator.OrderAsync(gateway, "web-1", "ready", wait: "1m"))["settled"]);
        await Eventually.TrueAsync(() => first.Requests > atFirst + 20, () => gateway.Log);
        await stop.CancelAsync();
        Assert.All(await visits, answer => Assert.True(answer is "web-1" or "web-2", answer));
    }

    [Fact]
    public async Task Maintenance_IsNotChecked_AndEndsWithACheckThatPasses()
    {
        TestBackend first = await BackendAsync("web-1");
        TestBackend second = await BackendAsync("web-2");
        await using TestGateway gateway = await StartAsync(first, second);
        await _operator.OrderAsync(gateway, "web-1", "maintenance");

        // One that was under way has ended when the other one has been checked ten times; in ten more, none follows.
        int rounds = second.HealthChecks;
        await Eventually.TrueAsync(() => second.HealthChecks > rounds + 10, () => gateway.Log);
        int before = first.HealthChecks;
        await Eventually.TrueAsync(() => second.HealthChecks > rounds + 20, () => gateway.Log);
        Assert.Equal(before, first.HealthChecks);

        first.HealthStatus = 500;
        await _operator.OrderAsync(gateway, "web-1", "ready");
        int checks = first.HealthChecks;
        await Eventually.TrueAsync(() => first.HealthChecks > checks + 1, () => gateway.Log);
        AdminReply down = await _operator.GetAsync(gateway, "/gateway/v1/backends/web-1");
        Assert.Equal(("ready", "down", "False"), (down["state"], down["health"], down["takesRequests"]));

        first.HealthStatus = 200;
        await gateway.AvailableAsync("web-1", "web-2");
    }

    [Fact]
    public async Task Order_HoldsOverARestart_AndIsToldOf()
    {
        TestBackend first = await BackendAsync("web-1");
        TestBackend second = await BackendAsync("web-2");
        await using (TestGateway gateway = await StartAsync(first, second))
        {
            await _operator.OrderAsync(gateway, "web-1", "drain");
            await _operator.OrderAsync(gateway, "web-2", "maintenance", force: true);
            await _operator.OrderAsync(gateway, "web-2", "ready", wait: "1m");
        }

        await using TestGateway next = await StartAsync(first, second);
        await next.AvailableAsync("web-2");
        AdminReply kept = await _operator.GetAsync(next, "/gateway/v1/backends/web-1");
        Assert.Equal(("drain", "a test"), (kept["state"], kept["stateOrder.reason"]));
        Assert.Contains("BackendOrders[1712] Backend web-1 is in the state Drain, as 127.0.0.1 (token ", next.Log, StringComparison.Ordinal);

        using HttpClient client = next.Client();
        for (int i = 0; i < 10; i++)
            Assert.Equal("web-2", await client.GetStringAsync("/", Token));
    }

    [Fact]
    public async Task Maintenance_HoldsOverARestart_WithoutACheck()
    {
        TestBackend first = await BackendAsync("web-1");
        TestBackend second = await BackendAsync("web-2");
        await using (TestGateway gateway = await StartAsync(first, second))
            await _operator.OrderAsync(gateway, "web-1", "maintenance");
        int checks = first.HealthChecks;

        await using TestGateway next = await StartAsync(first, second);
        int rounds = second.HealthChecks;
        await Eventually.TrueAsync(() => second.HealthChecks > rounds + 3, () => next.Log);

        Assert.Equal(checks, first.HealthChecks);
        Assert.Equal("unknown", (await _operator.GetAsync(next, "/gateway/v1/backends/web-1"))["health"]);
    }

    /// <summary>A weight that a person gave outlives a restart, but not a change of the settings, which are the later word then.</summary>
    [Fact]
    public async Task Weight_HoldsOverARestart_UntilTheSettingsSayAnother()
    {
        TestBackend first = await BackendAsync("web-1");
        TestBackend second = await BackendAsync("web-2");
        await using (TestGateway gateway = await StartAsync(first, second))
            Assert.Equal(200, (await _operator.SendAsync(gateway, "PUT", "/gateway/v1/backends/web-1/weight", """{"weight": 50, "reason": "a test"}""")).Status);

        await using (TestGateway next = await StartAsync(first, second))
        {
            Assert.Equal("50", (await _operator.GetAsync(next, "/gateway/v1/backends/web-1"))["weight"]);
            Assert.Contains("BackendOrders[1717] Backend web-1 has the weight 50, as 127.0.0.1 (token ", next.Log, StringComparison.Ordinal);
        }

        await using TestGateway changed = await TestGateway.StartAsync(
            _certificates, [first, second], _operator.TokenSetting, _operator.StateSetting, "Backends:0:Weight=80");
        Assert.Equal("80", (await _operator.GetAsync(changed, "/gateway/v1/backends/web-1"))["weight"]);
    }

    [Fact]
    public async Task Order_OfTheLast_HoldsOverARestart()
    {
        TestBackend only = await BackendAsync("web-1");
        await using (TestGateway gateway = await StartAsync(only))
            Assert.Equal(200, (await _operator.OrderAsync(gateway, "web-1", "drain", force: true)).Status);

        await using TestGateway next = await StartAsync(only);
        using HttpClient client = next.Client();
        using HttpResponseMessage response = await client.GetAsync(new Uri("/", UriKind.Relative), Token);

        Assert.Equal((503, 0), ((int)response.StatusCode, only.Requests));
        using HttpClient admin = new();
        string ready = await (await admin.GetAsync(new Uri(next.Admin, "/health/ready"), Token)).Content.ReadAsStringAsync(Token);
        Assert.Contains("no backend is up: web-1: drained by an operator", ready, StringComparison.Ordinal);
    }

    /// <summary>A reload makes another backend of the same name, at another address; and one that goes and comes back.</summary>
    [Fact]
    public async Task Order_HoldsOverReloads()
    {
        TestBackend old = await BackendAsync("web-1");
        TestBackend moved = await BackendAsync("web-1");
        TestBackend other = await BackendAsync("web-2");
        _file.Write(Backends(old, other));
        await using TestGateway gateway = await TestGateway.StartAsync(_certificates, Array.Empty<TestBackend>(), [_file.Argument, _operator.TokenSetting, _operator.StateSetting]);
        await _operator.OrderAsync(gateway, "web-1", "drain");

        foreach (TestBackend[] backends in (TestBackend[][])[[moved, other], [other], [moved, other]])
        {
            _file.Write(Backends(backends));
            Assert.Empty(gateway.Reload.Reload("test").Errors);
            if (backends.Length == 2)
            {
                int checks = moved.HealthChecks;
                await Eventually.TrueAsync(() => moved.HealthChecks > checks + 3, () => gateway.Log);
            }

            Assert.Equal(["web-2"], gateway.Pool.Available.ToArray().Select(backend => backend.Name));
        }
    }

    [Fact]
    public async Task Orders_OfTwoGatewaysAtOnce_AreShared()
    {
        TestBackend[] backends = [await BackendAsync("web-1"), await BackendAsync("web-2"), await BackendAsync("web-3")];
        await using TestGateway old = await StartAsync(backends);
        await _operator.OrderAsync(old, "web-1", "drain");
        await using TestGateway next = await StartAsync(backends);
        await next.AvailableAsync("web-2", "web-3");

        await _operator.OrderAsync(next, "web-2", "maintenance");
        await old.AvailableAsync("web-3");
        await _operator.OrderAsync(old, "web-1", "ready");
        await next.AvailableAsync("web-1", "web-3");

        // At the same time, and none is lost.
        await Task.WhenAll(
            Enumerable.Range(0, 10).SelectMany(i => new[]
            {
                _operator.OrderAsync(old, "web-1", i % 2 == 0 ? "drain" : "ready"),
                _operator.OrderAsync(next, "web-2", i % 2 == 0 ? "ready" : "maintenance"),
            }));
        await _operator.OrderAsync(old, "web-1", "drain");
        await _operator.OrderAsync(next, "web-2", "ready");
        await old.AvailableAsync("web-2", "web-3");
        await next.AvailableAsync("web-2", "web-3");
    }

    [Fact]
    public async Task File_ThatCannotBeRead_IsSetAsideAndToldOf()
    {
        TestBackend backend = await BackendAsync("web-1");
        await File.WriteAllTextAsync(_operator.StatePath, "{ broken", Token);

        await using TestGateway gateway = await StartAsync(backend);

        await gateway.AvailableAsync("web-1");
        string aside = Assert.Single(Directory.GetFiles(Path.GetDirectoryName(_operator.StatePath)!, "state.json.unreadable-*"));
        Assert.Equal("{ broken", await File.ReadAllTextAsync(aside, Token));
        Assert.Contains($"Error FooBar.LoadBalancer.Orders.BackendOrders[1713] {_operator.StatePath}, which holds what people have ordered", gateway.Log, StringComparison.Ordinal);
        Assert.Contains($"it was set aside as {aside}", gateway.Log, StringComparison.Ordinal);
        Assert.Null((await _operator.OrderAsync(gateway, "web-1", "drain", force: true))["notKept"]);
    }

    [Fact]
    public async Task Order_ThatCannotBeKept_IsCarriedOutAndKeptAsSoonAsItCan()
    {
        TestBackend first = await BackendAsync("web-1");
        TestBackend second = await BackendAsync("web-2");
        await using TestGateway gateway = await StartAsync(first, second);

        // A folder in the place of the file that is written first: not even root can write over that.
        string blocked = Path.Join(_operator.StatePath + ".partial", "x");
        Directory.CreateDirectory(blocked);
        AdminReply reply = await _operator.OrderAsync(gateway, "web-1", "drain");

        Assert.Equal((200, "drain"), (reply.Status, reply["backend.state"]));
        Assert.NotNull(reply["notKept"]);
        Assert.Contains("would be lost with a restart", gateway.Log, StringComparison.Ordinal);
        Assert.False(File.Exists(_operator.StatePath));

        Directory.Delete(Path.GetDirectoryName(blocked)!, recursive: true);
        await Eventually.TrueAsync(() => File.Exists(_operator.StatePath), () => gateway.Log);
        await Eventually.TrueAsync(() => gateway.Log.Contains("[1715]", StringComparison.Ordinal), () => gateway.Log);
        Assert.Contains("\"drain\"", await File.ReadAllTextAsync(_operator.StatePath, Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Order_WithoutAFile_SaysThatItIsNotKept()
    {
        TestBackend first = await BackendAsync("web-1");
        TestBackend second = await BackendAsync("web-2");
        await using TestGateway gateway = await TestGateway.StartAsync(_certificates, [first, second], _operator.TokenSetting);

        Assert.Equal("Gateway:StatePath is not set", (await _operator.OrderAsync(gateway, "web-1", "drain"))["notKept"]);
    }

    [Fact]
    public async Task Orders_AtOnce_NeverTakeOutBoth()
    {
        TestBackend first = await BackendAsync("web-1");
        TestBackend second = await BackendAsync("web-2");
        await using TestGateway gateway = await StartAsync(first, second);
        await gateway.AvailableAsync("web-1", "web-2");

        for (int round = 0; round < 20; round++)
        {
            AdminReply[] replies = await Task.WhenAll(_operator.OrderAsync(gateway, "web-1", "drain"), _operator.OrderAsync(gateway, "web-2", "drain"));
            Assert.Equal([200, 409], replies.Select(reply => reply.Status).Order());
            Assert.Equal(1, gateway.Pool.Available.Length);
            foreach (Backend backend in gateway.Pool.All)
                await _operator.OrderAsync(gateway, backend.Name, "ready");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (TestBackend backend in _backends)
            await backend.DisposeAsync();
        _file.Dispose();
        _operator.Dispose();
        _certificates.Dispose();
    }

    private static IEnumerable<string> Backends(params TestBackend[] backends) =>
        backends.SelectMany((backend, i) => new[] { $"Backends:{i}:Name={backend.Name}", $"Backends:{i}:Url={backend.Url}" });

    private static async Task<List<string>> VisitAsync(HttpClient client, CancellationToken stop)
    {
        async Task<List<string>> OneAsync()
        {
            List<string> answers = [];
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    answers.Add(await client.GetStringAsync(new Uri("/", UriKind.Relative), Token));
                }
                catch (HttpRequestException exception)
                {
                    answers.Add(exception.Message);
                }
            }

            return answers;
        }

        return [.. (await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => OneAsync()))).SelectMany(answers => answers)];
    }

    private async Task<TestBackend> BackendAsync(string name)
    {
        TestBackend backend = await TestBackend.StartAsync(name, _certificates.Issue("127.0.0.1"));
        backend.Handler = context => context.Response.WriteAsync(backend.Name);
        _backends.Add(backend);
        return backend;
    }

    private Task<TestGateway> StartAsync(params TestBackend[] backends) => TestGateway.StartAsync(_certificates, backends, _operator.TokenSetting, _operator.StateSetting);
}
