using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.Json;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>The first request goes to web-1, the configured order deciding between equals; web-1 is the one that fails.</summary>
public sealed class RetryTests
{
    private const string NoChecks = "Health:Interval=00:01:00";

    private static CancellationToken Token => Eventually.Limit;

    public static TheoryData<string, string> MethodsAndVersions => new MatrixTheoryData<string, string>(
        ["GET", "HEAD", "POST", "DELETE"], ["1.1", "2.0"]);

    public static TheoryData<string> Versions => ["1.1", "2.0"];

    [Theory]
    [MemberData(nameof(MethodsAndVersions))]
    public async Task RefusedConnection_IsTriedElsewhere_WhateverTheMethod(string method, string version)
    {
        await using Arrangement site = await Arrangement.StartAsync(NoChecks);
        await site.First.KillAsync();
        using HttpClient client = site.Gateway.Client(Version.Parse(version));

        using HttpResponseMessage response = await SendAsync(client, method, body: method == "POST" ? "x" : null);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await AssertEndAsync(site, "completed", tries: 2, "web-2");
        await AssertRetriesAsync(site, "connect_failed", "done");
    }

    [Theory]
    [InlineData("1.1", false)]
    [InlineData("1.1", true)]
    [InlineData("2.0", false)]
    public async Task RefusedConnection_OfAnUpload_IsTriedElsewhereWithAllOfIt(string version, bool expectContinue)
    {
        await using Arrangement site = await Arrangement.StartAsync(NoChecks);
        await site.First.KillAsync();
        byte[] upload = new byte[300_000];
        new Random(3).NextBytes(upload);
        byte[]? received = null;
        site.Second.Handler = async context =>
        {
            using MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body);
            received = body.ToArray();
        };
        using HttpClient client = site.Gateway.Client(Version.Parse(version));
        client.DefaultRequestHeaders.ExpectContinue = expectContinue;

        using HttpResponseMessage response = await client.PostAsync("/retry", new ByteArrayContent(upload), Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(received.AsSpan().SequenceEqual(upload), "the second backend did not get what the client sent");
        await AssertEndAsync(site, "completed", tries: 2, "web-2");
    }

    [Theory]
    [InlineData("GET", false, null, 200)]
    [InlineData("HEAD", false, null, 200)]
    [InlineData("OPTIONS", false, null, 200)]
    [InlineData("POST", false, null, 502)]
    [InlineData("DELETE", false, null, 502)]
    [InlineData("POST", true, null, 200)]
    [InlineData("DELETE", true, null, 200)]
    [InlineData("POST", false, "x", 502)]
    [InlineData("POST", true, "x", 200)]
    [InlineData("GET", false, "x", 200)]
    public async Task BrokenConnection_BeforeTheAnswer_IsTriedElsewhereIfThatDoesNoHarm(string method, bool key, string? body, int expected)
    {
        await using Arrangement site = await Arrangement.StartAsync();
        site.First.Handler = async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Abort();
        };
        using HttpClient client = site.Gateway.Client();
        if (key)
            client.DefaultRequestHeaders.Add("Idempotency-Key", "1");

        using HttpResponseMessage response = await SendAsync(client, method, body);

        Assert.Equal(expected, (int)response.StatusCode);
        if (expected == 200)
        {
            await AssertEndAsync(site, "completed", tries: 2, "web-2");
            await AssertRetriesAsync(site, "backend_failed", "done");
            return;
        }

