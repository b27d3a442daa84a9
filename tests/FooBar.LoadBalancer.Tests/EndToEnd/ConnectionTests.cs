using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>The gateway's connections to its backends: kept, shared out, given up in time.</summary>
public sealed class ConnectionTests
{
    private const string NoChecks = "Health:Interval=00:01:00";

    private static CancellationToken Token => Eventually.Limit;

    [Fact]
    public async Task Requests_OneAfterTheOther_UseOneConnection()
    {
        await using Arrangement site = await Arrangement.StartAsync(NoChecks);
        ConcurrentDictionary<string, int> connections = Count(site);
        using HttpClient client = site.Gateway.Client();

        for (int i = 0; i < 10; i++)
            await client.GetStringAsync(new Uri("/", UriKind.Relative), Token);

        Assert.Equal([5, 5], connections.Values);
    }

    /// <summary>The lengths are wrong in no answer, so the connections are kept whatever their bodies were like.</summary>
    [Theory]
    [InlineData("HEAD", 200)]
    [InlineData("GET", 204)]
    [InlineData("GET", 304)]
    [InlineData("POST", 200)]
    public async Task Connection_AfterAnAnswerWithoutABody_IsKept(string method, int status)
    {
        await using Arrangement site = await Arrangement.StartAsync(NoChecks);
        ConcurrentDictionary<string, int> connections = Count(site, status);
        using HttpClient client = site.Gateway.Client();

        for (int i = 0; i < 4; i++)
        {
            using HttpRequestMessage request = new(new HttpMethod(method), "/");
            using HttpResponseMessage response = await client.SendAsync(request, Token);
            Assert.Equal(status, (int)response.StatusCode);
        }

        Assert.Equal([2, 2], connections.Values);
    }

    /// <summary>What stayed among those that wait would keep its request and its connection.</summary>
    [Fact]
    public async Task Requests_ThatGetNoConnectionThatIsKept_LeaveNothingBehind()
    {
        await using Arrangement site = await Arrangement.StartAsync(NoChecks);
        using HttpClient client = site.Gateway.Client();
        site.Handle(context =>
        {
            context.Response.Headers.Connection = "close";
            return Task.CompletedTask;
        });
        for (int i = 0; i < 20; i++)
            await client.GetStringAsync(new Uri("/", UriKind.Relative), Token);

        site.First.RefusesConnections = site.Second.RefusesConnections = true;
        for (int i = 0; i < 20; i++)
            (await client.GetAsync(new Uri("/", UriKind.Relative), Token)).Dispose();

        Assert.Equal(20, site.First.Requests + site.Second.Requests);
        Assert.All(site.Gateway.Pool.All, backend => Assert.Equal((0, 0), (backend.Upstream!.Waiting, backend.Upstream!.Idle)));
    }

    /// <summary>A kept connection may have ended a moment ago: one repetition, over a new one. Then it is the backend.</summary>
    [Fact]
    public async Task Request_ThatEndsEveryConnection_ComesTwiceToEachBackend()
    {
        await using Arrangement site = await Arrangement.StartAsync(NoChecks);
        using HttpClient client = site.Gateway.Client();
        TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ConcurrentQueue<string> kills = [];
        site.Handle(context =>
        {
            if (context.Request.Path != "/kill")
                return all.Task;
            kills.Enqueue(context.Connection.Id);
            context.Abort();
            return Task.CompletedTask;
        });
        Task<string>[] warming = [.. Enumerable.Range(0, 10).Select(i => client.GetStringAsync(new Uri($"/{i}", UriKind.Relative), Token))];
        await Eventually.TrueAsync(() => site.First.Requests + site.Second.Requests == 10, () => site.Gateway.Log);
        all.SetResult();
        await Task.WhenAll(warming);

        using HttpResponseMessage response = await client.GetAsync(new Uri("/kill", UriKind.Relative), Token);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal(4, kills.Count);
        Assert.Equal(4, (await site.Gateway.AccessLogAsync("/kill")).GetProperty("tries").GetInt32());
    }

