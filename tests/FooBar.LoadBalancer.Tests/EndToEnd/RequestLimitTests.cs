using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Limits;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>Requests that are one too many: refused before a backend is claimed, with the time to come again.</summary>
public sealed class RequestLimitTests : IAsyncDisposable
{
    private static readonly IPAddress Attacker = IPAddress.Parse("127.0.0.2");
    private static readonly IPAddress Other = IPAddress.Parse("127.0.0.3");

    private readonly TestCertificates _certificates = new();
    private readonly SettingsFile _file = new();
    private TestBackend? _backend;
    private TestGateway? _gateway;

    private static CancellationToken Token => Eventually.Limit;

    private TestGateway Gateway => _gateway!;

    private TestBackend Backend => _backend!;

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Backend.DisposeAsync();
        _file.Dispose();
        _certificates.Dispose();
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Client_ThatAsksTooFast_Gets429WithTheTimeToWait(string version)
    {
        await StartAsync("RequestsPerClient=1", "RequestBurst=3");
        using HttpClient attacker = Gateway.Client(Version.Parse(version), from: Attacker);
        List<HttpStatusCode> statuses = [];
        for (int i = 0; i < 4; i++)
        {
            using HttpResponseMessage response = await attacker.GetAsync($"/{i}", Token);
            statuses.Add(response.StatusCode);
            if (response.StatusCode != HttpStatusCode.TooManyRequests)
                continue;
            Assert.Equal(new RetryConditionHeaderValue(TimeSpan.FromSeconds(1)), response.Headers.RetryAfter);
            Assert.Single(response.Headers.GetValues("X-Request-Id"));
            JsonElement problem = await response.Content.ReadFromJsonAsync<JsonElement>(Token);
            Assert.Equal(("Too Many Requests", 429), (problem.GetProperty("title").GetString(), problem.GetProperty("status").GetInt32()));
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests], statuses);
        Assert.Equal(3, Backend.Requests);
        JsonElement line = await Gateway.AccessLogAsync("/3");
        Assert.Equal((429, "shed", "rate", 0), (
            line.GetProperty("status").GetInt32(),
            line.GetProperty("end").GetString(),
            line.GetProperty("reason").GetString(),
            line.GetProperty("tries").GetInt32()));
        Assert.False((await Gateway.AccessLogAsync("/0")).TryGetProperty("reason", out _));

