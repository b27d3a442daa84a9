using System.Net;
using System.Text.Json;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>New settings while the gateway serves: taken over whole, or refused whole.</summary>
public sealed class ReloadTests : IAsyncDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly SettingsFile _file = new();
    private readonly List<TestBackend> _backends = [];

    private static CancellationToken Token => Eventually.Limit;

    [Fact]
    public async Task Reload_OfBackends_MovesTheTrafficWithoutAFailure()
    {
        TestBackend old = await BackendAsync("web-1");
        TestBackend next = await BackendAsync("web-2");
        await using TestGateway gateway = await StartAsync(Backends(old));
        using HttpClient client = gateway.Client();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<List<string>> visits = VisitAsync(client, stop.Token);

        _file.Write(Backends(next));
        ReloadResult result = gateway.Reload.Reload("test");
        await gateway.AvailableAsync("web-2");
        int before = next.Requests;
        await Eventually.TrueAsync(() => next.Requests > before + 10, () => gateway.Log);
        await stop.CancelAsync();

        Assert.Equal((2, 0, 0), (result.Generation, result.Errors.Count, result.NeedRestart.Count));
        Assert.All(await visits, answer => Assert.True(answer is "web-1" or "web-2", answer));
        Assert.Equal(["web-2"], gateway.Pool.All.Select(backend => backend.Name));
        Assert.Contains("gateway_config_generation 2", await gateway.ScrapeAsync(), StringComparison.Ordinal);
    }

    /// <summary>The old one goes on until the new one is up, and a request that it has is finished even after that.</summary>
    [Fact]
    public async Task Reload_ToABackendThatIsNotUp_KeepsTheOldOneUntilItIs()
    {
        TestBackend old = await BackendAsync("web-1");
        TestBackend next = await BackendAsync("web-2");
        next.HealthStatus = 500;
        await using TestGateway gateway = await StartAsync(Backends(old));
        using HttpClient client = gateway.Client();
        TaskCompletionSource finish = new();
        TaskCompletionSource arrived = new();
        old.Handler = async context =>
        {
            arrived.TrySetResult();
            await finish.Task;
            await Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, "late");
        };
        Task<string> late = client.GetStringAsync("/late", Token);
        await arrived.Task.WaitAsync(Token);
        old.Handler = Named(old);

        gateway.Reload.Reload("nothing changed");
        _file.Write(Backends(next));
        gateway.Reload.Reload("test");
        await Eventually.TrueAsync(() => next.HealthChecks > 1, () => gateway.Log);
        Assert.Equal("web-1", await client.GetStringAsync("/", Token));

        next.HealthStatus = 200;
        await gateway.AvailableAsync("web-2");
        Assert.Equal("web-2", await client.GetStringAsync("/", Token));
        finish.SetResult();
        Assert.Equal("late", await late);
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "Policy=Random", "'Random'" },
        { "Limits:Http2Streams=0", "Gateway:Limits:Http2Streams is 0; it must be from 1 to 1000." },
        { "Hots:0=www.foobar.com", "Hots" },
        { "BackendCaPath=/nowhere/ca.pem", "Gateway:BackendCaPath is \"/nowhere/ca.pem\", which cannot be used: there is no such file." },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Reload_OfWhatCannotBeUsed_ChangesNothing(string mistake, string expected)
    {
        TestBackend backend = await BackendAsync("web-1");
        await using TestGateway gateway = await StartAsync(Backends(backend));

        // The command line is above the file; what it sets, the file cannot.
        _file.Write([.. Backends(backend), "Forwarding:HeldAnswerBytes=1", mistake]);
        ReloadResult result = mistake.StartsWith("BackendCaPath", StringComparison.Ordinal)
            ? await WithMissingAuthorityAsync(gateway)
            : gateway.Reload.Reload("test");

        Assert.Equal(1, result.Generation);
        Assert.Contains(expected, Assert.Single(result.Errors), StringComparison.Ordinal);
        Assert.Contains("is refused, generation 1 stays in force", gateway.Log, StringComparison.Ordinal);
        using HttpClient client = gateway.Client();
        Assert.Equal("web-1", await client.GetStringAsync("/", Token));
        Assert.Contains("gateway_config_reloads_total{result=\"refused\"} 1", await gateway.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reload_OfAFileThatIsNoJson_NamesItAndTheLine()
    {
        TestBackend backend = await BackendAsync("web-1");
        await using TestGateway gateway = await StartAsync(Backends(backend));

        _file.WriteText("{\n  \"Gateway\": {\n");
        ReloadResult result = gateway.Reload.Reload("test");

        string error = Assert.Single(result.Errors);
        Assert.Contains(_file.Path, error, StringComparison.Ordinal);
        Assert.Contains("LineNumber: 2", error, StringComparison.Ordinal);
        using HttpClient client = gateway.Client();
        Assert.Equal("web-1", await client.GetStringAsync("/", Token));
    }

    /// <summary>Nobody calls for it: the watch sees that the content has changed.</summary>
    [Fact]
    public async Task Watch_OfAChangedFile_Reloads()
    {
        TestBackend backend = await BackendAsync("web-1");
        await using TestGateway gateway = await StartAsync(Backends(backend), "ReloadInterval=00:00:00.1");
        using HttpClient client = gateway.Client();
        using StringContent body = new(new string('x', 100));
        using (HttpResponseMessage before = await client.PostAsync(new Uri("/", UriKind.Relative), body, Token))
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        _file.Write([.. Backends(backend), "Limits:RequestBodyBytes=10", "HttpsPort=1"]);
        await Eventually.TrueAsync(() => gateway.Log.Contains("generation 2 is in force", StringComparison.Ordinal), () => gateway.Log);

        using StringContent again = new(new string('x', 100));
        using HttpResponseMessage after = await client.PostAsync(new Uri("/", UriKind.Relative), again, Token);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, after.StatusCode);
        Assert.Contains("a file changed", gateway.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reload_OfWhatNeedsARestart_SaysSo()
    {
        TestBackend backend = await BackendAsync("web-1");
        await using TestGateway gateway = await StartAsync(Backends(backend));

        _file.Write([.. Backends(backend), "AccessLog:Capacity=100", "AcmeWebroot=/var/acme"]);
        ReloadResult result = gateway.Reload.Reload("test");

        Assert.Equal(["Gateway:AcmeWebroot", "Gateway:AccessLog:Capacity"], result.NeedRestart);
        Assert.Contains("take effect at the next start only: Gateway:AcmeWebroot, Gateway:AccessLog:Capacity", gateway.Log, StringComparison.Ordinal);

        // They wait on: nothing has restarted.
        Assert.Equal(["Gateway:AcmeWebroot", "Gateway:AccessLog:Capacity"], gateway.Reload.Reload("test").NeedRestart);
        _file.Write(Backends(backend));
        Assert.Empty(gateway.Reload.Reload("test").NeedRestart);
    }

    /// <summary>Every one of them stays as it is, the others change.</summary>
    [Fact]
    public void Options_ThatNeedARestart_AreKeptAsTheyAre()
    {
        GatewayOptions running = new();
        GatewayOptions next = new()
        {
            HttpsPort = 1,
            HttpPort = 2,
            Http3 = true,
            AcmeWebroot = "/a",
            StatePath = "/b",
            ReloadInterval = TimeSpan.FromMinutes(1),
        };
        next.Addresses.Add("192.0.2.1");
        next.Drain.Delay = next.Drain.Timeout = next.Forwarding.ConnectTimeout = next.Forwarding.IdleConnectionTimeout = TimeSpan.FromSeconds(1.5);
        next.Forwarding.ConnectionLifetime = next.Limits.TlsHandshakeTimeout = TimeSpan.FromSeconds(1.5);
        next.Limits.RequestBufferBytes = next.Limits.ResponseBufferBytes = next.Limits.UnsentBytes = next.AccessLog.Capacity = 12_345;

        IReadOnlyList<string> kept = RestartOptions.Keep(running, next);

        Assert.Equal(
            "Addresses HttpsPort HttpPort Http3 AcmeWebroot StatePath Drain:Delay Drain:Timeout Forwarding:ConnectTimeout Forwarding:IdleConnectionTimeout "
            + "Forwarding:ConnectionLifetime Limits:TlsHandshakeTimeout Limits:RequestBufferBytes Limits:ResponseBufferBytes Limits:UnsentBytes AccessLog:Capacity",
            string.Join(' ', kept.Select(key => key["Gateway:".Length..])));
        Assert.Equal(TimeSpan.FromMinutes(1), next.ReloadInterval);
        // Redirects point at the port that is listened on.
        Assert.Equal(running.HttpsPort, new GatewaySettings(2, next).RedirectPort);
        next.ReloadInterval = running.ReloadInterval;
        Assert.Equal(JsonSerializer.Serialize(running), JsonSerializer.Serialize(next));
    }

    [Fact]
    public async Task Start_WithASettingsFileThatIsMissing_NamesIt()
    {
        TestBackend backend = await BackendAsync("web-1");

        GatewayConfigurationException missing = await Assert.ThrowsAsync<GatewayConfigurationException>(
            () => TestGateway.StartAsync(_certificates, [backend], "--SettingsFile=/nowhere/gateway.json"));
        GatewayConfigurationException relative = await Assert.ThrowsAsync<GatewayConfigurationException>(
            () => TestGateway.StartAsync(_certificates, [backend], "--SettingsFile=gateway.json"));

        Assert.Equal(["SettingsFile is \"/nowhere/gateway.json\"; there is no such file."], missing.Errors);
        Assert.Equal(["SettingsFile is \"gateway.json\"; it must be an absolute path."], relative.Errors);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (TestBackend backend in _backends)
            await backend.DisposeAsync();
        _file.Dispose();
        _certificates.Dispose();
    }

    /// <summary>The authority's path is an argument of the test's gateway: the file itself goes and comes back.</summary>
    private async Task<ReloadResult> WithMissingAuthorityAsync(TestGateway gateway)
    {
        string authority = await File.ReadAllTextAsync(_certificates.AuthorityPath, Token);
        File.Delete(_certificates.AuthorityPath);
        ReloadResult result = gateway.Reload.Reload("test");
        await File.WriteAllTextAsync(_certificates.AuthorityPath, authority, Token);
        return result with { Errors = [.. result.Errors.Select(error => error.Replace(_certificates.AuthorityPath, "/nowhere/ca.pem", StringComparison.Ordinal))] };
    }

    private async Task<TestBackend> BackendAsync(string name)
    {
        TestBackend backend = await TestBackend.StartAsync(name, _certificates.Issue("127.0.0.1"));
        backend.Handler = Named(backend);
        _backends.Add(backend);
        return backend;
    }

    private Task<TestGateway> StartAsync(IEnumerable<string> backends, params IEnumerable<string> settings)
    {
        _file.Write(backends);
        return TestGateway.StartAsync(_certificates, Array.Empty<TestBackend>(), [_file.Argument, .. settings]);
    }

    private static Microsoft.AspNetCore.Http.RequestDelegate Named(TestBackend backend) => context =>
    {
        context.Response.ContentLength = backend.Name.Length;
        return Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, backend.Name);
    };

    private static IEnumerable<string> Backends(params TestBackend[] backends) =>
        backends.SelectMany((backend, i) => new[] { $"Backends:{i}:Name={backend.Name}", $"Backends:{i}:Url={backend.Url}" });

    private static async Task<List<string>> VisitAsync(HttpClient client, CancellationToken stop)
    {
        List<string> answers = [];
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using HttpResponseMessage answer = await client.GetAsync(new Uri("/", UriKind.Relative), stop);
                answers.Add(answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync(stop) : answer.StatusCode.ToString());
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The test has seen enough.
            }
        }

        return answers;
    }
}
