using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

public sealed class ForwardingTests
{
    private static CancellationToken Token => Eventually.Limit;

    public static TheoryData<string> Versions => ["1.1", "2.0"];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Headers_ThatSpeakForTheClient_AreOverwritten(string version)
    {
        await using Arrangement site = await Arrangement.StartAsync();
        Dictionary<string, string> seen = new(StringComparer.OrdinalIgnoreCase);
        site.Handle(context =>
        {
            foreach ((string name, Microsoft.Extensions.Primitives.StringValues value) in context.Request.Headers)
                seen[name] = value.ToString();
            seen[":protocol"] = context.Request.Protocol;
            return Task.CompletedTask;
        });
        using HttpClient client = site.Gateway.Client(Version.Parse(version));
        using HttpRequestMessage request = new(HttpMethod.Get, "/")
        {
            Version = client.DefaultRequestVersion,
            VersionPolicy = client.DefaultVersionPolicy,
        };
        foreach (string name in (string[])["X-Forwarded-For", "x-forwarded-proto", "X-Forwarded-Host", "X-Forwarded-Prefix", "X-Real-IP", "X-Request-Id"])
            request.Headers.TryAddWithoutValidation(name, "203.0.113.7");
        request.Headers.TryAddWithoutValidation("Forwarded", "for=203.0.113.7");
        request.Headers.TryAddWithoutValidation("X-Custom", "kept");

        using HttpResponseMessage response = await client.SendAsync(request, Token);

        Assert.Equal(Version.Parse(version), response.Version);
        Assert.Equal("127.0.0.1", seen["X-Forwarded-For"]);
        Assert.Equal("https", seen["X-Forwarded-Proto"]);
        Assert.Equal("www.foobar.com", seen["X-Forwarded-Host"]);
        Assert.Equal("www.foobar.com", seen["Host"]);
        Assert.Equal("kept", seen["X-Custom"]);
        Assert.Equal("HTTP/1.1", seen[":protocol"]);
        Assert.DoesNotContain("203.0.113.7", string.Join(' ', seen.Values), StringComparison.Ordinal);
        Assert.False(seen.ContainsKey("Forwarded"));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Trace_OfTheClient_GoesOnToTheBackendAndIntoTheLog_AndIsRecordedIfWeSaySo(string version)
    {
        await using Arrangement site = await Arrangement.StartAsync("Tracing:SampleRatio=1");
        string? parent = null;
        string? state = null;
        site.Handle(context =>
        {
            (parent, state) = (context.Request.Headers.TraceParent, context.Request.Headers.TraceState);
            return Task.CompletedTask;
        });
        using HttpClient client = site.Gateway.Client(Version.Parse(version));
        client.DefaultRequestHeaders.TryAddWithoutValidation("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
        client.DefaultRequestHeaders.TryAddWithoutValidation("tracestate", "vendor=1");

        using HttpResponseMessage response = await client.GetAsync("/traced", Token);

        string id = response.Headers.GetValues("X-Request-Id").Single();
        Assert.Equal(($"00-4bf92f3577b34da6a3ce929d0e0e4736-{id[16..]}-01", "vendor=1"), (parent, state));
        JsonElement line = await site.Gateway.AccessLogAsync("/traced");
        Assert.Equal(("4bf92f3577b34da6a3ce929d0e0e4736", true), (line.GetProperty("trace_id").GetString(), line.GetProperty("sampled").GetBoolean()));
    }

    [Fact]
    public async Task Trace_ThatNobodyNames_BeginsWithTheRequest()
    {
        await using Arrangement site = await Arrangement.StartAsync("Tracing:SampleRatio=0");
        string? parent = null;
        site.Handle(context =>
        {
            parent = context.Request.Headers.TraceParent;
            return Task.CompletedTask;
        });
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await client.GetAsync("/", Token);

        string id = response.Headers.GetValues("X-Request-Id").Single();
        Assert.Equal($"00-{id}-{id[16..]}-00", parent);
    }

    [Fact]
    public async Task Log_SaysWhereTheTimeWent()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        using HttpClient client = site.Gateway.Client();

        (await client.GetAsync("/timed", Token)).Dispose();
        (await client.GetAsync("/health/live", Token)).Dispose();

        string[] phases = ["queue_ms", "connect_ms", "first_byte_ms"];
        JsonElement line = await site.Gateway.AccessLogAsync("/timed");
        double[] times = [.. phases.Append("duration_ms").Select(name => line.GetProperty(name).GetDouble())];
        Assert.Equal(0, times[0]);
        Assert.Equal(times.Order(), times);
        Assert.True(times[2] > 0);
        JsonElement refused = await site.Gateway.AccessLogAsync("/health/live");
        Assert.All(phases, name => Assert.Equal(JsonValueKind.Null, refused.GetProperty(name).ValueKind));
    }

    [Fact]
    public async Task RequestId_OfEveryRequest_ReachesBackendClientAndLog()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        string? atBackend = null;
        site.Handle(context =>
        {
            atBackend = context.Request.Headers["X-Request-Id"];
            context.Response.Headers["X-Request-Id"] = "the backend's own";
            context.Response.Headers.Server = "backend/1.0";
            return context.Response.WriteAsync("hello");
        });
        using HttpClient client = site.Gateway.Client();
        client.DefaultRequestHeaders.UserAgent.ParseAdd("test/1.0");

        using HttpResponseMessage response = await client.GetAsync("/id?secret=1", Token);

        string id = Assert.Single(response.Headers.GetValues("X-Request-Id"));
        Assert.Matches("^[0-9a-f]{32}$", id);
        Assert.Equal(id, atBackend);
        Assert.False(response.Headers.Contains("Server"));

        JsonElement line = await site.Gateway.AccessLogAsync("/id");
        Assert.Equal(id, line.GetProperty("request_id").GetString());
        Assert.Equal("GET", line.GetProperty("method").GetString());
        Assert.Equal("www.foobar.com", line.GetProperty("host").GetString());
        Assert.Equal("HTTP/1.1", line.GetProperty("protocol").GetString());
        Assert.Equal("127.0.0.1", line.GetProperty("client").GetString());
        Assert.Equal(200, line.GetProperty("status").GetInt32());
        Assert.Equal(5, line.GetProperty("bytes").GetInt32());
        Assert.Equal(1, line.GetProperty("tries").GetInt32());
        Assert.Equal("completed", line.GetProperty("end").GetString());
        Assert.Equal("test/1.0", line.GetProperty("user_agent").GetString());
        Assert.Equal(site.First.Requests == 1 ? "web-1" : "web-2", line.GetProperty("backend").GetString());
        Assert.DoesNotContain("secret", string.Join('\n', site.Gateway.AccessLogLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://www.foobar.com/", "max-age=31536000")]
    [InlineData("https://localhost/", null)]
    [InlineData("https://127.0.0.1/", null)]
    public async Task StrictTransportSecurity_IsSentForPublicNamesOnly(string url, string? expected)
    {
        await using Arrangement site = await Arrangement.StartAsync();
        site.Handle(context =>
        {
            context.Response.Headers.StrictTransportSecurity = "max-age=1";
            return Task.CompletedTask;
        });
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await client.GetAsync(url, Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(expected, response.Headers.TryGetValues("Strict-Transport-Security", out IEnumerable<string>? values) ? values.Single() : null);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task SecurityHeaders_AreAddedWhereTheBackendHasNone(string version)
    {
        await using Arrangement site = await Arrangement.StartAsync("SecurityHeaders:Permissions-Policy=camera=()", "SecurityHeaders:Referrer-Policy=");
        site.Handle(context =>
        {
            context.Response.Headers.XFrameOptions = "DENY";
            return Task.CompletedTask;
        });
        using HttpClient client = site.Gateway.Client(Version.Parse(version));

        foreach ((string path, string frames) in ((string, string)[])[("/", "DENY"), ("/health", "SAMEORIGIN")])
        {
            using HttpResponseMessage response = await client.GetAsync(path, Token);

            Assert.Equal(frames, response.Headers.GetValues("X-Frame-Options").Single());
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("camera=()", response.Headers.GetValues("Permissions-Policy").Single());
            Assert.False(response.Headers.Contains("Referrer-Policy"));
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Download_InParts_ArrivesPartByPart(string version)
    {
        await using Arrangement site = await Arrangement.StartAsync();
        TaskCompletionSource firstPartRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
        byte[] rest = new byte[3 * 1024 * 1024];
        new Random(1).NextBytes(rest);
        site.Handle(async context =>
        {
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync();

            // A gateway that gathered the answer before it passed it on would wait here for ever.
            await firstPartRead.Task;
            await context.Response.Body.WriteAsync(rest);
        });
        using HttpClient client = site.Gateway.Client(Version.Parse(version));

        using HttpResponseMessage response = await client.GetAsync("/download", HttpCompletionOption.ResponseHeadersRead, Token);
        await using Stream body = await response.Content.ReadAsStreamAsync(Token);
        byte[] first = new byte[5];
        await body.ReadExactlyAsync(first, Token);
        firstPartRead.SetResult();
        using MemoryStream received = new();
        await body.CopyToAsync(received, Token);

        Assert.Equal("first", Encoding.ASCII.GetString(first));
        Assert.True(rest.AsSpan().SequenceEqual(received.ToArray()), "the download is not what the backend sent");
        Assert.Equal(5 + rest.Length, (await site.Gateway.AccessLogAsync("/download")).GetProperty("bytes").GetInt32());
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Upload_WithinTheLimit_ArrivesWhole(string version)
    {
        await using Arrangement site = await Arrangement.StartAsync();
        site.Handle(async context =>
        {
            using MemoryStream received = new();
            await context.Request.Body.CopyToAsync(received);
            await context.Response.WriteAsync(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(received.ToArray())));
        });
        byte[] upload = new byte[1024 * 1024];
        new Random(2).NextBytes(upload);
        using HttpClient client = site.Gateway.Client(Version.Parse(version));

        using HttpResponseMessage response = await client.PostAsync("/", new ByteArrayContent(upload), Token);

        Assert.Equal(
            Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(upload)), await response.Content.ReadAsStringAsync(Token));
    }

    [Theory]
    [InlineData("1.1", true)]
    [InlineData("1.1", false)]
    [InlineData("2.0", true)]
    [InlineData("2.0", false)]
    public async Task Upload_OverTheLimit_IsRefusedWith413(string version, bool lengthKnown)
    {
        await using Arrangement site = await Arrangement.StartAsync("Limits:RequestBodyBytes=100000");
        site.Handle(async context => await context.Request.Body.CopyToAsync(Stream.Null));
        using HttpClient client = site.Gateway.Client(Version.Parse(version));
        using HttpResponseMessage response = await client.PostAsync(
            "/upload", lengthKnown ? new ByteArrayContent(new byte[100_001]) : new ChunkedContent(new byte[100_001]), Token);

        Assert.Equal(Version.Parse(version), response.Version);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        JsonElement line = await site.Gateway.AccessLogAsync("/upload");
        Assert.Equal("refused", line.GetProperty("end").GetString());
        Assert.Equal(lengthKnown ? 0 : 1, line.GetProperty("tries").GetInt32());
    }

    /// <summary>More than all buffers on the way hold: the answer must find a client that is still sending.</summary>
    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Upload_FarOverTheLimit_StillGetsItsAnswer(string version)
    {
        await using Arrangement site = await Arrangement.StartAsync();
        using HttpClient client = site.Gateway.Client(Version.Parse(version));

        using HttpResponseMessage response = await client.PostAsync("/", new ByteArrayContent(new byte[32 * 1024 * 1024]), Token);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal(0, site.First.Requests + site.Second.Requests);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Client_ThatLeavesBeforeTheAnswer_IsLoggedAsSuch(string version)
    {
        await using Arrangement site = await Arrangement.StartAsync();
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource backendSawIt = new(TaskCreationOptions.RunContinuationsAsynchronously);
        site.Handle(async context =>
        {
            context.RequestAborted.Register(backendSawIt.SetResult);
            arrived.SetResult();
            await backendSawIt.Task;
        });
        using HttpClient client = site.Gateway.Client(Version.Parse(version));
        using CancellationTokenSource leave = new();

        Task<HttpResponseMessage> request = client.GetAsync("/left", leave.Token);
        await arrived.Task.WaitAsync(Token);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);

        JsonElement line = await site.Gateway.AccessLogAsync("/left");
        Assert.Equal("client-aborted-request", line.GetProperty("end").GetString());
        Assert.Equal(499, line.GetProperty("status").GetInt32());
        await backendSawIt.Task.WaitAsync(Token);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Client_ThatLeavesInTheAnswer_IsLoggedAsSuch(string version)
    {
        await using Arrangement site = await Arrangement.StartAsync();
        site.Handle(async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(new byte[64 * 1024]);
        });
        using HttpClient client = site.Gateway.Client(Version.Parse(version));

        using (HttpResponseMessage response = await client.GetAsync("/endless", HttpCompletionOption.ResponseHeadersRead, Token))
        {
            await using Stream body = await response.Content.ReadAsStreamAsync(Token);
            await body.ReadExactlyAsync(new byte[1000], Token);
        }

        JsonElement line = await site.Gateway.AccessLogAsync("/endless");
        Assert.Equal("client-aborted-response", line.GetProperty("end").GetString());
        Assert.Equal(200, line.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task WebSocket_PassesThrough()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        site.Handle(async context =>
        {
            using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
            byte[] buffer = new byte[16];
            WebSocketReceiveResult received = await socket.ReceiveAsync(buffer, Token);
            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, Token);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Token);
        });
        using HttpClient client = site.Gateway.Client();
        using ClientWebSocket socket = new();

        await socket.ConnectAsync(new Uri("wss://www.foobar.com/socket"), client, Token);
        await socket.SendAsync("ping"u8.ToArray(), WebSocketMessageType.Text, true, Token);
        byte[] buffer = new byte[16];
        WebSocketReceiveResult received = await socket.ReceiveAsync(buffer, Token);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Token);

        Assert.Equal("ping", Encoding.ASCII.GetString(buffer, 0, received.Count));
        JsonElement line = await site.Gateway.AccessLogAsync("/socket");
        Assert.Equal(101, line.GetProperty("status").GetInt32());
        Assert.Equal("completed", line.GetProperty("end").GetString());
    }

    [Fact]
    public async Task HeaderBytes_OutsideAscii_PassUnchangedBothWays()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        site.Handle(context =>
        {
            context.Response.Headers["X-Echo"] = context.Request.Headers["X-Text"];
            return Task.CompletedTask;
        });
        using TcpClient tcp = new();
        await tcp.ConnectAsync(IPAddress.Loopback, site.Gateway.HttpsPort, Token);
        System.Net.Security.SslClientAuthenticationOptions options = TestGateway.Trusting(site.Certificates.Authority);
        options.TargetHost = "www.foobar.com";
        await using System.Net.Security.SslStream tls = new(tcp.GetStream());
        await tls.AuthenticateAsClientAsync(options, Token);

        await tls.WriteAsync("GET / HTTP/1.1\r\nHost: www.foobar.com\r\nX-Text: Grüße\r\nConnection: close\r\n\r\n"u8.ToArray(), Token);
        using MemoryStream answer = new();
        await tls.CopyToAsync(answer, Token);

        Assert.Contains("X-Echo: Grüße\r\n", Encoding.UTF8.GetString(answer.ToArray()), StringComparison.Ordinal);
    }

    private sealed class ChunkedContent(byte[] bytes) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(bytes).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