        await AssertEndAsync(site, "backend-failed", tries: 1, "web-1");
        Assert.DoesNotContain("gateway_retries_total{", await site.Gateway.ScrapeAsync(), StringComparison.Ordinal);
        Assert.Equal((1, 0), (site.First.Requests, site.Second.Requests));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task KeptConnection_ThatEndsUnderARequestThatChangesSomething_IsNotRepeated(string version)
    {
        await using Arrangement site = await Arrangement.StartAsync(NoChecks);
        using HttpClient client = site.Gateway.Client(Version.Parse(version));
        for (int i = 0; i < 2; i++)
            (await client.GetAsync("/first", Token)).Dispose();
        site.First.Handler = async context =>
        {
            context.Features.Get<IConnectionSocketFeature>()!.Socket.Shutdown(SocketShutdown.Send);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        };

        // The connection of the first request is kept, and takes this one.
        using HttpResponseMessage response = await SendAsync(client, "DELETE");

        await AssertProblemAsync(response, HttpStatusCode.BadGateway);
        await AssertEndAsync(site, "backend-failed", tries: 1, "web-1");
        Assert.Equal((2, 1), (site.First.Requests, site.Second.Requests));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task SmallAnswer_ThatBreaksOff_IsTriedElsewhereAndLeavesNoTrace(string version)
    {
        await using Arrangement site = await Arrangement.StartAsync();
        site.First.Handler = CutAnswer;
        using HttpClient client = site.Gateway.Client(Version.Parse(version));

        using HttpResponseMessage response = await SendAsync(client, "GET");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("hello", await response.Content.ReadAsStringAsync(Token));
        Assert.False(response.Headers.Contains("X-From"));
        await AssertEndAsync(site, "completed", tries: 2, "web-2");
        await AssertRetriesAsync(site, "cut_response", "done");
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task SmallAnswer_ThatBreaksOffAndMayNotBeRepeated_IsAnsweredWith502(string version)
    {
        await using Arrangement site = await Arrangement.StartAsync();
        site.First.Handler = CutAnswer;
        using HttpClient client = site.Gateway.Client(Version.Parse(version));

        using HttpResponseMessage response = await SendAsync(client, "POST", "x");

        await AssertProblemAsync(response, HttpStatusCode.BadGateway);
        Assert.False(response.Headers.Contains("X-From"));
        await AssertEndAsync(site, "backend-cut-response", tries: 1, "web-1");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    public async Task Answer_OfAnyLength_ArrivesWhole(int length)
    {
        await using Arrangement site = await Arrangement.StartAsync();
        byte[] sent = new byte[length];
        new Random(length).NextBytes(sent);
        site.Handle(async context =>
        {
            context.Response.ContentLength = length;
            foreach (byte[] part in sent.Chunk(10_000))
            {
                await context.Response.Body.WriteAsync(part);
                await context.Response.Body.FlushAsync();
            }
        });
        using HttpClient client = site.Gateway.Client();

        byte[] received = await client.GetByteArrayAsync("/retry", Token);

        Assert.True(received.AsSpan().SequenceEqual(sent), "the answer is not what the backend sent");
        await AssertEndAsync(site, "completed", tries: 1, "web-1");
    }

    [Theory]
    [InlineData("HEAD", 200, 1000L)]
    [InlineData("GET", 204, null)]
    [InlineData("GET", 304, null)]
    public async Task Answer_WithoutABody_IsNotWaitedFor(string method, int status, long? length)
    {
        await using Arrangement site = await Arrangement.StartAsync();
        site.Handle(context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentLength = length;
            return Task.CompletedTask;
        });
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await SendAsync(client, method);

        Assert.Equal((status, length), ((int)response.StatusCode, response.Content.Headers.ContentLength == 0 ? null : response.Content.Headers.ContentLength));
        await AssertEndAsync(site, "completed", tries: 1, "web-1");
    }

    [Fact]
    public async Task Failure_AtBothBackends_IsAnsweredWith502AndNotTriedAThirdTime()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        site.Handle(context =>
        {
            context.Response.Headers["X-From"] = "a backend";
            return CutAnswer(context);
        });
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await SendAsync(client, "GET");

        await AssertProblemAsync(response, HttpStatusCode.BadGateway);
        Assert.Equal((1, 1), (site.First.Requests, site.Second.Requests));
        await AssertEndAsync(site, "backend-cut-response", tries: 2, "web-2");
    }

    [Fact]
    public async Task Budget_ThatIsUsedUp_LeavesTheFailureAsItIs()
    {
        await using Arrangement site = await Arrangement.StartAsync("Retries:Budget=0", "Retries:Minimum=0");
        site.First.Handler = CutAnswer;
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await SendAsync(client, "GET");

        await AssertProblemAsync(response, HttpStatusCode.BadGateway);
        Assert.Equal(0, site.Second.Requests);
        await AssertEndAsync(site, "backend-cut-response", tries: 1, "web-1");
        await AssertRetriesAsync(site, "cut_response", "budget_exhausted");
    }

    [Fact]
    public async Task Retry_WithoutAnotherBackend_IsNotMade()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        site.Second.HealthStatus = StatusCodes.Status503ServiceUnavailable;
        await site.Gateway.AvailableAsync("web-1");
        site.First.Handler = CutAnswer;
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await SendAsync(client, "GET");

        await AssertProblemAsync(response, HttpStatusCode.BadGateway);
        await AssertEndAsync(site, "backend-cut-response", tries: 1, "web-1");
        await AssertRetriesAsync(site, "cut_response", "no_other_backend");
    }

