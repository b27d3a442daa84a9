using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>Who is let in to the admin API, and what the audit log says of everybody.</summary>
public sealed class AdminAccessTests : IAsyncDisposable
{
    private const string Status = "/gateway/v1/status";

    private readonly TestCertificates _certificates = new();
    private readonly AdminClient _operator = new();

    [Fact]
    public async Task Api_WithoutATokenFile_IsOffAndSaysSo()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(_certificates, [("web-1", "https://127.0.0.1:1")]);

        AdminReply reply = await _operator.GetAsync(gateway, Status);

        Assert.Equal((404, "The admin API is off", "Gateway:Admin:TokenPath is not set."), (reply.Status, reply["title"], reply["detail"]));
        Assert.Contains("AdminApi[1704] The admin API is off: Gateway:Admin:TokenPath is not set", gateway.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Api_OnTheVisitorsPorts_DoesNotExist()
    {
        await using Arrangement arrangement = await Arrangement.StartAsync(_operator.TokenSetting);
        using HttpClient client = arrangement.Gateway.Client();
        using HttpRequestMessage request = new(HttpMethod.Get, Status);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _operator.Token);

        using HttpResponseMessage response = await client.SendAsync(request, Eventually.Limit);

        // It is a path of the site, like any other.
        Assert.Equal("hello", await response.Content.ReadAsStringAsync(Eventually.Limit));
    }

