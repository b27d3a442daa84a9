using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using FooBar.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FooBar.Load.Tests.Journeys;

/// <summary>A post of the fake site.</summary>
internal sealed record FakePost(long Id, string Title, string Operation);

/// <summary>The board in a few lines: its addresses, its form, its cookie, one post per operation; and whatever a test wants to go wrong.</summary>
internal sealed class FakeSite : IAsyncDisposable
{
    /// <summary>With characters that HTML writes otherwise.</summary>
    private const string Token = "to+ken\"&<";

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, FakePost> _posts = new();
    private int _attempts;
    private int _visitors;

    private FakeSite(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal));

    /// <summary>Every request as method, path with query, protocol.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>The Cache-Control of every request by GET.</summary>
    public ConcurrentQueue<string> CacheControls { get; } = new();

    /// <summary>The visitor's cookie with every form that was sent.</summary>
    public ConcurrentQueue<string> PostedBy { get; } = new();

    public IEnumerable<FakePost> Posts => _posts.Values;

    /// <summary>Answers instead of the site when it returns true; asked before each request.</summary>
    public Func<HttpContext, Task<bool>> Before { get; set; } = _ => Task.FromResult(false);

    /// <summary>Answers an attempt to post, counted from 1, instead of the site when it returns true; asked when the post is stored.</summary>
    public Func<HttpContext, int, Task<bool>> AfterStoring { get; set; } = (_, _) => Task.FromResult(false);

    public static async Task<FakeSite> StartAsync(TestCertificates certificates)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener => listener.UseHttps(certificates.Issue("localhost"))));
        WebApplication app = builder.Build();
        FakeSite site = new(app);
        app.Run(site.AnswerAsync);
        await app.StartAsync();
        return site;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        Requests.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString} {context.Request.Protocol}");
        if (HttpMethods.IsGet(context.Request.Method))
        {
            CacheControls.Enqueue(context.Request.Headers.CacheControl.ToString());
        }

        if (await Before(context))
        {
            return;
        }

        string path = context.Request.Path;
        if (HttpMethods.IsPost(context.Request.Method))
        {
            await StoreAsync(context);
        }
        else if (path == "/")
        {
            await context.Response.WriteAsync($"<h1>Newest notices</h1>{string.Concat(_posts.Values.Select(post => $"<a href=\"/posts/{post.Id}\">x</a>"))}<a href=\"/posts/new\">Post a notice</a>");
        }
        else if (path == "/posts/new")
        {
            context.Response.Cookies.Append("visitor", context.Request.Cookies["visitor"] ?? Interlocked.Increment(ref _visitors).ToString(CultureInfo.InvariantCulture));
            await context.Response.WriteAsync($"""
                <form action="/search"><input type="hidden" name="op" value="another form's"></form>
                <form class="notice" method="post" action="/posts/new?op=1" novalidate>
                  <input type="text" id="title" name="title" value="">
                  <input type="hidden" name="op" value="{Guid.NewGuid():D}">
                  <input type="hidden" name="__token" value="{WebUtility.HtmlEncode(Token)}">
                </form>
                """);
        }
        else if (_posts.Values.FirstOrDefault(post => path == $"/posts/{post.Id}") is { } post)
        {
            await context.Response.WriteAsync($"<h1><bdi>{WebUtility.HtmlEncode(post.Title)}</bdi></h1>");
        }
        else
        {
            context.Response.StatusCode = 404;
        }
    }

    private async Task StoreAsync(HttpContext context)
    {
        IFormCollection form = await context.Request.ReadFormAsync();
        if (form["__token"] != Token || context.Request.Cookies["visitor"] is not { } visitor)
        {
            context.Response.StatusCode = 400;
            return;
        }

        PostedBy.Enqueue(visitor);
        int attempt = Interlocked.Increment(ref _attempts);
        FakePost post;
        lock (_posts)
        {
            post = _posts.GetOrAdd(form["op"].ToString(), operation => new FakePost(_posts.Count + 1, form["title"].ToString(), operation));
        }

        if (!await AfterStoring(context, attempt))
        {
            context.Response.StatusCode = 303;
            context.Response.Headers.Location = $"/posts/{post.Id}";
        }
    }
}
