using System.Text.Json;
using FooBar.LoadBalancer.Tests.Strictness.Http2;
using FooBar.LoadBalancer.Tests.Strictness.Wire;
using FooBar.LoadBalancer.Tests.Support;

namespace FooBar.LoadBalancer.Tests.Strictness;

/// <summary>What the server refuses before the gateway sees it is answered, logged and counted all the same.</summary>
public sealed class ServerRefusalTests
{
    private static CancellationToken Token => Eventually.Limit;

    [Fact]
    public async Task RequestThatCannotBeRead_HasAPageALineAndACount()
    {
        await using Arrangement site = await Arrangement.StartAsync();

        WireAnswer answer = await AskAsync(site, "GET /x HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nX A: b\r\n\r\n");

        Assert.Equal((400, "text/html; charset=utf-8", "no-store", "close"), (answer.Status, answer["Content-Type"], answer["Cache-Control"], answer["Connection"]));
        string id = answer["X-Request-Id"]!;
        Assert.Contains($"<code>{id}</code>", answer.Text, StringComparison.Ordinal);
        JsonElement line = await new AccessLogIndex(site.Gateway).LineAsync(id);
        Assert.Equal("GET /x refused malformed 127.0.0.1", string.Join(' ', Each(line, "method", "path", "end", "reason", "client")));
        Assert.StartsWith("Invalid request header", line.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal((400, 0, answer.Body.Length), (line.GetProperty("status").GetInt32(), line.GetProperty("tries").GetInt32(), line.GetProperty("bytes").GetInt32()));
        string metrics = await site.Gateway.ScrapeAsync();
        Assert.Contains("gateway_refused_total{reason=\"malformed\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("gateway_requests_total{backend=\"none\",outcome=\"refused\"} 1", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProblemForAProgram_IsJson()
    {
        await using Arrangement site = await Arrangement.StartAsync();

        WireAnswer answer = await AskAsync(site, $"GET /{new string('a', 9000)} HTTP/1.1\r\n\r\n");

        Assert.Equal((414, "application/problem+json"), (answer.Status, answer["Content-Type"]));
        using JsonDocument problem = JsonDocument.Parse(answer.Text);
        Assert.Equal("URI Too Long", problem.RootElement.GetProperty("title").GetString());
        Assert.Equal(answer["X-Request-Id"], problem.RootElement.GetProperty("requestId").GetString());
    }

    [Fact]
    public async Task HeadThatCannotBeRead_IsAnsweredWithoutABody()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        await using RawClient client = await ConnectAsync(site);

        await client.SendAsync("HEAD / HTTP/1.1\r\nHost: localhost\r\nX A: b\r\n\r\n", Token);
        WireAnswer? answer = await client.ReadAsync(toHead: true, Token);

        Assert.Equal(400, answer?.Status);
        Assert.NotEqual("0", answer!["Content-Length"]);
        Assert.Null(await client.ReadAsync(toHead: true, Token));
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET /slow HTTP/1.1\r\nHost: local")]
    public async Task HeadThatDoesNotCome_IsGivenUpInTime(string half)
    {
        await using Arrangement site = await Arrangement.StartAsync("Limits:RequestHeadersTimeout=00:00:01", "Limits:KeepAliveTimeout=00:00:01");
        await using RawClient client = await ConnectAsync(site);

        await client.SendAsync(half, Token);
        WireAnswer? answer = await client.ReadAsync(toHead: false, Token);

        if (half.Length == 0)
        {
            Assert.Null(answer);
            Assert.Empty(site.Gateway.AccessLogLines);
            return;
        }

        Assert.Equal(408, answer?.Status);
        JsonElement line = await new AccessLogIndex(site.Gateway).LineAsync(answer!["X-Request-Id"]!);
        Assert.Equal("refused too-slow", string.Join(' ', Each(line, "end", "reason")));
        Assert.Null(await client.ReadAsync(toHead: false, Token));
    }

    [Fact]
    public async Task AdminPort_HasNoAccessLog()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        await using RawClient client = await RawClient.ConnectPlainAsync(site.Gateway.Admin.Port, Token);

        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\nX A: b\r\n\r\n", Token);

        Assert.Equal(400, (await client.ReadAsync(toHead: false, Token))?.Status);
        await AskAsync(site, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await site.Gateway.AccessLogAsync("/");
        Assert.Single(site.Gateway.AccessLogLines);
        Assert.DoesNotContain("gateway_refused_total{", await site.Gateway.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RefusalsOfTheGateway_AreCountedByReason()
    {
        await using Arrangement site = await Arrangement.StartAsync();

        foreach (string request in (string[])["GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET / HTTP/1.1\r\nHost: other.example\r\n\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\nX_A: b\r\n\r\n"])
            await new AccessLogIndex(site.Gateway).LineAsync((await AskAsync(site, request))["X-Request-Id"]!);

        string metrics = await site.Gateway.ScrapeAsync();
        Assert.All(
            (string[])["inner-page", "host-not-served", "header-name"],
            reason => Assert.Contains($"gateway_refused_total{{reason=\"{reason}\"}} 1", metrics, StringComparison.Ordinal));
    }

    /// <summary>A 200 opens a WebSocket over HTTP/2, and not over HTTP/1.1: the backend has not opened one.</summary>
    [Fact]
    public async Task WebSocketOverHttp2_ThatTheBackendAnswersAsARequest_IsNotOpened()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        await using Http2Client client = await Http2Client.ConnectAsync(site.Gateway.HttpsPort, site.Certificates.Authority, "localhost", Token);

        await client.SendAsync([Http2Case.Head(1, endStream: false, [.. Http2Case.Usual("CONNECT"), (":protocol", "websocket"), ("sec-websocket-version", "13")])], Token);
        StreamEnd end = await client.ReadAsync(1, Token);

        Assert.Equal(502, end.Answer?.Status);
    }

    private static async Task<WireAnswer> AskAsync(Arrangement site, string request)
    {
        await using RawClient client = await ConnectAsync(site);
        await client.SendAsync(request, Token);
        return await client.ReadAsync(toHead: false, Token) ?? throw new WireException("no answer");
    }

    private static Task<RawClient> ConnectAsync(Arrangement site) =>
        RawClient.ConnectAsync(site.Gateway.HttpsPort, site.Certificates.Authority, "localhost", http2: false, Token);

    private static IEnumerable<string> Each(JsonElement line, params string[] names) => names.Select(name => AccessLogIndex.Text(line, name));
}
