using System.Net;
using System.Text.Json;
using FooBar.LoadBalancer.Cache;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.Cache;

/// <summary>What is answered from memory, what is stored, and what never is.</summary>
public sealed class HitTests
{
    private static CancellationToken Token => Eventually.Limit;

    public static TheoryData<string> Versions => ["1.1", "2.0"];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task SecondRequest_IsAnsweredFromMemory_AndEverybodyCanSeeIt(string version)
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Backend.Handler = context =>
        {
            context.Response.Headers.CacheControl = "public, max-age=60";
            context.Response.Headers["X-Request-Id"] = "the backend's own";
            context.Response.Headers["X-Kept"] = new(["a", "b"]);
            context.Response.Headers.Server = "backend/1.0";
            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync($"answer {site.Backend.Requests}");
        };
        using HttpClient client = site.Gateway.Client(Version.Parse(version));

        using HttpResponseMessage first = await client.GetAsync("/a?b=c", Token);
        site.Time.Advance(TimeSpan.FromSeconds(7));
        using HttpResponseMessage second = await client.GetAsync("/a?b=c", Token);

        Assert.Equal("foobar; fwd=uri-miss; stored", CachedSite.StatusOf(first));
        Assert.Equal("foobar; hit; ttl=53", CachedSite.StatusOf(second));
        Assert.Equal(1, site.Backend.Requests);
        Assert.Equal("answer 1", await second.Content.ReadAsStringAsync(Token));
        Assert.Equal((TimeSpan.FromSeconds(7), null), (second.Headers.Age, first.Headers.Age));
        Assert.Equal((8, "text/html"), (second.Content.Headers.ContentLength, second.Content.Headers.ContentType?.ToString()));
        Assert.Equal(first.Headers.Date, second.Headers.Date);
        Assert.Equal(["a", "b"], second.Headers.GetValues("X-Kept"));
        Assert.Equal(["max-age=31536000"], second.Headers.GetValues("Strict-Transport-Security"));
        Assert.NotEqual(Assert.Single(first.Headers.GetValues("X-Request-Id")), Assert.Single(second.Headers.GetValues("X-Request-Id")));
        Assert.False(second.Headers.Contains("Server"));
    }

    [Fact]
    public async Task Log_AndMetrics_SayWhatTheCacheDid()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=60");

        await site.GetAsync("/miss");
        await site.GetAsync("/passed", "Cookie: foobar-causal=x");
        site.Backend.Handler = context => throw new InvalidOperationException("Nobody asks the backend for a hit.");
        await site.GetAsync("/miss");
        using HttpResponseMessage posted = await site.Client.PostAsync("/posted", null, Token);

        JsonElement[] lines = [.. (await AccessLogAsync(site, 4)).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["miss", "bypass", "hit", null], lines.Select(line => line.GetProperty("cache").GetString()));
        Assert.Equal((null, 0, "completed", 8), (
            lines[2].GetProperty("backend").GetString(), lines[2].GetProperty("tries").GetInt32(), lines[2].GetProperty("end").GetString(), lines[2].GetProperty("bytes").GetInt32()));
        string metrics = await site.Gateway.ScrapeAsync();
        foreach (string expected in (string[])[
            "gateway_cache_requests_total{result=\"miss\"} 1", "gateway_cache_requests_total{result=\"bypass\"} 1",
            "gateway_cache_requests_total{result=\"hit\"} 1", "gateway_cache_entries 1", "gateway_cache_stored_total 1", "gateway_cache_evictions_total 0"])
            Assert.Contains(expected, metrics, StringComparison.Ordinal);
        Assert.Matches("gateway_cache_bytes [1-9][0-9]{2,3}\n", metrics);
    }

    [Fact]
    public async Task Head_IsAnsweredFromAStoredGet()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=60");
        await site.GetAsync("/a");

        using HttpResponseMessage head = await site.SendAsync(HttpMethod.Head, "/a");

        Assert.Equal("foobar; hit; ttl=60", CachedSite.StatusOf(head));
        Assert.Equal(8, head.Content.Headers.ContentLength);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal(1, site.Backend.Requests);
    }

    [Fact]
    public async Task Head_ThatWasForwarded_IsNotStored()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=60");

        using HttpResponseMessage head = await site.SendAsync(HttpMethod.Head, "/a");

        Assert.Equal(("foobar; fwd=uri-miss; stored", "answer 2"), await site.GetAsync("/a"));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(20_000, true)]
    [InlineData(20_000, false)]
    [InlineData(300_000, true)]
    [InlineData(300_000, false)]
    [InlineData(1_048_576, true)]
    [InlineData(1_048_576, false)]
    public async Task Body_OfAnySizeThatMayBeStored_ComesBackAsItWas(int length, bool isKnown)
    {
        await using CachedSite site = await CachedSite.StartAsync();
        byte[] expected = Bytes(length);
        site.Answers("max-age=60", context => WriteAsync(context, expected, isKnown));

        byte[] first = await site.Client.GetByteArrayAsync("/a", Token);
        await Eventually.TrueAsync(() => site.Gateway.Cache.Count == 1, () => $"nothing is stored\n{site.Gateway.Log}");
        byte[] second = await site.Client.GetByteArrayAsync("/a", Token);

        Assert.True(expected.AsSpan().SequenceEqual(first), "the first answer is not what the backend sent");
        Assert.True(expected.AsSpan().SequenceEqual(second), "the stored answer is not what the backend sent");
        Assert.Equal((1, 0), (site.Backend.Requests, site.Gateway.Shelf.Budget.Taken));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_ThatIsTooLarge_Passes(bool isKnown)
    {
        await using CachedSite site = await CachedSite.StartAsync("Cache:EntryBytes=100000");
        byte[] expected = Bytes(100_001);
        site.Answers("max-age=60", context => WriteAsync(context, expected, isKnown));

        byte[] first = await site.Client.GetByteArrayAsync("/a", Token);
        byte[] second = await site.Client.GetByteArrayAsync("/a", Token);

        Assert.True(expected.AsSpan().SequenceEqual(first) && expected.AsSpan().SequenceEqual(second), "an answer is not what the backend sent");
        Assert.Equal((2, 0), (site.Backend.Requests, site.Gateway.Cache.Count));
        Assert.Equal(0, site.Gateway.Shelf.Budget.Taken);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_ThatBreaksOff_IsNotStored_AndSeenAsBroken(bool isKnown)
    {
        await using CachedSite site = await CachedSite.StartAsync();
        byte[] half = Bytes(150_000);
        site.Answers("max-age=60", async context =>
        {
            if (isKnown)
                context.Response.ContentLength = 300_000;
            await context.Response.Body.WriteAsync(half);
            await context.Response.Body.FlushAsync();
            context.Abort();
        });

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => site.Client.GetByteArrayAsync("/a", Token));
        await site.QuietAsync();

        Assert.Equal(0, site.Gateway.Cache.Count);
        site.Answers("max-age=60");
        Assert.Equal(("foobar; fwd=uri-miss; stored", "answer 2"), await site.GetAsync("/a"));
        Assert.Equal(0, site.Gateway.Shelf.Budget.Taken);
    }

    [Theory]
    [InlineData("Cookie: foobar-causal=x")]
    [InlineData("Cookie: a=b; __Host-foobar-form=x")]
    [InlineData("Causal-Token: ")]
    [InlineData("Upgrade: something")]
    public async Task Request_OfOneVisitor_PassesTheCacheBy(string field)
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("public, max-age=60");

        Assert.Equal(("foobar; fwd=bypass", "answer 1"), await site.GetAsync("/a", field));
        Assert.Equal(0, site.Gateway.Cache.Count);
        Assert.Equal(("foobar; fwd=uri-miss; stored", "answer 2"), await site.GetAsync("/a"));
        Assert.Equal(("foobar; fwd=bypass", "answer 3"), await site.GetAsync("/a", field));
        Assert.Equal("answer 2", (await site.GetAsync("/a")).Body);
    }

    [Fact]
    public async Task Cookie_OfAnotherKind_IsServed_ButFillsTheCacheOnlyWithWhatIsPublic()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=60");
        Assert.Equal(("foobar; fwd=uri-miss", "answer 1"), await site.GetAsync("/a", "Cookie: theme=dark"));
        Assert.Equal(("foobar; fwd=uri-miss; stored", "answer 2"), await site.GetAsync("/a"));
        Assert.Equal(("foobar; hit; ttl=60", "answer 2"), await site.GetAsync("/a", "Cookie: theme=dark"));

        site.Answers("public, max-age=60");
        Assert.Equal(("foobar; fwd=uri-miss; stored", "answer 3"), await site.GetAsync("/b", "Cookie: theme=dark"));
        Assert.Equal(("foobar; hit; ttl=60", "answer 3"), await site.GetAsync("/b"));
    }

    [Fact]
    public async Task Authorization_GetsOnlyWhatIsForAll()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=60");
        await site.GetAsync("/a");
        Assert.Equal(("foobar; fwd=request", "answer 2"), await site.GetAsync("/a", "Authorization: x"));

        site.Answers("public, max-age=60");
        Assert.Equal(("foobar; fwd=uri-miss; stored", "answer 3"), await site.GetAsync("/b", "Authorization: x"));
        Assert.Equal(("foobar; hit; ttl=60", "answer 3"), await site.GetAsync("/b", "Authorization: y"));
    }

    [Fact]
    public async Task Part_OfAStoredBody_IsCutFromMemory()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        byte[] body = Bytes(200_000);
        site.Answers("max-age=60", context =>
        {
            context.Response.Headers.ETag = "\"v1\"";
            return WriteAsync(context, body, isKnown: true);
        });
        await site.GetAsync("/a");

        async Task<(HttpStatusCode, string?, string)> PartAsync(params string[] fields)
        {
            using HttpResponseMessage answer = await site.SendAsync(HttpMethod.Get, "/a", fields);
            return (answer.StatusCode, answer.Content.Headers.ContentRange?.ToString(), Hex(await answer.Content.ReadAsByteArrayAsync(Token)));
        }

        string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes);

        Assert.Equal((HttpStatusCode.PartialContent, "bytes 65530-65549/200000", Hex(body.AsSpan(65_530, 20))), await PartAsync("Range: bytes=65530-65549"));
        Assert.Equal((HttpStatusCode.PartialContent, "bytes 199995-199999/200000", Hex(body.AsSpan()[^5..])), await PartAsync("Range: bytes=-5", "If-Range: \"v1\""));
        Assert.Equal((HttpStatusCode.OK, null, Hex(body)), await PartAsync("Range: bytes=-5", "If-Range: \"v0\""));
        Assert.Equal((HttpStatusCode.OK, null, Hex(body)), await PartAsync("Range: bytes=0-1,5-6"));
        Assert.Equal((HttpStatusCode.RequestedRangeNotSatisfiable, "bytes */200000", ""), await PartAsync("Range: bytes=200000-"));
        Assert.Equal((HttpStatusCode.NotModified, null, ""), await PartAsync("Range: bytes=0-1", "If-None-Match: \"v1\""));
        Assert.Equal(1, site.Backend.Requests);
    }

    [Fact]
    public async Task WithoutBackends_WhatIsFreshIsStillAnswered()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=600");
        await site.GetAsync("/a");
        await site.Backend.KillAsync();

        Assert.Equal(("foobar; hit; ttl=600", "answer 1"), await site.GetAsync("/a"));
    }

    [Fact]
    public async Task SwitchedOff_ItIsNotThere()
    {
        await using CachedSite site = await CachedSite.StartAsync("Cache:Bytes=0", "Cache:EntryBytes=0");
        site.Answers("max-age=60");

        Assert.Equal(("", "answer 1"), await site.GetAsync("/a"));
        Assert.Equal(("", "answer 2"), await site.GetAsync("/a"));
    }

    [Fact]
    public async Task Purge_TakesEffectWithTheNextRequest()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=60");
        await site.GetAsync("/a?x=1");
        await site.GetAsync("/a?x=2");

        Assert.Equal(1, site.Gateway.Cache.Purge(PurgeScope.Read("https://www.foobar.com/a?x=1", below: false)!).Answers);
        Assert.Equal("answer 3", (await site.GetAsync("/a?x=1")).Body);
        Assert.Equal("answer 2", (await site.GetAsync("/a?x=2")).Body);
        Assert.Equal(2, site.Gateway.Cache.Purge(PurgeScope.Read("https://www.foobar.com/a", below: true)!).Answers);
        Assert.Equal("answer 4", (await site.GetAsync("/a?x=2")).Body);
    }

    [Fact]
    public async Task Reload_ByAClient_IsHeardOnceASecond()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=60");
        await site.GetAsync("/a");

        for (int i = 0; i < 20; i++)
            Assert.Equal(("foobar; hit; ttl=60", "answer 1"), await site.GetAsync("/a", "Cache-Control: no-cache"));
        site.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(("foobar; fwd=request; stored", "answer 2"), await site.GetAsync("/a", "Cache-Control: no-cache"));
        Assert.Equal(("foobar; hit; ttl=60", "answer 2"), await site.GetAsync("/a", "Cache-Control: no-cache"));
    }

    private static byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static async Task WriteAsync(HttpContext context, byte[] body, bool isKnown)
    {
        if (isKnown)
            context.Response.ContentLength = body.Length;
        for (int i = 0; i < body.Length; i += 50_000)
            await context.Response.Body.WriteAsync(body.AsMemory(i, Math.Min(50_000, body.Length - i)));
    }

    private static async Task<IReadOnlyList<string>> AccessLogAsync(CachedSite site, int lines)
    {
        await Eventually.TrueAsync(() => site.Gateway.AccessLogLines.Count == lines, () => string.Join('\n', site.Gateway.AccessLogLines));
        return site.Gateway.AccessLogLines;
    }
}