    public static TheoryData<string, int, string> Refused => new()
    {
        { "no token", 401, "The token is missing or wrong" },
        { "another token", 401, "The token is missing or wrong" },
        { "a password", 401, "The token is missing or wrong" },
        { "another scheme", 401, "The token is missing or wrong" },
        { "two tokens", 401, "The token is missing or wrong" },
        { "the token as a parameter", 401, "The token is missing or wrong" },
        { "a page of another site", 403, "Pages in a browser are not let in" },
        { "a page without an origin", 403, "Pages in a browser are not let in" },
        { "a page of this address", 403, "Pages in a browser are not let in" },
        { "a link in a page", 403, "Pages in a browser are not let in" },
        { "a rebound name", 421, "This is not the admin port's address" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Request_ThatIsNotLetIn_ChangesNothingAndIsAudited(string kind, int status, string title)
    {
        await using Arrangement arrangement = await Arrangement.StartAsync(_operator.TokenSetting);
        TestGateway gateway = arrangement.Gateway;
        string path = "/gateway/v1/backends/web-1/state" + (kind == "the token as a parameter" ? $"?access_token={_operator.Token}" : "");

        AdminReply reply = await _operator.SendAsync(gateway, "PUT", path, """{"state": "drain"}""", request => Disguise(request, kind));

        Assert.Equal((status, "application/problem+json", title), (reply.Status, reply.ContentType, reply["title"]));
        Assert.Equal(status == 401 ? "Bearer realm=\"gateway\"" : null, reply.Headers.GetValueOrDefault("WWW-Authenticate"));
        Assert.Equal(2, gateway.Pool.Available.Length);
        JsonElement line = Assert.Single(gateway.Audit);
        Assert.Equal(
            ("refused", status, "127.0.0.1", "PUT /gateway/v1/backends/web-1/state", title, reply["requestId"]),
            (Text(line, "result"), line.GetProperty("status").GetInt32(), Text(line, "address"), Text(line, "request"), Text(line, "detail"), Text(line, "request_id")));
        Assert.Equal(kind == "another token" || status != 401, Text(line, "token") is not null);
        Assert.DoesNotContain(gateway.AccessLogLines, text => text.Contains(_operator.Token, StringComparison.Ordinal) || text.Contains("hunter2", StringComparison.Ordinal));

        // The framework's own line about each request, with its query, is off in service.
        Assert.DoesNotContain(gateway.Log.Split(Environment.NewLine), line =>
            line.Contains(_operator.Token, StringComparison.Ordinal) && !line.Contains(" Microsoft.AspNetCore.Hosting.Diagnostics[", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("the scheme in other case")]
    [InlineData("localhost")]
    [InlineData("typed into a browser")]
    public async Task Request_OfAnOperator_IsLetIn(string kind)
    {
        await using Arrangement arrangement = await Arrangement.StartAsync(_operator.TokenSetting);

        AdminReply reply = await _operator.SendAsync(arrangement.Gateway, "GET", Status, null, request => Disguise(request, kind));

        Assert.Equal(200, reply.Status);
    }

    [Fact]
    public async Task Audit_OfAnAction_SaysWhoWhatFromToAndWhy()
    {
        await using Arrangement arrangement = await Arrangement.StartAsync(_operator.TokenSetting);
        TestGateway gateway = arrangement.Gateway;

        AdminReply drained = await _operator.OrderAsync(gateway, "web-1", "drain");
        AdminReply refused = await _operator.OrderAsync(gateway, "web-2", "drain");
        await _operator.GetAsync(gateway, "/gateway/v1/backends");
        await _operator.SendAsync(gateway, "POST", "/gateway/v1/reload", """{"reason": "new names"}""");
        await _operator.SendAsync(gateway, "DELETE", "/gateway/v1/backends/web-1");

        string token = Text(gateway.Audit[0], "token")!;
        Assert.Equal(
            [
                $"{drained["requestId"] ?? drained.Headers["X-Request-Id"]} 127.0.0.1 {token} state web-1 ready drain 'a test' done 200",
                $"{refused["requestId"]} 127.0.0.1 {token} state web-2   'a test' refused 409",
            ],
            gateway.Audit.Take(2).Select(Words));
        Assert.Equal(
            [$"127.0.0.1 {token} reload  1 2 'new names' done 200", $"127.0.0.1 {token}  web-1   '' refused 405"],
            gateway.Audit.Skip(2).Select(line => Words(line)[33..]));
        Assert.Equal(
            ["log", "timestamp", "request_id", "client", "address", "token", "request", "action", "target", "before", "after", "reason", "result", "status", "detail"],
            gateway.Audit[0].EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task Attempts_InAFlood_AreCountedAndTheOperatorIsLetInAllTheSame()
    {
        await using Arrangement arrangement = await Arrangement.StartAsync(_operator.TokenSetting);
        TestGateway gateway = arrangement.Gateway;
        AdminReply[] replies = await Task.WhenAll(
            Enumerable.Range(0, 100).Select(_ => _operator.SendAsync(gateway, "GET", Status, null, request => Disguise(request, "another token"))));

        // Ten, and one more for each second that it took.
        int told = replies.Count(reply => reply.Status == 401);
        Assert.InRange(told, 10, 99);
        Assert.All(replies.Where(reply => reply.Status != 401), reply => Assert.Equal((429, "1"), (reply.Status, reply.Headers["Retry-After"])));
        Assert.Equal(told, gateway.Audit.Count);
        Assert.Equal(200, (await _operator.GetAsync(gateway, Status)).Status);
    }

    [Fact]
    public async Task Token_Rotated_HoldsFromTheReloadOn()
    {
        await using Arrangement arrangement = await Arrangement.StartAsync(_operator.TokenSetting, "ReloadInterval=00:00:00");
        string old = _operator.Token;
        _operator.Rotate();
        Assert.Equal(401, (await _operator.GetAsync(arrangement.Gateway, Status)).Status);

        AdminReply reload = await _operator.SendAsync(arrangement.Gateway, "POST", "/gateway/v1/reload", null, request => Show(request, old));

        Assert.Equal(200, reload.Status);
        Assert.Equal(200, (await _operator.GetAsync(arrangement.Gateway, Status)).Status);
        Assert.Equal(401, (await _operator.SendAsync(arrangement.Gateway, "GET", Status, null, request => Show(request, old))).Status);
    }

    [Fact]
    public async Task Token_Rotated_IsSeenByTheWatch()
    {
        await using Arrangement arrangement = await Arrangement.StartAsync(_operator.TokenSetting, "ReloadInterval=00:00:00.1");

        _operator.Rotate();
        await Eventually.TrueAsync(() => arrangement.Gateway.Log.Contains("generation 2 is in force", StringComparison.Ordinal), () => arrangement.Gateway.Log);

        Assert.Equal(200, (await _operator.GetAsync(arrangement.Gateway, Status)).Status);
    }

    [Fact]
    public async Task Reload_OfWhatCannotBeUsed_IsAnsweredWithTheReasonsAndKeepsTheOld()
    {
        await using Arrangement arrangement = await Arrangement.StartAsync(_operator.TokenSetting, "ReloadInterval=00:00:00");
        string old = _operator.Token;
        _operator.WriteToken("secret");

        AdminReply reply = await _operator.SendAsync(arrangement.Gateway, "POST", "/gateway/v1/reload", null, request => Show(request, old));

        Assert.Equal((422, "The new configuration is refused"), (reply.Status, reply["title"]));
        Assert.Equal(
            [$"Gateway:Admin:TokenPath is \"{_operator.TokenPath}\", which cannot be used: it holds 6 characters and must hold 43 to 512; openssl rand -hex 32 makes a good one."],
            reply.Json.GetProperty("errors").EnumerateArray().Select(error => error.GetString()));
        Assert.Equal("1", (await _operator.SendAsync(arrangement.Gateway, "GET", Status, null, request => Show(request, old)))["generation"]);
    }

    [Fact]
    public async Task Caller_OnTheNetwork_IsNamedByItsCertificateAndNeedsTheTokenToo()
    {
        using X509Certificate2 server = _certificates.Issue("127.0.0.1", "edge-1");
        (string certificatePath, string keyPath) = _certificates.Write(server);
        await using TestBackend backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"));
        await using TestGateway gateway = await TestGateway.StartAsync(
            _certificates,
            [backend],
            _operator.TokenSetting,
            $"--Admin:CertificatePath={certificatePath}",
            $"--Admin:KeyPath={keyPath}",
            $"--Admin:ClientCaPath={_certificates.AuthorityPath}",
            "--Admin:AllowedClients:0=collector",
            "--Admin:AllowedClients:1=operator");
        using X509Certificate2 certificate = _certificates.IssueForClient("operator");
        SocketsHttpHandler handler = new() { SslOptions = TestGateway.Trusting(_certificates.Authority) };
        handler.SslOptions.ClientCertificates = [certificate];

        // The name that it verifies is that of the Host header, which is what varies here.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, errors) => errors is SslPolicyErrors.None or SslPolicyErrors.RemoteCertificateNameMismatch;
        using HttpClient http = new(handler) { BaseAddress = gateway.Admin };

        async Task<HttpStatusCode> ReloadAsync(string token, string host)
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "/gateway/v1/reload");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            request.Headers.Host = host;
            using HttpResponseMessage response = await http.SendAsync(request, Eventually.Limit);
            return response.StatusCode;
        }

        Assert.Equal(HttpStatusCode.OK, await ReloadAsync(_operator.Token, "edge-1:9600"));
        Assert.Equal(HttpStatusCode.Unauthorized, await ReloadAsync(new string('0', 64), "edge-1"));
        Assert.Equal(HttpStatusCode.MisdirectedRequest, await ReloadAsync(_operator.Token, "edge-2"));
        Assert.Equal(["operator done", "operator refused", "operator refused"], gateway.Audit.Select(line => $"{Text(line, "client")} {Text(line, "result")}"));
    }

    public ValueTask DisposeAsync()
    {
        _operator.Dispose();
        _certificates.Dispose();
        return ValueTask.CompletedTask;
    }

    private static void Show(HttpRequestMessage request, string token) => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);

    private static void Disguise(HttpRequestMessage request, string kind)
    {
        string token = request.Headers.Authorization!.Parameter!;
        HttpRequestHeaders headers = request.Headers;
        switch (kind)
        {
            case "no token" or "the token as a parameter":
                headers.Authorization = null;
                break;
            case "another token":
                Show(request, new string([.. token.Reverse()]));
                break;
            case "a password":
                Show(request, "hunter2");
                break;
            case "another scheme":
                headers.Authorization = new AuthenticationHeaderValue("Basic", token);
                break;
            case "two tokens":
                headers.Authorization = null;
                headers.TryAddWithoutValidation("Authorization", [$"Bearer {token}", $"Bearer {token}"]);
                break;
            case "the scheme in other case":
                headers.Authorization = new AuthenticationHeaderValue("bearer", token);
                break;
            case "a page of another site":
                headers.Add("Origin", "https://evil.example");
                break;
            case "a page without an origin":
                headers.Add("Origin", "null");
                break;
            case "a page of this address":
                headers.Add("Sec-Fetch-Site", "same-origin");
                break;
            case "a link in a page":
                headers.Add("Sec-Fetch-Site", "cross-site");
                break;
            case "typed into a browser":
                headers.Add("Sec-Fetch-Site", "none");
                break;
            case "a rebound name":
                headers.Host = "rebound.example:9600";
                break;
            case "localhost":
                headers.Host = "localhost:9600";
                break;
            default:
                throw new ArgumentException(kind, nameof(kind));
        }
    }

    private static string Words(JsonElement line) =>
        $"{Text(line, "request_id")} {Text(line, "address")} {Text(line, "token")} {Text(line, "action")} {Text(line, "target")} {Text(line, "before")} {Text(line, "after")} "
        + $"'{Text(line, "reason")}' {Text(line, "result")} {line.GetProperty("status")}";

    private static string? Text(JsonElement line, string member) => line.GetProperty(member).GetString();
}