    /// <summary>An answer that is held until it is whole has a time for all of it: each byte would give its backend the time anew.</summary>
    [Fact]
    public async Task Backend_ThatTricklesAnAnswerThatIsHeld_IsGivenUp()
    {
        FakeTime time = new();
        await using Arrangement site = await Arrangement.StartAsync(time, NoChecks);
        using HttpClient client = site.Gateway.Client();
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        site.Handle(async context =>
        {
            context.Response.ContentLength = 100;
            await context.Response.Body.WriteAsync(new byte[1], context.RequestAborted);
            begun.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        int timers = time.PendingTimers;
        Task<HttpResponseMessage> request = client.GetAsync(new Uri("/slow", UriKind.Relative), Token);
        await begun.Task;
        // That of its silence from the beginning, and that of the whole answer from its first byte on.
        await Eventually.TrueAsync(() => time.PendingTimers >= timers + 2, () => site.Gateway.Log);

        time.Advance(TimeSpan.FromSeconds(30));

        using HttpResponseMessage response = await request;
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal(1, site.First.Requests + site.Second.Requests);
        Assert.Equal("backend-timed-out", (await site.Gateway.AccessLogAsync("/slow")).GetProperty("end").GetString());
    }

    /// <summary>The status is with the client already: it sees that the answer is not whole.</summary>
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Backend_ThatTricklesALargeAnswer_BreaksItOff(string version)
    {
        FakeTime time = new();
        await using Arrangement site = await Arrangement.StartAsync(time, NoChecks);
        using HttpClient client = site.Gateway.Client(Version.Parse(version));
        using SemaphoreSlim next = new(1);
        site.Handle(async context =>
        {
            context.Response.ContentLength = 100_000;
            while (true)
            {
                await next.WaitAsync(context.RequestAborted);
                await context.Response.Body.WriteAsync(new byte[1], context.RequestAborted);
            }
        });
        using HttpResponseMessage response = await client.GetAsync(new Uri("/trickle", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Token);
        await using Stream body = await response.Content.ReadAsStreamAsync(Token);
        byte[] one = new byte[1];
        Assert.Equal(1, await body.ReadAsync(one, Token));

        // The grace is 30 s, and so is the longest silence: each byte comes before that. A step counts if the gateway waits already when the clock moves:
        // the first ones do, or some soon after.
        Exception? broken = null;
        for (int step = 0; step < 20 && broken is null; step++)
        {
            time.Advance(TimeSpan.FromSeconds(20));
            next.Release();
            broken = await Record.ExceptionAsync(() => body.ReadExactlyAsync(one, Token).AsTask());
        }

        Assert.True(broken is IOException, broken?.ToString() ?? "the answer goes on and on");
        Assert.Equal("backend-cut-response", (await site.Gateway.AccessLogAsync("/trickle")).GetProperty("end").GetString());
    }

    /// <summary>What belongs to the backend's own hop, or speaks about another way to it.</summary>
    [Fact]
    public async Task Fields_OfTheBackendsHop_EndAtTheGateway()
    {
        await using Arrangement site = await Arrangement.StartAsync(NoChecks);
        site.Handle(context =>
        {
            foreach (string name in (string[])["Alt-Svc", "Proxy-Authorization", "Proxy-Authenticate", "Keep-Alive", "TE", "X-Hop"])
                context.Response.Headers[name] = "1";
            context.Response.Headers.Connection = "X-Hop";
            context.Response.Headers["X-Kept"] = "1";
            return Task.CompletedTask;
        });
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await client.GetAsync(new Uri("/", UriKind.Relative), Token);

        string[] names = [.. response.Headers.Select(header => header.Key)];
        Assert.Contains("X-Kept", names);
        Assert.Empty(names.Intersect(["Alt-Svc", "Proxy-Authorization", "Proxy-Authenticate", "Keep-Alive", "TE", "X-Hop", "Connection"], StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>The backend closes it in peace: the next request finds another, and nobody notices.</summary>
    [Fact]
    public async Task Connection_ThatTheBackendCloses_IsNotUsedAgain()
    {
        await using Arrangement site = await Arrangement.StartAsync(NoChecks);
        Socket? kept = null;
        site.Handle(context =>
        {
            kept = context.Features.Get<IConnectionSocketFeature>()!.Socket;
            return context.Response.WriteAsync("hello");
        });
        using HttpClient client = site.Gateway.Client();

        for (int i = 0; i < 6; i++)
        {
            using HttpRequestMessage request = new(HttpMethod.Delete, $"/{i}");
            using HttpResponseMessage response = await client.SendAsync(request, Token);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            kept!.Shutdown(SocketShutdown.Both);
            await Eventually.TrueAsync(
                () => site.Gateway.Pool.All.All(backend => backend.Upstream!.Idle == 0),
                () => "a connection that its backend has closed is still kept");
        }

        JsonElement line = await site.Gateway.AccessLogAsync("/5");
        Assert.Equal(1, line.GetProperty("tries").GetInt32());
    }

    /// <summary>It answers, and closes, before it has read the upload: the client gets the answer and not a failure.</summary>
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Backend_ThatRefusesAnUploadBeforeItWasSent_IsHeard(string version)
    {
        await using Arrangement site = await Arrangement.StartAsync(NoChecks);
        TaskCompletionSource refused = new();
        site.Handle(async context =>
        {
            context.Response.StatusCode = 403;
            context.Response.Headers.Connection = "close";
            await context.Response.WriteAsync("no");
            await context.Response.CompleteAsync();
            refused.TrySetResult();
        });
        using HttpClient client = site.Gateway.Client(Version.Parse(version));
        using WaitingContent content = new(refused.Task);

        using HttpResponseMessage response = await client.PostAsync(new Uri("/up", UriKind.Relative), content, Token);

        Assert.Equal((403, "no"), ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Token)));
        await site.Gateway.IdleAsync();
        JsonElement line = await site.Gateway.AccessLogAsync("/up");
        Assert.Equal("completed", line.GetProperty("end").GetString());
    }

    /// <summary>Each part arrives when it is sent: nothing waits for the whole.</summary>
    [Fact]
    public async Task Events_ArePassedOnAsTheyCome()
    {
        await using Arrangement site = await Arrangement.StartAsync(NoChecks);
        using SemaphoreSlim next = new(0);
        site.Handle(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            for (int i = 0; i < 3; i++)
            {
                await context.Response.WriteAsync($"data: {i}\n\n");
                await context.Response.Body.FlushAsync();
                await next.WaitAsync(Token);
            }
        });
        using HttpClient client = site.Gateway.Client();
        using HttpResponseMessage response = await client.GetAsync(new Uri("/", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Token);
        using StreamReader events = new(await response.Content.ReadAsStreamAsync(Token));

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal($"data: {i}", await events.ReadLineAsync(Token));
            Assert.Equal("", await events.ReadLineAsync(Token));
            next.Release();
        }

        Assert.Null(await events.ReadLineAsync(Token));
    }

    private static ConcurrentDictionary<string, int> Count(Arrangement site, int status = 200)
    {
        ConcurrentDictionary<string, int> connections = new();
        site.Handle(context =>
        {
            connections.AddOrUpdate(context.Connection.Id, 1, (_, count) => count + 1);
            context.Response.StatusCode = status;
            if (status != 200)
                return Task.CompletedTask;
            context.Response.ContentLength = 5;
            return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync("hello");
        });
        return connections;
    }

    /// <summary>Sends the rest of a large body only after something has happened; a small one would be waited for at the edge.</summary>
    private sealed class WaitingContent(Task until) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(new byte[1000]);
            await stream.FlushAsync();
            await until;
            await stream.WriteAsync(new byte[99_000]);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 100_000;
            return true;
        }
    }
}
