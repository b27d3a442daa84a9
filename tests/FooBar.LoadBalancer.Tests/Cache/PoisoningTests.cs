using System.Net;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FooBar.LoadBalancer.Tests.Cache;

/// <summary>Requests by which one client tries to choose what others get.</summary>
public sealed class PoisoningTests
{
    private static CancellationToken Token => Eventually.Limit;

    [Theory]
    [InlineData("X-Forwarded-Host: evil.example")]
    [InlineData("X-Forwarded-Proto: http")]
    [InlineData("X-Forwarded-Prefix: /evil")]
    [InlineData("X-Forwarded-For: evil.example")]
    [InlineData("Forwarded: host=evil.example")]
    [InlineData("X-Real-IP: evil.example")]
    [InlineData("X-Request-Id: evil.example")]
    public async Task Field_ThatSpeaksForTheGateway_ReachesNoBackend_AndNobodyElse(string field)
    {
        await using CachedSite site = await CachedSite.StartAsync();

        // A site that builds its links from what it believes.
        site.Answers("max-age=60", context => context.Response.WriteAsync(string.Join('\n', context.Request.Headers.Select(one => $"{one.Key}: {one.Value}"))));

        (_, string attacker) = await site.GetAsync("/a", field);
        (string status, string victim) = await site.GetAsync("/a");

        Assert.StartsWith("foobar; hit", status, StringComparison.Ordinal);
        Assert.Equal(attacker, victim);
        Assert.DoesNotContain("evil", victim, StringComparison.Ordinal);
        Assert.Contains("X-Forwarded-Host: www.foobar.com", victim, StringComparison.Ordinal);
        Assert.Contains("X-Forwarded-Proto: https", victim, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Field_ThatConnectionNames_ComesToNoCache()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=60", context =>
        {
            context.Response.Headers.Vary = "Foo";
            return context.Response.WriteAsync($"Foo is '{context.Request.Headers["Foo"]}'");
        });

        (string status, string body) = await site.GetAsync("/a", "Foo: 1", "Connection: Foo");
        Assert.Equal("", status);
        Assert.Contains("Bad Request", body, StringComparison.Ordinal);
        Assert.Equal(("foobar; fwd=uri-miss; stored", "Foo is '1'"), await site.GetAsync("/a", "Foo: 1"));
    }

    [Fact]
    public async Task Body_OfAGet_ChangesNothingForOthers()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=60", async context =>
        {
            using StreamReader reader = new(context.Request.Body);
            await context.Response.WriteAsync($"you sent '{await reader.ReadToEndAsync()}'");
        });

        using HttpRequestMessage request = new(HttpMethod.Get, "/a") { Content = new StringContent("evil") };
        using HttpResponseMessage answer = await site.Client.SendAsync(request, Token);

        Assert.Equal("you sent 'evil'", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal(("foobar; fwd=uri-miss; stored", "you sent ''"), await site.GetAsync("/a"));
    }

    [Fact]
    public async Task Host_InAnotherSpelling_IsAnotherSiteToNobody()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=60", context => context.Response.WriteAsync($"https://{context.Request.Host}/"));

        Assert.Equal(("foobar; fwd=bypass", "https://WWW.FOOBAR.com/"), await site.GetAsync("/a", "Host: WWW.FOOBAR.com"));
        Assert.Equal(("foobar; fwd=uri-miss; stored", "https://www.foobar.com:1234/"), await site.GetAsync("/a", "Host: www.foobar.com:1234"));
        Assert.Equal(("foobar; fwd=uri-miss; stored", "https://www.foobar.com/"), await site.GetAsync("/a"));
    }

    [Fact]
    public async Task Host_ThatIsNotServed_ComesToNoCache()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=60");
        await site.GetAsync("/a");

        using HttpResponseMessage answer = await site.SendAsync(HttpMethod.Get, "https://other.example/a");

        Assert.Equal((HttpStatusCode.MisdirectedRequest, ""), (answer.StatusCode, CachedSite.StatusOf(answer)));
    }

    [Fact]
    public async Task Targets_ThatLookAlike_AreKeptApart()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=60", context => context.Response.WriteAsync(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget));
        string[] targets = ["/a/b", "/a%2Fb", "/a%252Fb", "/a/b?", "/a/b?x", "/a/b?x=", "/a/b?X=", "/A/b", "/a/b/", "/a/b?x=%31", "/a/b?x=1"];

        string[] first = [.. await Task.WhenAll(targets.Select(async target => (await SendRawAsync(site, target)).Body))];
        string[] second = [.. await Task.WhenAll(targets.Select(async target => (await SendRawAsync(site, target)).Body))];

        Assert.Equal(targets, first);
        Assert.Equal(targets, second);
        Assert.Equal(targets.Length, site.Backend.Requests);
    }

    [Theory]
    [InlineData(206, "Range: bytes=0-1")]
    [InlineData(304, "If-None-Match: \"x\"")]
    [InlineData(400, "X-Oversized: 1")]
    [InlineData(500, "X-Oversized: 1")]
    [InlineData(503, "X-Oversized: 1")]
    public async Task Status_ThatOneClientProvokes_IsItsOwn(int status, string field)
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Backend.Handler = context =>
        {
            context.Response.StatusCode = context.Request.Headers.ContainsKey(field.Split(':')[0]) ? status : 200;
            context.Response.Headers.CacheControl = "public, s-maxage=60";
            return context.Response.StatusCode == 304 ? Task.CompletedTask : context.Response.WriteAsync("x");
        };

        using HttpResponseMessage provoked = await site.SendAsync(HttpMethod.Get, "/a", field);
        using HttpResponseMessage other = await site.SendAsync(HttpMethod.Get, "/a");

        Assert.Equal((status, 200), ((int)provoked.StatusCode, (int)other.StatusCode));
    }

    [Fact]
    public async Task ErrorPage_OfTheGateway_IsNotStored()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Backend.Handler = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        using (HttpResponseMessage broken = await site.SendAsync(HttpMethod.Get, "/a"))
            Assert.Equal((HttpStatusCode.BadGateway, "foobar; fwd=uri-miss"), (broken.StatusCode, CachedSite.StatusOf(broken)));

        site.Answers("max-age=60");
        Assert.Equal(("foobar; fwd=uri-miss; stored", "answer 2"), await site.GetAsync("/a"));
    }

    [Fact]
    public async Task CacheStatus_OfTheBackend_IsPassedOnOnce_AndNotKept()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=60", context =>
        {
            context.Response.Headers["Cache-Status"] = "inner; hit";
            return context.Response.WriteAsync("x");
        });

        Assert.Equal("inner; hit, foobar; fwd=uri-miss; stored", (await site.GetAsync("/a")).Status);
        Assert.Equal("foobar; hit; ttl=60", (await site.GetAsync("/a")).Status);
    }

    /// <summary>HttpClient would tidy up the target.</summary>
    private static async Task<(string Head, string Body)> SendRawAsync(CachedSite site, string target)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri($"https://www.foobar.com{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        using HttpResponseMessage answer = await site.Client.SendAsync(request, Token);
        return (CachedSite.StatusOf(answer), await answer.Content.ReadAsStringAsync(Token));
    }
}
