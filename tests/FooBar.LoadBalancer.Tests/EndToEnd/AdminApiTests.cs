using System.Text;
using System.Text.Json;
using FooBar.LoadBalancer.Tests.Support;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>Every endpoint of the admin API, asked rightly and wrongly by somebody who may.</summary>
public sealed class AdminApiTests : IAsyncLifetime
{
    private readonly AdminClient _operator = new();
    private Arrangement _arrangement = null!;

    private TestGateway Gateway => _arrangement.Gateway;

    public async ValueTask InitializeAsync()
    {
        _arrangement = await Arrangement.StartAsync(_operator.TokenSetting, _operator.StateSetting);
        await Gateway.AvailableAsync("web-1", "web-2");
    }

    public async ValueTask DisposeAsync()
    {
        await _arrangement.DisposeAsync();
        _operator.Dispose();
    }

    [Fact]
    public async Task Backends_AreListedInTheirOrder()
    {
        AdminReply reply = await _operator.GetAsync(Gateway, "/gateway/v1/backends");

        Assert.Equal((200, "application/json", "no-store", "nosniff"), (reply.Status, reply.ContentType, reply.Headers["Cache-Control"], reply.Headers["X-Content-Type-Options"]));
        Assert.Equal(
            [$"web-1 {_arrangement.First.Url} ready up True 0", $"web-2 {_arrangement.Second.Url} ready up True 0"],
            reply.Json.GetProperty("backends").EnumerateArray().Select(backend =>
                string.Join(' ', ((string[])["name", "url", "state", "health", "takesRequests", "inFlight"]).Select(name => backend.GetProperty(name)))));
    }

    [Theory]
    [InlineData("web-1")]
    [InlineData("WEB-1")]
    public async Task Backend_ByName_IsOne(string name)
    {
        AdminReply reply = await _operator.GetAsync(Gateway, $"/gateway/v1/backends/{name}");

        Assert.Equal((200, "web-1", null), (reply.Status, reply["name"], reply["stateOrder"]));
        Assert.NotNull(reply["lastPassed"]);
    }

    [Fact]
    public async Task Head_OfABackend_IsGetWithoutABody()
    {
        AdminReply get = await _operator.GetAsync(Gateway, "/gateway/v1/certificates");
        AdminReply head = await _operator.SendAsync(Gateway, "HEAD", "/gateway/v1/certificates");

        Assert.Equal((200, "", get.Headers["Content-Length"]), (head.Status, head.Text, head.Headers["Content-Length"]));
    }

    [Fact]
    public async Task Status_SaysWhatRuns()
    {
        AdminReply reply = await _operator.GetAsync(Gateway, "/gateway/v1/status");

        Assert.Equal((200, "gateway", "1", "0", "2", "2", "False"), (
            reply.Status, reply["name"], reply["generation"], reply["inFlight"], reply["backends"], reply["availableBackends"], reply["stopping"]));
        Assert.Equal(("0", "0", "67108864"), (reply["cache.entries"], reply["cache.bytes"], reply["cache.limitBytes"]));
        Assert.Matches(@"^\d+\.\d+\.\d+", reply["version"]);
        Assert.True(reply.Json.GetProperty("uptimeSeconds").GetDouble() > 0);
    }