    [Fact]
    public async Task Deadline_InTheSecondTry_IsAnsweredWith504()
    {
        await using Arrangement site = await Arrangement.StartAsync("Retries:Deadline=00:00:00.5");
        site.First.Handler = CutAnswer;
        site.Second.Handler = context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await SendAsync(client, "GET");

        await AssertProblemAsync(response, HttpStatusCode.GatewayTimeout);
        await AssertEndAsync(site, "backend-timed-out", tries: 2, "web-2");
    }

    [Fact]
    public async Task Deadline_ThatTheSecondAnswerMeets_DoesNotCutIt()
    {
        await using Arrangement site = await Arrangement.StartAsync("Retries:Deadline=00:00:00.5");
        site.First.Handler = CutAnswer;
        site.Second.Handler = async context =>
        {
            // Longer than the deadline, and of unknown length: it has begun in time, and that is all that is asked.
            await context.Response.WriteAsync("begun, ");
            await context.Response.Body.FlushAsync();
            await Task.Delay(TimeSpan.FromSeconds(0.7), TimeProvider.System, context.RequestAborted);
            await context.Response.WriteAsync("ended");
        };
        using HttpClient client = site.Gateway.Client();

        Assert.Equal("begun, ended", await client.GetStringAsync("/retry", Token));
        await AssertEndAsync(site, "completed", tries: 2, "web-2");
    }

    [Fact]
    public async Task Deadline_ThatIsOverBeforeTheSecondTry_LeavesTheFailureAsItIs()
    {
        await using Arrangement site = await Arrangement.StartAsync("Retries:Deadline=00:00:00.1");
        site.First.Handler = async context =>
        {
            await Task.Delay(TimeSpan.FromSeconds(0.2), TimeProvider.System, context.RequestAborted);
            await CutAnswer(context);
        };
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await SendAsync(client, "GET");

        await AssertProblemAsync(response, HttpStatusCode.BadGateway);
        await AssertEndAsync(site, "backend-cut-response", tries: 1, "web-1");
        await AssertRetriesAsync(site, "cut_response", "deadline_over");
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task WebSocket_ToARefusedConnection_IsTriedOnce(string version)
    {
        await using Arrangement site = await Arrangement.StartAsync(NoChecks);
        await site.First.KillAsync();
        using HttpClient client = site.Gateway.Client(Version.Parse(version));
        using ClientWebSocket socket = new();
        socket.Options.HttpVersion = Version.Parse(version);
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri("wss://www.foobar.com/retry"), client, Token));

        await AssertEndAsync(site, "backend-connect-failed", tries: 1, "web-1");
        Assert.Equal(0, site.Second.Requests);
    }

    [Fact]
    public async Task Client_ThatLeaves_IsNoReasonForARetry()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        site.First.Handler = async context =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        };
        using HttpClient client = site.Gateway.Client();
        using CancellationTokenSource leave = new();

        Task<HttpResponseMessage> request = client.GetAsync("/retry", leave.Token);
        await arrived.Task.WaitAsync(Token);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);

        await AssertEndAsync(site, "client-aborted-request", tries: 1, "web-1");
        Assert.Equal(0, site.Second.Requests);
    }

    /// <summary>Ends too soon. An abort could overtake the part that was sent, and would then be a failure before the answer.</summary>
    private static async Task CutAnswer(HttpContext context)
    {
        context.Response.Headers["X-From"] = "the broken one";
        context.Response.ContentLength = 1000;
        await context.Response.WriteAsync("only this");
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string method, string? body = null)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), "/retry")
        {
            Version = client.DefaultRequestVersion,
            VersionPolicy = client.DefaultVersionPolicy,
            Content = body is null ? null : new StringContent(body),
        };
        return await client.SendAsync(request, Token);
    }

    private static async Task AssertProblemAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        JsonElement problem = await response.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.Equal(response.Headers.GetValues("X-Request-Id").Single(), problem.GetProperty("requestId").GetString());
    }

    private static async Task AssertEndAsync(Arrangement site, string end, int tries, string backend)
    {
        JsonElement line = await site.Gateway.AccessLogAsync("/retry");
        Assert.Equal(
            (end, tries, backend),
            (line.GetProperty("end").GetString(), line.GetProperty("tries").GetInt32(), line.GetProperty("backend").GetString()));
        Assert.Contains($"gateway_requests_total{{backend=\"{backend}\",outcome=\"{end}\"}} 1", await site.Gateway.ScrapeAsync(), StringComparison.Ordinal);
        await site.Gateway.IdleAsync();
    }

    private static async Task AssertRetriesAsync(Arrangement site, string reason, string result) => Assert.Contains(
        $"gateway_retries_total{{reason=\"{reason}\",result=\"{result}\"}} 1", await site.Gateway.ScrapeAsync(), StringComparison.Ordinal);
}
