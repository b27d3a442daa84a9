using System.Net;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.Cache;

/// <summary>What a change makes untrue is gone before whoever made it can ask for it.</summary>
public sealed class InvalidationTests
{
    private static CancellationToken Token => Eventually.Limit;

    [Fact]
    public async Task Answer_OnItsWayWhileAChangeIsMade_IsNotStored()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        site.Answers("max-age=600", async context =>
        {
            if (context.Request.Method == "GET")
                await release.Task;
            await context.Response.WriteAsync("before");
        });
        Task<(string, string Body)> reader = site.GetAsync("/a");
        await Eventually.TrueAsync(() => site.Backend.Requests == 1, () => "nobody reads");

        using HttpResponseMessage change = await site.Client.PostAsync("/a", null, Token);
        release.SetResult();

        Assert.Equal("before", (await reader).Body);
        Assert.Equal(0, site.Gateway.Cache.Count);
    }

    [Fact]
    public async Task Change_IsKnownToTheCache_BeforeItsAnswerBegins()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=600");
        await site.GetAsync("/a");
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        site.Backend.Handler = async context =>
        {
            await context.Response.WriteAsync("the first of it");
            await context.Response.Body.FlushAsync();
            await release.Task;
        };

        using HttpRequestMessage request = new(HttpMethod.Delete, "/a");
        using HttpResponseMessage change = await site.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);

        Assert.Equal(0, site.Gateway.Cache.Count);
        release.SetResult();
    }

    [Theory]
    [InlineData("/elsewhere", true)]
    [InlineData("https://www.foobar.com/elsewhere", true)]
    [InlineData("https://foobar.com/elsewhere", false)]
    [InlineData("//foobar.com/elsewhere", false)]
    public async Task Change_SpeaksForItsOwnOriginAlone(string location, bool isForgotten)
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=600");
        await site.GetAsync("/elsewhere");
        await site.GetAsync("https://foobar.com/elsewhere");
        site.Backend.Handler = context =>
        {
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = location;
            return Task.CompletedTask;
        };

        using HttpResponseMessage change = await site.Client.PostAsync("/a", null, Token);

        Assert.Equal(HttpStatusCode.SeeOther, change.StatusCode);
        Assert.Equal(isForgotten ? 1 : 2, site.Gateway.Cache.Count);
    }

    [Theory]
    [InlineData("OPTIONS", 200, 1)]
    [InlineData("PATCH", 204, 0)]
    [InlineData("PATCH", 400, 1)]
    [InlineData("PATCH", 500, 1)]
    public async Task Method_AndStatus_SayWhetherSomethingChanged(string method, int status, int left)
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=600");
        await site.GetAsync("/a");
        site.Backend.Handler = context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        };

        using HttpResponseMessage change = await site.SendAsync(new HttpMethod(method), "/a");

        Assert.Equal((status, left), ((int)change.StatusCode, (int)site.Gateway.Cache.Count));
    }

    [Fact]
    public async Task Change_InAnotherSpellingOfTheHost_IsTheSame()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=600");
        await site.GetAsync("/a");

        using HttpResponseMessage change = await site.SendAsync(HttpMethod.Delete, "/a", "Host: WWW.Foobar.com");

        Assert.Equal((HttpStatusCode.OK, 0), (change.StatusCode, (int)site.Gateway.Cache.Count));
    }

    [Fact]
    public async Task Change_WhoseAnswerNeverCame_MayHaveBeenMade()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        site.Answers("max-age=600");
        await site.GetAsync("/a");
        site.Backend.Handler = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };

        using HttpResponseMessage change = await site.Client.PostAsync("/a", null, Token);

        Assert.Equal((HttpStatusCode.BadGateway, 0), (change.StatusCode, (int)site.Gateway.Cache.Count));
    }
}