        // Another connection of the same client has no bucket of its own; another client has.
        using HttpClient again = Gateway.Client(from: Attacker);
        using HttpClient other = Gateway.Client(from: Other);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await again.GetAsync("/", Token)).StatusCode);
        Assert.Equal("hello", await other.GetStringAsync("/", Token));
        await ShedAsync(ShedReason.Rate, 2);
    }

    /// <summary>As many refusals as requests are free; after that the connection is cut, whatever it is used for besides.</summary>
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Client_ThatGoesOnAskingAfterThat_IsCut(string version)
    {
        await StartAsync("RequestsPerClient=1", "RequestBurst=5");
        using HttpClient attacker = Gateway.Client(Version.Parse(version), from: Attacker);
        List<HttpStatusCode?> statuses = [];
        for (int i = 0; i < 30 && statuses is not [.., null]; i++)
        {
            try
            {
                using HttpResponseMessage response = await attacker.GetAsync("/", Token);
                statuses.Add(response.StatusCode);
            }
            catch (HttpRequestException)
            {
                statuses.Add(null);
            }
        }

        Assert.InRange(statuses.Count(status => status == HttpStatusCode.OK), 5, 10);
        Assert.InRange(statuses.Count(status => status == HttpStatusCode.TooManyRequests), 5, 10);
        Assert.Null(statuses[^1]);
        await ShedAsync(ShedReason.Flood, 1);
        await Eventually.TrueAsync(() => Gateway.Log.Contains("'flood'", StringComparison.Ordinal), () => Gateway.Log);
        await Gateway.IdleAsync();
        Assert.Equal(0, Gateway.Occupancy.Requests);
    }

    [Fact]
    public async Task Client_ThatIsAllowed_HasNoRate()
    {
        await StartAsync("RequestsPerClient=1", "RequestBurst=1", "InFlightPerClient=1", "Allow:0=127.0.0.2/31");
        using HttpClient attacker = Gateway.Client(from: Attacker);

        for (int i = 0; i < 10; i++)
            Assert.Equal("hello", await attacker.GetStringAsync("/", Token));
    }

    [Theory]
    [InlineData("InFlight=2", "1.1", HttpStatusCode.ServiceUnavailable, "in_flight")]
    [InlineData("InFlight=2", "2.0", HttpStatusCode.ServiceUnavailable, "in_flight")]
    [InlineData("InFlightPerClient=2", "1.1", HttpStatusCode.TooManyRequests, "in_flight_per_client")]
    [InlineData("InFlightPerClient=2", "2.0", HttpStatusCode.TooManyRequests, "in_flight_per_client")]
    public async Task Requests_InHand_AreBounded_AndCountedOutHoweverTheyEnd(string setting, string version, HttpStatusCode expected, string reason)
    {
        await StartAsync(setting);
        TaskCompletionSource finish = new();
        Backend.Handler = async context =>
        {
            if (context.Request.Path != "/now")
                await finish.Task.WaitAsync(context.RequestAborted);
            if (context.Request.Path == "/broken")
                context.Abort();
            await context.Response.WriteAsync("hello");
        };
        using HttpClient attacker = Gateway.Client(Version.Parse(version), from: Attacker);
        using HttpClient other = Gateway.Client(from: Other);
        using CancellationTokenSource leave = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<HttpResponseMessage> left = attacker.GetAsync("/left", leave.Token);
        Task<HttpResponseMessage> broken = attacker.GetAsync("/broken", Token);
        await Eventually.TrueAsync(() => Backend.Requests == 2, () => Gateway.Log);

        using (HttpResponseMessage refused = await attacker.GetAsync("/now", Token))
        {
            Assert.Equal(expected, refused.StatusCode);
            Assert.Equal(new RetryConditionHeaderValue(TimeSpan.FromSeconds(1)), refused.Headers.RetryAfter);
        }

        Assert.Equal(reason, (await Gateway.AccessLogAsync("/now")).GetProperty("reason").GetString());
        using (HttpResponseMessage answer = await other.GetAsync("/now", Token))
            Assert.Equal(reason == "in_flight" ? expected : HttpStatusCode.OK, answer.StatusCode);

        // One is left by the client, one is torn by the backend.
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        await Eventually.TrueAsync(() => Gateway.Occupancy.Requests == 1, () => $"{Gateway.Occupancy.Requests} in hand\n{Gateway.Log}");
        finish.SetResult();
        using (HttpResponseMessage torn = await broken)
            Assert.Equal(HttpStatusCode.BadGateway, torn.StatusCode);
        await Eventually.TrueAsync(() => Gateway.Occupancy.Requests == 0, () => $"{Gateway.Occupancy.Requests} in hand\n{Gateway.Log}");
        Assert.Equal("hello", await attacker.GetStringAsync("/now", Token));
        Assert.Equal("hello", await attacker.GetStringAsync("/now", Token));
        Assert.Contains("gateway_in_flight 0\n", await Gateway.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirects_CountLikeAnyRequest()
    {
        await StartAsync("RequestsPerClient=1", "RequestBurst=1");
        using HttpClient attacker = Gateway.Client(from: Attacker);

        Assert.Equal(HttpStatusCode.PermanentRedirect, (await attacker.GetAsync("http://localhost/", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await attacker.GetAsync("http://localhost/", Token)).StatusCode);
    }

    [Fact]
    public async Task Reload_OfALimit_HoldsForAConnectionThatIsThere()
    {
        await StartAsync();
        using HttpClient attacker = Gateway.Client(from: Attacker);
        for (int i = 0; i < 3; i++)
            Assert.Equal("hello", await attacker.GetStringAsync("/", Token));

        _file.Write("Limits:RequestBurst=1", "Limits:RequestsPerClient=1");
        Gateway.Reload.Reload("test");

        // The first one, or the second, as long ago as the three are. One more after that would be cut.
        HttpStatusCode status = (await attacker.GetAsync("/", Token)).StatusCode;
        if (status == HttpStatusCode.OK)
            status = (await attacker.GetAsync("/", Token)).StatusCode;
        Assert.Equal(HttpStatusCode.TooManyRequests, status);

        _file.Write("Limits:RequestBurst=1", "Limits:RequestsPerClient=1", "Limits:Allow:1=127.0.0.2");
        ReloadResult result = Gateway.Reload.Reload("test");
        Assert.Equal(["Gateway:Limits:Allow:0 is \"none\"; it must be an IP address, or a network as ADDRESS/BITS with no bit set after the first BITS."], result.Errors);
    }

    private async Task StartAsync(params IEnumerable<string> limits)
    {
        _backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"));
        _file.Write();
        string[] settings = [_file.Argument, .. limits.Select(limit => $"Limits:{limit}")];
        if (!settings.Any(setting => setting.StartsWith("Limits:Allow", StringComparison.Ordinal)))
            settings = [.. settings, "Limits:Allow:0=none"];
        _gateway = await TestGateway.StartAsync(_certificates, [_backend], settings);
    }

    private async Task ShedAsync(ShedReason reason, int count) =>
        Assert.Contains($"gateway_shed_total{{reason=\"{reason.Text()}\"}} {count}\n", await Gateway.ScrapeAsync(), StringComparison.Ordinal);
}
