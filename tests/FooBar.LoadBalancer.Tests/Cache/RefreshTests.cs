using System.Collections.Concurrent;
using System.Net;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.Cache;

/// <summary>Stale answers: given while they are made new, in place of errors, and after the backend was asked.</summary>
public sealed class RefreshTests
{
    private static CancellationToken Token => Eventually.Limit;

    [Fact]
    public async Task StaleWhileRevalidate_GivesTheOldOneAtOnce_AndAsksOnce()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ConcurrentQueue<Dictionary<string, string>> asked = [];
        site.Answers("public, max-age=1, stale-while-revalidate=60", async context =>
        {
            asked.Enqueue(context.Request.Headers.ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.OrdinalIgnoreCase));
            if (asked.Count > 1)
                await release.Task;
            context.Response.Headers.ETag = $"\"v{asked.Count}\"";
            await context.Response.WriteAsync($"answer {asked.Count}");
        });
        await site.GetAsync("/a");
        site.Time.Advance(TimeSpan.FromSeconds(5));

        (string Status, string Body)[] meanwhile = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => site.GetAsync(
            "/a", "Cookie: theme=dark", "If-None-Match: \"other\"", "Cache-Control: max-stale", "Accept-Language: de")));
        await Eventually.TrueAsync(() => asked.Count == 2, () => "nobody asks");
        Assert.All(meanwhile, answer => Assert.Equal(("foobar; hit; ttl=-4", "answer 1"), answer));

        release.SetResult();
        await site.QuietAsync();
        Assert.Equal(("foobar; hit; ttl=1", "answer 2"), await site.GetAsync("/a"));
        Assert.Equal(2, site.Backend.Requests);

        // It asks for the answer, not for that client.
        Dictionary<string, string> second = asked.Last();
        Assert.Equal(("\"v1\"", "127.0.0.1", "www.foobar.com", "de"), (second["If-None-Match"], second["X-Forwarded-For"], second["Host"], second["Accept-Language"]));
        Assert.False(second.ContainsKey("Cookie") || second.ContainsKey("Cache-Control"));
        Assert.Matches("^[0-9a-f]{32}$", second["X-Request-Id"]);
        Assert.Equal("stale", (await site.Gateway.AccessLogAsync("/a", line => line.GetProperty("cache").GetString() == "stale")).GetProperty("cache").GetString());
        Assert.Contains("gateway_cache_refreshes_total{result=\"done\"} 1", await site.Gateway.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task StaleWhileRevalidate_ThatIsConfirmed_IsFreshAgain()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=1, stale-while-revalidate=60", context =>
        {
            context.Response.Headers.ETag = "\"v1\"";
            context.Response.StatusCode = context.Request.Headers.IfNoneMatch == "\"v1\"" ? 304 : 200;
            return context.Response.StatusCode == 304 ? Task.CompletedTask : context.Response.WriteAsync("answer 1");
        });
        await site.GetAsync("/a");
        site.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(("foobar; hit; ttl=-4", "answer 1"), await site.GetAsync("/a"));
        await site.QuietAsync();

        Assert.Equal(("foobar; hit; ttl=1", "answer 1"), await site.GetAsync("/a"));
        Assert.Equal(2, site.Backend.Requests);
    }

    [Fact]
    public async Task StaleWhileRevalidate_ThatFails_KeepsTheOldOne_AndTriesAgainAfterAPause()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=1, stale-while-revalidate=60");
        await site.GetAsync("/a");
        site.Time.Advance(TimeSpan.FromSeconds(2));
        site.Backend.Handler = context =>
        {
            context.Response.StatusCode = 500;
            return context.Response.WriteAsync("broken");
        };

        for (int i = 0; i < 5; i++)
        {
            Assert.Equal("answer 1", (await site.GetAsync("/a")).Body);
            await site.QuietAsync();
        }

        Assert.Equal(2, site.Backend.Requests);
        site.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("answer 1", (await site.GetAsync("/a")).Body);
        await site.QuietAsync();
        Assert.Equal(3, site.Backend.Requests);

        // When its time is over the error shows.
        site.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(("foobar; fwd=stale", "broken"), await site.GetAsync("/a"));
    }

    [Fact]
    public async Task StaleWhileRevalidate_OfWhatIsGone_ForgetsIt()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=1, stale-while-revalidate=60");
        await site.GetAsync("/a");
        site.Time.Advance(TimeSpan.FromSeconds(2));
        site.Backend.Handler = context =>
        {
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        };

        await site.GetAsync("/a");
        await site.QuietAsync();

        using HttpResponseMessage gone = await site.SendAsync(HttpMethod.Get, "/a");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task Refresh_GoesThroughTheForwardLoop_WithItsSecondTries()
    {
        using TestCertificates certificates = new();
        FakeTime time = new();
        await using TestBackend first = await TestBackend.StartAsync("web-1", certificates.Issue("127.0.0.1"));
        await using TestBackend second = await TestBackend.StartAsync("web-2", certificates.Issue("127.0.0.1"));
        RequestDelegate answer = context =>
        {
            context.Response.Headers.CacheControl = "max-age=1, stale-while-revalidate=60";
            return context.Response.WriteAsync($"answer {first.Requests + second.Requests}");
        };
        (first.Handler, second.Handler) = (answer, answer);
        await using TestGateway gateway = await TestGateway.StartAsync(
            certificates, [first, second], time, "Health:Interval=00:01:00", "Policy=RoundRobin");
        using HttpClient client = gateway.Client();
        Assert.Equal("answer 1", await client.GetStringAsync("/a", Token));

        // Whichever is next in turn refuses: the background request must be repeated at the other one, as any request is.
        await (first.Requests == 1 ? second : first).KillAsync();
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("answer 1", await client.GetStringAsync("/a", Token));
        await Eventually.TrueAsync(() => gateway.Shelf.Fills.Count == 0, () => gateway.Log);

        Assert.Equal("answer 2", await client.GetStringAsync("/a", Token));
        Assert.Contains("gateway_retries_total{reason=\"connect_failed\",result=\"done\"} 1", await gateway.ScrapeAsync(), StringComparison.Ordinal);
        Assert.All(gateway.Pool.All, backend => Assert.Equal(0, backend.InFlight));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(0)]
    public async Task StaleIfError_TakesThePlaceOfAnError_AsLongAsItSays(int status)
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=1, stale-if-error=60");
        await site.GetAsync("/a");
        site.Backend.Handler = context =>
        {
            if (status == 0)
                context.Abort();
            context.Response.StatusCode = Math.Max(status, 200);
            return context.Response.WriteAsync("broken");
        };
        site.Time.Advance(TimeSpan.FromSeconds(5));

        using HttpResponseMessage hidden = await site.SendAsync(HttpMethod.Get, "/a");
        Assert.Equal((HttpStatusCode.OK, "answer 1"), (hidden.StatusCode, await hidden.Content.ReadAsStringAsync(Token)));
        Assert.Equal($"foobar; fwd=stale; fwd-status={(status == 0 ? 502 : status)}", CachedSite.StatusOf(hidden));
        Assert.Equal(TimeSpan.FromSeconds(5), hidden.Headers.Age);
        Assert.Equal("completed", (await site.Gateway.AccessLogAsync("/a", line => line.GetProperty("cache").GetString() == "stale")).GetProperty("end").GetString());

        site.Time.Advance(TimeSpan.FromSeconds(56));
        using HttpResponseMessage shown = await site.SendAsync(HttpMethod.Get, "/a");
        Assert.Equal(status == 0 ? 502 : status, (int)shown.StatusCode);
    }

    [Fact]
    public async Task StaleIfError_AsksOnceASecond_HoweverManyWant()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=1, stale-if-error=60");
        await site.GetAsync("/a");
        site.Time.Advance(TimeSpan.FromSeconds(2));
        site.Backend.Handler = context =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        };

        (string, string Body)[] answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => site.GetAsync("/a")));
        Assert.All(answers, answer => Assert.Equal("answer 1", answer.Body));
        Assert.Equal(2, site.Backend.Requests);

        site.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(("foobar; fwd=stale; fwd-status=503", "answer 1"), await site.GetAsync("/a"));
        Assert.Equal(("foobar; hit; ttl=-2", "answer 1"), await site.GetAsync("/a"));
        Assert.Equal(3, site.Backend.Requests);
    }

    [Fact]
    public async Task ClientThatLeaves_WhileTheBackendIsAsked_TakesNothingAway()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=1, stale-if-error=60");
        await site.GetAsync("/a");
        site.Time.Advance(TimeSpan.FromSeconds(2));
        site.Backend.Handler = context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        using CancellationTokenSource impatient = new();
        Task<HttpResponseMessage> asked = site.Client.GetAsync("/a", impatient.Token);
        await Eventually.TrueAsync(() => site.Backend.Requests == 2, () => "the backend is not asked");

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await site.QuietAsync();

        Assert.Equal(1, site.Gateway.Cache.Count);
    }

    [Fact]
    public async Task StaleIfError_HidesThatNoBackendIsThere()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=1, stale-if-error=600");
        await site.GetAsync("/a");
        await site.Backend.KillAsync();
        site.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(("foobar; fwd=stale; fwd-status=502", "answer 1"), await site.GetAsync("/a"));
    }

    [Fact]
    public async Task Confirmation_FreshensTheAnswer_AndTheCookieThatItSetsIsItsClientsOwn()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        int asked = 0;
        site.Answers("max-age=10", context =>
        {
            context.Response.Headers.ETag = "\"v1\"";
            if (++asked == 3)
                context.Response.Headers.SetCookie = "seen=1";
            context.Response.StatusCode = context.Request.Headers.IfNoneMatch == "\"v1\"" ? 304 : 200;
            return context.Response.StatusCode == 304 ? Task.CompletedTask : context.Response.WriteAsync($"answer {asked}");
        });
        await site.GetAsync("/a");

        site.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(("foobar; fwd=stale; fwd-status=304", "answer 1"), await site.GetAsync("/a"));
        Assert.Equal(("foobar; hit; ttl=10", "answer 1"), await site.GetAsync("/a"));
        Assert.Equal("revalidated", (await site.Gateway.AccessLogAsync("/a", line => line.GetProperty("cache").GetString() == "revalidated")).GetProperty("cache").GetString());

        site.Time.Advance(TimeSpan.FromSeconds(11));
        using HttpResponseMessage marked = await site.SendAsync(HttpMethod.Get, "/a");
        Assert.Equal(("answer 1", "seen=1"), (await marked.Content.ReadAsStringAsync(Token), Assert.Single(marked.Headers.GetValues("Set-Cookie"))));
        using HttpResponseMessage next = await site.SendAsync(HttpMethod.Get, "/a");
        Assert.Equal("answer 4", await next.Content.ReadAsStringAsync(Token));
        Assert.False(next.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Head_ThatDescribesAnotherBody_MakesForgetTheStoredOne()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        string tag = "\"v1\"";
        site.Answers("max-age=1, stale-if-error=600", context =>
        {
            context.Response.Headers.ETag = tag;
            return context.Request.Method == "HEAD" ? Task.CompletedTask : context.Response.WriteAsync("answer");
        });
        await site.GetAsync("/a");
        site.Time.Advance(TimeSpan.FromSeconds(2));

        using HttpResponseMessage same = await site.SendAsync(HttpMethod.Head, "/a");
        Assert.StartsWith("foobar; hit", (await site.GetAsync("/a")).Status, StringComparison.Ordinal);
        site.Time.Advance(TimeSpan.FromSeconds(2));
        tag = "\"v2\"";
        using HttpResponseMessage other = await site.SendAsync(HttpMethod.Head, "/a");
        Assert.Equal(0, site.Gateway.Cache.Count);
    }
}