    [Fact]
    public async Task Certificates_AreThoseThatVisitorsAreShown()
    {
        AdminReply reply = await _operator.GetAsync(Gateway, "/gateway/v1/certificates");

        JsonElement certificate = Assert.Single(reply.Json.GetProperty("certificates").EnumerateArray());
        Assert.Equal(["www.foobar.com", "foobar.com", "localhost", "other.example", "127.0.0.1"], certificate.GetProperty("names").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal("CN=FooBar test authority", certificate.GetProperty("issuer").GetString());
        Assert.InRange(certificate.GetProperty("daysLeft").GetDouble(), 0.8, 1);
        Assert.Matches("^[0-9A-F]{64}$", certificate.GetProperty("sha256").GetString());
    }

    [Fact]
    public async Task State_Ordered_IsShownWithWhoAndWhy()
    {
        AdminReply reply = await _operator.SendAsync(Gateway, "PUT", "/gateway/v1/backends/web-1/state", """{"state": "drain", "reason": "a new kernel, naïve"}""");

        Assert.Equal((200, "drain", "ready", "True", null), (reply.Status, reply["backend.state"], reply["before"], reply["settled"], reply["notKept"]));
        Assert.Equal(("False", "up", "a new kernel, naïve"), (reply["backend.takesRequests"], reply["backend.health"], reply["backend.stateOrder.reason"]));
        Assert.Matches(@"^127\.0\.0\.1 \(token [0-9a-f]{8}\)$", reply["backend.stateOrder.by"]);
        Assert.Equal(
            reply.Json.GetProperty("backend").EnumerateObject().Select(member => member.Name),
            (await _operator.GetAsync(Gateway, "/gateway/v1/backends/web-1")).Json.EnumerateObject().Select(member => member.Name));
        Assert.Contains("gateway_admin_requests_total{action=\"state\",result=\"done\"} 1", await Gateway.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task State_ThatTakesOutTheLast_IsRefusedUnlessItIsMeant()
    {
        Assert.Equal(200, (await _operator.OrderAsync(Gateway, "web-1", "drain")).Status);

        AdminReply refused = await _operator.OrderAsync(Gateway, "web-2", "maintenance");
        Assert.Equal((409, "application/problem+json", "It is the last backend that takes requests"), (refused.Status, refused.ContentType, refused["title"]));
        Assert.Contains("--force", refused["detail"], StringComparison.Ordinal);
        Assert.Equal("ready", (await _operator.GetAsync(Gateway, "/gateway/v1/backends/web-2"))["state"]);

        AdminReply meant = await _operator.OrderAsync(Gateway, "web-2", "maintenance", force: true);
        Assert.Equal((200, "maintenance"), (meant.Status, meant["backend.state"]));
        Assert.Empty(Gateway.Pool.Available.ToArray());
    }

    [Fact]
    public async Task Weight_Ordered_IsShownAndTakenBack()
    {
        AdminReply reply = await PutWeightAsync("web-1", "50");
        Assert.Equal((200, "50", "100", "100", "0.333"), (
            reply.Status, reply["backend.weight"], reply["backend.configuredWeight"], reply["before"], reply["backend.trafficShare"]));
        Assert.Equal(("a test", null), (reply["backend.weightOrder.reason"], reply["backend.stateOrder"]));
        Assert.Equal(["weight web-1 100 50"], Gateway.Audit.Select(line => $"{line.GetProperty("action")} {line.GetProperty("target")} {line.GetProperty("before")} {line.GetProperty("after")}"));

        AdminReply back = await PutWeightAsync("web-1", "null");
        Assert.Equal(("100", "50"), (back["backend.weight"], back["before"]));
    }

    [Fact]
    public async Task Weight_OfNothing_IsLikeADrain()
    {
        Assert.Equal("False", (await PutWeightAsync("web-1", "0"))["backend.takesRequests"]);
        Assert.Equal(409, (await PutWeightAsync("web-2", "0")).Status);
        Assert.Equal(409, (await _operator.OrderAsync(Gateway, "web-2", "drain")).Status);
        Assert.Equal(200, (await PutWeightAsync("web-2", "0", "true")).Status);
        Assert.Empty(Gateway.Pool.Available.ToArray());
    }

    [Fact]
    public async Task Wait_OfADrain_EndsWithTheLastRequestOrWithItsTime()
    {
        TaskCompletionSource arrived = new();
        TaskCompletionSource finish = new();
        _arrangement.First.Handler = async _ =>
        {
            arrived.TrySetResult();
            await finish.Task;
        };
        _arrangement.Second.Handler = _ => Task.CompletedTask;
        using HttpClient client = Gateway.Client();
        Task<string[]> visits = Task.WhenAll(client.GetStringAsync("/", Eventually.Limit), client.GetStringAsync("/", Eventually.Limit));
        await arrived.Task.WaitAsync(Eventually.Limit);

        AdminReply inTime = await _operator.OrderAsync(Gateway, "web-1", "drain", wait: "1ms");
        Assert.Equal((200, "False", "1"), (inTime.Status, inTime["settled"], inTime["backend.inFlight"]));

        Task<AdminReply> waiting = _operator.OrderAsync(Gateway, "web-1", "drain", wait: "5m");
        await Eventually.TrueAsync(() => Gateway.Audit.Count == 2, () => Gateway.Log);
        Assert.False(waiting.IsCompleted);
        finish.SetResult();
        await visits;
        AdminReply settled = await waiting;
        Assert.Equal((200, "True", "0"), (settled.Status, settled["settled"], settled["backend.inFlight"]));
    }

    [Fact]
    public async Task Wait_InAGatewayThatIsAskedToEnd_EndsWithoutIt()
    {
        TaskCompletionSource arrived = new();
        TaskCompletionSource finish = new();
        _arrangement.First.Handler = async _ =>
        {
            arrived.TrySetResult();
            await finish.Task;
        };
        _arrangement.Second.Handler = _ => Task.CompletedTask;
        using HttpClient client = Gateway.Client();
        Task<string[]> visits = Task.WhenAll(client.GetStringAsync("/", Eventually.Limit), client.GetStringAsync("/", Eventually.Limit));
        await arrived.Task.WaitAsync(Eventually.Limit);
        Task<AdminReply> waiting = _operator.OrderAsync(Gateway, "web-1", "drain", wait: "5m");
        await Eventually.TrueAsync(() => Gateway.Audit.Count == 1, () => Gateway.Log);

        Gateway.AskToEnd();

        AdminReply reply = await waiting;
        Assert.Equal((200, "False", "1"), (reply.Status, reply["settled"], reply["backend.inFlight"]));
        Assert.Equal("True", (await _operator.GetAsync(Gateway, "/gateway/v1/status"))["stopping"]);
        finish.SetResult();
        await visits;
    }

    [Fact]
    public async Task Wait_OfReady_EndsWhenItTakesRequests()
    {
        _arrangement.First.HealthStatus = 500;
        await Gateway.AvailableAsync("web-2");
        await _operator.OrderAsync(Gateway, "web-1", "maintenance");
        AdminReply early = await _operator.OrderAsync(Gateway, "web-1", "ready", wait: "1ms");
        Assert.Equal(("False", "ready"), (early["settled"], early["backend.state"]));

        _arrangement.First.HealthStatus = 200;
        AdminReply back = await _operator.OrderAsync(Gateway, "web-1", "ready", wait: "5m");
        Assert.Equal(("True", "True"), (back["settled"], back["backend.takesRequests"]));
    }

    public static TheoryData<string, string, string?, int, string> Wrong => new()
    {
        { "GET", "/gateway/v1/backends/web-7", null, 404, "There is no backend 'web-7'. There are web-1, web-2." },
        { "PUT", "/gateway/v1/backends/web-7/state", "{\"state\": \"drain\"}", 404, "There is no backend 'web-7'. There are web-1, web-2." },
        { "GET", "/gateway/v1/backends/", null, 404, "There is no backend ''. There are web-1, web-2." },
        { "GET", "/gateway/", null, 404, "There are GET /gateway/v1/status, POST /gateway/v1/reload, " },
        { "GET", "/gateway/v2/status", null, 404, "There are GET /gateway/v1/status, " },
        { "GET", "/gateway/v1/Status", null, 404, "There are GET /gateway/v1/status, " },
        { "GET", "/gateway/v1/backends/*/state/x", null, 404, "There are GET /gateway/v1/status, " },
        { "POST", "/gateway/v1/status", null, 405, "Use GET, HEAD." },
        { "DELETE", "/gateway/v1/backends/web-1", null, 405, "Use GET, HEAD." },
        { "GET", "/gateway/v1/backends/web-1/state", null, 405, "Use PUT." },
        { "GET", "/gateway/v1/reload", null, 405, "Use POST." },
        { "GET", "/gateway/v1/backends?name=web-1", null, 400, "There is no parameter 'name'." },
        { "PUT", "/gateway/v1/backends/web-1/state?wiat=1s", "{\"state\": \"drain\"}", 400, "There is no parameter 'wiat'; there is wait." },
        { "PUT", "/gateway/v1/backends/web-1/state?wait=1", "{\"state\": \"drain\"}", 400, "Give it once, with a unit, such as 500ms, 30s or 5m; 10 m at most." },
        { "PUT", "/gateway/v1/backends/web-1/state", "", 400, "The input does not contain any JSON tokens" },
        { "PUT", "/gateway/v1/backends/web-1/state", "null", 400, "It is null." },
        { "PUT", "/gateway/v1/backends/web-1/state", "{}", 400, "missing required properties including: 'state'" },
        { "PUT", "/gateway/v1/backends/web-1/state", "{\"state\": \"off\"}", 400, "The JSON value could not be converted" },
        { "PUT", "/gateway/v1/backends/web-1/state", "{\"state\": 1}", 400, "The JSON value could not be converted" },
        { "PUT", "/gateway/v1/backends/web-1/state", "{\"State\": \"drain\"}", 400, "The JSON property 'State' could not be mapped" },
        { "PUT", "/gateway/v1/backends/web-1/state", "{\"state\": \"drain\", \"forced\": true}", 400, "The JSON property 'forced' could not be mapped" },
        { "PUT", "/gateway/v1/backends/web-1/state", "{\"state\": \"drain\", \"state\": \"ready\"}", 400, "Duplicate property 'state'" },
        { "PUT", "/gateway/v1/backends/web-1/state", "{\"state\": \"drain\"} x", 400, "'x' is invalid after a single JSON value" },
        { "PUT", "/gateway/v1/backends/web-1/state", "{\"state\": \"drain\", \"reason\": \"a\\nb\"}", 400, "It may have 200 characters and no control characters." },
        { "PUT", "/gateway/v1/backends/web-1/weight", "{\"weight\": 257}", 400, "Give a whole number from 0, which is for no requests, to 256, or null for the configured one." },
        { "PUT", "/gateway/v1/backends/web-1/weight", "{\"weight\": -1}", 400, "Give a whole number from 0, which is for no requests, to 256, or null for the configured one." },
        { "PUT", "/gateway/v1/backends/web-1/weight", "{\"weight\": 1.5}", 400, "The JSON value could not be converted" },
        { "PUT", "/gateway/v1/backends/web-1/weight", "{\"weight\": \"5\"}", 400, "The JSON value could not be converted" },
        { "PUT", "/gateway/v1/backends/web-1/weight", "{}", 400, "missing required properties including: 'weight'" },
        { "PUT", "/gateway/v1/backends/web-7/weight", "{\"weight\": 5}", 404, "There is no backend 'web-7'. There are web-1, web-2." },
        { "GET", "/gateway/v1/backends/web-1/weight", null, 405, "Use PUT." },
        { "POST", "/gateway/v1/reload", "{\"now\": true}", 400, "The JSON property 'now' could not be mapped" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Request_ThatIsWrong_IsAProblemThatNamesTheWayOut(string method, string path, string? body, int status, string detail)
    {
        AdminReply reply = await _operator.SendAsync(Gateway, method, path, body);

        Assert.Equal((status, "application/problem+json", "about:blank", $"{status}"), (reply.Status, reply.ContentType, reply["type"], reply["status"]));
        Assert.Contains(detail, reply["detail"], StringComparison.Ordinal);
        Assert.Equal(reply.Headers["X-Request-Id"], reply["requestId"]);
        Assert.Equal(status == 405 ? detail["Use ".Length..^1] : null, reply.Headers.GetValueOrDefault("Allow"));
        Assert.All(Gateway.Pool.All, backend => Assert.Equal(LoadBalancer.Balancing.AdminState.Ready, backend.AdminState));
    }

    [Theory]
    [InlineData("text/plain", 10, 415)]
    [InlineData("application/x-www-form-urlencoded", 10, 415)]
    [InlineData(null, 10, 415)]
    [InlineData("application/json", 4097, 413)]
    [InlineData("application/json", 4096, 200)]
    public async Task Body_OfAnotherKindOrSize_IsRefused(string? type, int length, int status)
    {
        foreach (bool isChunked in (bool[])[false, true])
        {
            AdminReply reply = await _operator.SendAsync(Gateway, "PUT", "/gateway/v1/backends/web-1/state", null, request =>
            {
                request.Content = new StreamContent(new MemoryStream(Encoding.ASCII.GetBytes("{\"state\":\"drain\"}".PadRight(length))));
                request.Content.Headers.ContentType = type is null ? null : new(type);
                request.Headers.TransferEncodingChunked = isChunked;
            });

            Assert.Equal(status, reply.Status);
        }
    }

    [Fact]
    public async Task Certificate_Replaced_IsShownAfterTheReload()
    {
        string before = (await _operator.GetAsync(Gateway, "/gateway/v1/certificates")).Json.GetProperty("certificates")[0].GetProperty("sha256").GetString()!;

        AdminReply reply = await _operator.SendAsync(Gateway, "POST", "/gateway/v1/reload");

        Assert.Equal((200, "2", "[]"), (reply.Status, reply["generation"], reply["needRestart"]));
        Assert.Equal(before, (await _operator.GetAsync(Gateway, "/gateway/v1/certificates")).Json.GetProperty("certificates")[0].GetProperty("sha256").GetString());
        Assert.Equal("2", (await _operator.GetAsync(Gateway, "/gateway/v1/status"))["generation"]);
    }

    private Task<AdminReply> PutWeightAsync(string backend, string weight, string force = "false") =>
        _operator.SendAsync(Gateway, "PUT", $"/gateway/v1/backends/{backend}/weight", $$"""{"weight": {{weight}}, "reason": "a test", "force": {{force}}}""");
}
