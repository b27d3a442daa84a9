using System.Net;
using System.Text.Json;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>Requests with a body whose backend fails after it has read all of it or a part.</summary>
public sealed class ReplayTests
{
    private static readonly string[] _route = ["Routes:0:Path=/posts/new", "Routes:0:OperationParameter=op"];

    private static CancellationToken Token => Eventually.Limit;

    public static TheoryData<string, string, string?, int, string, int> Cases => new()
    {
        // version, path, Idempotency-Key, length, how it is sent → status
        { "1.1", "/posts/new?op=7f", null, 30_000, "length", 200 },
        { "2.0", "/posts/new?op=7f", null, 30_000, "length", 200 },
        { "1.1", "/posts/new?x=1&op=7f", null, 65_536, "length", 200 },
        { "1.1", "/anything", "k", 30_000, "length", 200 },
        { "2.0", "/anything", "k", 1, "length", 200 },

        // Nobody says that the work is done once.
        { "1.1", "/anything?op=7f", null, 10, "length", 502 },
        { "1.1", "/posts/new", null, 10, "length", 502 },
        { "1.1", "/posts/new?op=", null, 10, "length", 502 },
        { "1.1", "/posts/new?op=1&op=2", null, 10, "length", 502 },
        { "1.1", "/posts/new/?op=7f", null, 10, "length", 502 },
        { "1.1", "/Posts/New?op=7f", null, 10, "length", 502 },

        // It was not kept.
        { "1.1", "/posts/new?op=7f", null, 65_537, "length", 502 },
        { "1.1", "/posts/new?op=7f", null, 10, "chunks", 502 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Backend_ThatDiesWithTheBodyInHand_IsReplacedIfTheWorkIsDoneOnce(string version, string path, string? key, int length, string sent, int expected)
    {
        await using Arrangement site = await Arrangement.StartAsync(_route);
        byte[] body = new byte[length];
        new Random(length).NextBytes(body);
        byte[]? received = null;
        site.First.Handler = async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Abort();
        };
        site.Second.Handler = async context =>
        {
            using MemoryStream copy = new();
            await context.Request.Body.CopyToAsync(copy);
            received = copy.ToArray();
            await context.Response.WriteAsync(context.Request.Path + context.Request.QueryString);
        };

        using HttpResponseMessage response = await PostAsync(site, version, path, key, body, sent == "chunks");

        Assert.Equal(expected, (int)response.StatusCode);
        Assert.Equal(expected == 200 ? 1 : 0, site.Second.Requests);
        if (expected == 200)
        {
            Assert.Equal(path, await response.Content.ReadAsStringAsync(Token));
            Assert.Equal(body, received);
        }
    }

    /// <summary>The backend fails when it has read a part of the body: the second gets all of it.</summary>
    [Fact]
    public async Task Backend_ThatDiesInTheMiddleOfTheBody_IsReplaced()
    {
        await using Arrangement site = await Arrangement.StartAsync(_route);
        byte[] body = new byte[40_000];
        new Random(5).NextBytes(body);
        byte[]? received = null;
        site.First.Handler = async context =>
        {
            await context.Request.Body.ReadExactlyAsync(new byte[1000]);
            context.Abort();
        };
        site.Second.Handler = async context =>
        {
            using MemoryStream copy = new();
            await context.Request.Body.CopyToAsync(copy);
            received = copy.ToArray();
        };

        using HttpResponseMessage response = await PostAsync(site, "1.1", "/posts/new?op=1", null, body, chunked: false);

        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{response.StatusCode}\n{string.Join('\n', site.Gateway.AccessLogLines)}\n{site.Gateway.Log}");
        Assert.Equal(body, received);
        JsonElement line = await site.Gateway.AccessLogAsync("/posts/new");
        Assert.Equal(2, line.GetProperty("tries").GetInt32());
        await site.Gateway.IdleAsync();
    }

    /// <summary>A form that waits on a backend which no longer answers is moved, body and all.</summary>
    [Fact]
    public async Task Backend_ThatHangsWithTheBodyInHand_IsLeft()
    {
        await using Arrangement site = await Arrangement.StartAsync([.. _route, "Health:Timeout=00:00:01"]);
        TaskCompletionSource arrived = new();
        site.First.Handler = async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            arrived.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        };
        site.Second.Handler = async context =>
        {
            using StreamReader reader = new(context.Request.Body);
            await context.Response.WriteAsync(await reader.ReadToEndAsync());
        };
        Task<HttpResponseMessage> posting = PostAsync(site, "1.1", "/posts/new?op=1", null, "what was typed"u8.ToArray(), chunked: false);
        await arrived.Task.WaitAsync(Token);

        site.First.HealthHangs = true;
        using HttpResponseMessage response = await posting;

        Assert.Equal("what was typed", await response.Content.ReadAsStringAsync(Token));
    }

    private static async Task<HttpResponseMessage> PostAsync(Arrangement site, string version, string path, string? key, byte[] body, bool chunked)
    {
        using HttpClient client = site.Gateway.Client(Version.Parse(version));
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Version = client.DefaultRequestVersion, VersionPolicy = client.DefaultVersionPolicy };
        request.Content = new ByteArrayContent(body);
        request.Headers.TransferEncodingChunked = chunked;
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return await client.SendAsync(request, Token);
    }
}
