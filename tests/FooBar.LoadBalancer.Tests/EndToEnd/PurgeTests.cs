using FooBar.LoadBalancer.Cache;
using FooBar.LoadBalancer.Tests.Cache;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>What a person has the cache forget, over the admin API.</summary>
public sealed class PurgeTests : IAsyncLifetime
{
    private const string Site = "https://www.foobar.com";

    private readonly AdminClient _operator = new();
    private CachedSite _site = null!;

    public async ValueTask InitializeAsync()
    {
        _site = await CachedSite.StartAsync(_operator.TokenSetting);
        _site.Answers("max-age=600");
    }

    public async ValueTask DisposeAsync()
    {
        await _site.DisposeAsync();
        _operator.Dispose();
    }

    [Fact]
    public async Task Address_IsForgotten_WithItsVariants_AndNothingElse()
    {
        _site.Answers("max-age=600", context =>
        {
            context.Response.Headers.Vary = "Accept-Language";
            return context.Response.WriteAsync("something");
        });
        await _site.GetAsync("/a?x=1", "Accept-Language: de");
        await _site.GetAsync("/a?x=1", "Accept-Language: fr");
        await _site.GetAsync("/a");
        (long entries, long bytes) = await CacheAsync();
        Assert.Equal(3, entries);

        AdminReply reply = await PurgeAsync($$"""{"url": "{{Site}}/a?x=1", "reason": "it was wrong"}""");

        (long left, long bytesLeft) = await CacheAsync();
        Assert.Equal((200, "2", $"{bytes - bytesLeft}", 1), (reply.Status, reply["answers"], reply["bytes"], left));
        Assert.Equal("foobar; fwd=uri-miss; stored", (await _site.GetAsync("/a?x=1", "Accept-Language: de")).Status);
        Assert.Equal("foobar; hit; ttl=600", (await _site.GetAsync("/a")).Status);
        Assert.Equal(
            [$"purge {Site}/a?x=1 2 answers, {bytes - bytesLeft} bytes 0 answers, 0 bytes it was wrong done"],
            _site.Gateway.Audit.Select(line => string.Join(' ', ((string[])["action", "target", "before", "after", "reason", "result"]).Select(name => line.GetProperty(name)))));
        Assert.Contains("gateway_admin_requests_total{action=\"purge\",result=\"done\"} 1", await _site.Gateway.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Below_TakesTheFolder_AndNotItsNeighbour()
    {
        foreach (string path in (string[])["/a", "/a?x=1", "/a/b", "/ab", "/"])
            await _site.GetAsync(path);

        AdminReply reply = await PurgeAsync($$"""{"url": "{{Site}}/a", "below": true}""");

        Assert.Equal((200, "3", 2), (reply.Status, reply["answers"], (await CacheAsync()).Entries));
        Assert.Equal("foobar; hit; ttl=600", (await _site.GetAsync("/ab")).Status);
        Assert.Equal([$"below {Site}/a"], _site.Gateway.Audit.Select(line => line.GetProperty("target").GetString()));
    }

    [Fact]
    public async Task All_LeavesNothing()
    {
        await _site.GetAsync("/a");
        await _site.GetAsync("/b");
        long bytes = (await CacheAsync()).Bytes;

        AdminReply reply = await PurgeAsync("""{"all": true}""");
        AdminReply again = await PurgeAsync("""{"all": true}""");

        Assert.Equal((200, "2", $"{bytes}", "0", "0"), (reply.Status, reply["answers"], reply["bytes"], again["answers"], again["bytes"]));
        Assert.Equal((0, 0), await CacheAsync());
        Assert.Equal(["everything", "everything"], _site.Gateway.Audit.Select(line => line.GetProperty("target").GetString()));
    }

    [Theory]
    [InlineData("""{"all": true}""")]
    [InlineData("""{"url": "https://www.foobar.com/a"}""")]
    [InlineData("""{"url": "https://www.foobar.com/", "below": true}""")]
    public async Task Answer_OnItsWay_GoesToItsClient_AndIsNotStored(string body)
    {
        TaskCompletionSource arrived = new();
        TaskCompletionSource finish = new();
        _site.Answers("max-age=600", async context =>
        {
            arrived.TrySetResult();
            await finish.Task;
            await context.Response.WriteAsync("before the change");
        });
        Task<(string Status, string Body)> visit = _site.GetAsync("/a");
        await arrived.Task.WaitAsync(Eventually.Limit);

        Assert.Equal("0", (await PurgeAsync(body))["answers"]);
        finish.SetResult();

        Assert.Equal("before the change", (await visit).Body);
        await _site.QuietAsync();
        Assert.Equal((0, 0), await CacheAsync());
        _site.Answers("max-age=600", context => context.Response.WriteAsync("after the change"));
        Assert.Equal("after the change", (await _site.GetAsync("/a")).Body);
        Assert.Equal(("foobar; hit; ttl=600", "after the change"), await _site.GetAsync("/a"));
    }

    [Theory]
    [InlineData("""{}""", 400, "Give \"url\": \"https://HOST/PATH\" for one address, with \"below\": true for all below it, or \"all\": true for everything.")]
    [InlineData("""{"all": false}""", 400, "Give \"url\": ")]
    [InlineData("""{"below": true}""", 400, "Give \"url\": ")]
    [InlineData("""{"all": true, "below": true}""", 400, "Give \"url\": ")]
    [InlineData("""{"all": true, "url": "https://www.foobar.com/a"}""", 400, "Give \"url\": ")]
    [InlineData("""{"url": "/a"}""", 400, "Give it whole and encoded, as visitors ask for it: https://HOST/PATH?QUERY, without spaces and fragment, and without the query if all below it is meant.")]
    [InlineData("""{"url": "http://www.foobar.com/a"}""", 400, "Give it whole and encoded")]
    [InlineData("""{"url": "https://www.foobar.com/a b"}""", 400, "Give it whole and encoded")]
    [InlineData("""{"url": "https://www.foobar.com/a?x=1", "below": true}""", 400, "Give it whole and encoded")]
    [InlineData("""{"url": "https://evil.example/a"}""", 404, "'evil.example' is not served. There are www.foobar.com, foobar.com, localhost, 127.0.0.1, ::1.")]
    [InlineData("""{"url": 1}""", 400, "The JSON value could not be converted")]
    [InlineData("""{"urls": ["https://www.foobar.com/a"]}""", 400, "The JSON property 'urls' could not be mapped")]
    [InlineData("""{"all": true, "reason": "a\nb"}""", 400, "It may have 200 characters and no control characters.")]
    public async Task Order_ThatIsWrong_IsAProblem_AndNothingIsForgotten(string body, int status, string detail)
    {
        await _site.GetAsync("/a");

        AdminReply reply = await PurgeAsync(body);

        Assert.Equal((status, "application/problem+json", 1), (reply.Status, reply.ContentType, (await CacheAsync()).Entries));
        Assert.StartsWith(detail, reply["detail"], StringComparison.Ordinal);
        Assert.Equal(["refused"], _site.Gateway.Audit.Select(line => line.GetProperty("result").GetString()));
    }

    [Fact]
    public async Task Order_ThatIsTooLong_OrAskedForOtherwise_IsRefused()
    {
        Assert.Equal(413, (await PurgeAsync($$"""{"url": "{{Site}}/{{new string('a', 4096)}}"}""")).Status);
        Assert.Equal(400, (await _operator.SendAsync(_site.Gateway, "POST", "/gateway/v1/cache/purge?all=true", """{"all": true}""")).Status);
        Assert.Equal(415, (await _operator.SendAsync(_site.Gateway, "POST", "/gateway/v1/cache/purge")).Status);
        Assert.Equal("POST", (await _operator.GetAsync(_site.Gateway, "/gateway/v1/cache/purge")).Headers["Allow"]);
    }

    [Fact]
    public async Task WithoutACache_ThereIsNothingToForget()
    {
        await using CachedSite site = await CachedSite.StartAsync(_operator.TokenSetting, "Cache:Bytes=0", "Cache:EntryBytes=0");
        site.Answers("max-age=600");
        await site.GetAsync("/a");

        AdminReply reply = await _operator.SendAsync(site.Gateway, "POST", "/gateway/v1/cache/purge", """{"all": true}""");

        Assert.Equal((200, "0", "0"), (reply.Status, reply["answers"], reply["bytes"]));
        Assert.Equal("0", (await _operator.GetAsync(site.Gateway, "/gateway/v1/status"))["cache.limitBytes"]);
    }

    private Task<AdminReply> PurgeAsync(string body) => _operator.SendAsync(_site.Gateway, "POST", "/gateway/v1/cache/purge", body);

    /// <summary>As the gateway tells it.</summary>
    private async Task<(long Entries, long Bytes)> CacheAsync()
    {
        CacheStore store = _site.Gateway.Cache;
        AdminReply status = await _operator.GetAsync(_site.Gateway, "/gateway/v1/status");
        Assert.Equal(($"{store.Count}", $"{store.Bytes}"), (status["cache.entries"], status["cache.bytes"]));
        return (store.Count, store.Bytes);
    }
}
