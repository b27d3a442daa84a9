using System.Net.Http.Headers;
using AngleSharp.Dom;

namespace FooBar.Web.Tests.Site;

[Collection(SiteGroup.Name)]
public sealed class PageTests(SiteFixture site) : IDisposable
{
    private readonly Browser _browser = new(site.Database.CaPath);

    public void Dispose() => _browser.Dispose();

    /// <summary>The gateway can hold an answer back until it is whole only if it knows how long it is.</summary>
    [Theory]
    [InlineData("/", 200)]
    [InlineData("/posts/new", 200)]
    [InlineData("/posts/1", 200)]
    [InlineData("/nowhere", 404)]
    public async Task Page_IsSentWithItsLength(string path, int status)
    {
        Answer page = await _browser.GetAsync(site.First, path);

        Assert.Equal(status, page.Status);
        Assert.NotEqual(true, page.Headers.TransferEncodingChunked);
    }

    [Fact]
    public async Task Board_WalkedToItsEndAndBack_ShowsEveryNoticeOnceNewestFirst()
    {
        List<long> seen = [];
        List<string> addresses = [];
        string? next = "/";
        while (next is not null)
        {
            addresses.Add(next);
            Answer page = await _browser.GetAsync(site.First, next);
            Assert.Equal(200, page.Status);
            seen.AddRange(Ids(page));
            next = page.Document.QuerySelector("nav.pages a[rel=next]")?.GetAttribute("href");
            Assert.Equal(addresses.Count > 1, page.Document.QuerySelector("nav.pages a[rel=prev]") is not null);
        }

        int count = await site.Database.ScalarAsync<int>($"SELECT COUNT(*) FROM {site.DatabaseName}.post");
        Assert.Equal(count, seen.Count);
        Assert.Equal(seen.Distinct().OrderDescending(), seen);
        Assert.Equal((count + 19) / 20, addresses.Count);

        // Back by the links towards newer ones: full pages, and in the end the front page itself.
        string back = addresses[^1];
        for (int steps = 0; back != "/"; steps++)
        {
            Assert.True(steps <= addresses.Count, "The way back does not end.");
            Answer page = await _browser.GetAsync(site.First, back);
            if (page.Status == 302)
            {
                back = page.Location!;
                continue;
            }

            Assert.Equal(200, page.Status);
            back = page.Only("nav.pages a[rel=prev]").GetAttribute("href")!;
        }
    }

    [Fact]
    public async Task FrontPage_Cards_HaveLinkAuthorTimeAndExcerpt()
    {
        Answer page = await _browser.GetAsync(site.First, "/?before=400");
        IElement[] cards = [.. page.Document.QuerySelectorAll("main article")];
        Assert.Equal(20, cards.Length);
        Assert.Equal(Enumerable.Range(380, 20).Reverse().Select(id => $"/posts/{id}"), cards.Select(card => card.QuerySelector("h2 a")!.GetAttribute("href")));
        Assert.All(cards, card =>
        {
            Assert.NotEqual("", card.QuerySelector("h2 a")!.TextContent.Trim());
            Assert.NotEqual("", card.QuerySelector(".author")!.TextContent.Trim());
            Assert.Matches("^20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$", card.QuerySelector("time")!.GetAttribute("datetime"));
            Assert.InRange(card.QuerySelector(".excerpt")!.TextContent.Trim().Length, 10, 240);
        });
    }

    [Fact]
    public async Task FrontPage_SecondInstance_TheSame()
    {
        Answer first = await _browser.GetAsync(site.First, "/?before=300");
        Answer second = await _browser.GetAsync(site.Second, "/?before=300");
        Assert.Equal(first.Text, second.Text);
    }

    [Fact]
    public async Task Board_BeforeTheFirstNotice_SaysSo()
    {
        Answer page = await _browser.GetAsync(site.First, "/?before=1");
        Assert.Equal(200, page.Status);
        Assert.Equal("There are no more notices in this direction. Back to the newest ones.", page.TextOf(".empty"));
    }

    [Fact]
    public async Task Post_Page_HasTheWholeNotice()
    {
        Answer page = await _browser.GetAsync(site.First, "/posts/250");
        (string title, string body) = (
            (await site.Database.ScalarAsync<string>($"SELECT title FROM {site.DatabaseName}.post WHERE id = 250"))!,
            (await site.Database.ScalarAsync<string>($"SELECT body FROM {site.DatabaseName}.post WHERE id = 250"))!);
        Assert.Equal(200, page.Status);
        Assert.Equal(title, page.TextOf("article > h1"));
        Assert.Equal($"{title} – FooBar notice board", page.Document.Title);
        Assert.Equal(Letters(body), Letters(page.TextOf("article .text")));
        page.Only("article time[datetime]");
        Assert.Equal("no-cache", page.CacheControl);
    }

    [Theory]
    [InlineData("/posts/999999999", 404, "There is no such page")]
    [InlineData("/nosuch", 404, "There is no such page")]
    [InlineData("/posts", 404, "There is no such page")]
    [InlineData("/posts/1/edit", 404, "There is no such page")]
    [InlineData("/error", 404, "There is no such page")]
    [InlineData("/site.css.map", 404, "There is no such page")]
    [InlineData("/metrics", 404, "There is no such page")]
    [InlineData("/posts/abc", 400, "That address or form is not right")]
    [InlineData("/posts/0", 400, "That address or form is not right")]
    [InlineData("/posts/-1", 400, "That address or form is not right")]
    [InlineData("/posts/007", 400, "That address or form is not right")]
    [InlineData("/posts/99999999999999999999", 400, "That address or form is not right")]
    [InlineData("/posts/1%27%20OR%201=1", 400, "That address or form is not right")]
    [InlineData("/?before=", 400, "That address or form is not right")]
    [InlineData("/?before=x", 400, "That address or form is not right")]
    [InlineData("/?before=1&before=2", 400, "That address or form is not right")]
    [InlineData("/?after=-5", 400, "That address or form is not right")]
    [InlineData("/?before=5&after=5", 400, "That address or form is not right")]
    public async Task WrongAddress_IsAnsweredFriendly(string path, int status, string heading) =>
        ErrorPage.AssertFriendly(await _browser.GetAsync(site.First, path), status, heading);

    [Theory]
    [InlineData("POST", "/")]
    [InlineData("PUT", "/posts/1")]
    [InlineData("DELETE", "/posts/1")]
    [InlineData("PATCH", "/posts/new")]
    public async Task WrongMethod_405(string method, string path) =>
        ErrorPage.AssertFriendly(await _browser.SendAsync(site.First, new HttpMethod(method), path, null), 405, "That cannot be done here");

    [Fact]
    public async Task ErrorPage_RequestIdFromTheGateway_IsShown()
    {
        Answer answer = await _browser.GetAsync(site.First, "/nosuch", ("X-Request-Id", "gw-4711.a_b"));
        Assert.Equal("Error 404, request id: gw-4711.a_b", answer.TextOf("main .request"));
    }

    [Fact]
    public async Task ErrorPage_RequestIdFromAStranger_IsNotBelieved()
    {
        await using WebInstance instance = await WebInstance.StartAsync(site.Target, "Web:KnownProxies:0=192.0.2.1");
        Answer answer = await _browser.GetAsync(instance, "/nosuch", ("X-Request-Id", "gw-4711"));
        Assert.Matches("^Error 404, request id: [0-9a-f]{32}$", answer.TextOf("main .request"));
    }

    [Fact]
    public async Task Head_OfAPage_HasItsHeadersAndNoBody()
    {
        Answer answer = await _browser.SendAsync(site.First, HttpMethod.Head, "/", null);
        Assert.Equal((200, "", "no-cache"), (answer.Status, answer.Text, answer.CacheControl));
    }

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task Page_BrokenDatabase_500WithoutAStackTrace(string environment)
    {
        SiteTarget target = await site.Database.CreateAsync();
        await using WebInstance instance =
            await WebInstance.StartAsync(target, "Site:SeedPosts=1", $"ASPNETCORE_ENVIRONMENT={environment}");
        await instance.WaitForReadinessAsync(ready: true);
        await site.Database.ExecuteAsync($"ALTER TABLE {target.Name}.post DROP COLUMN author");

        Answer answer = await _browser.GetAsync(instance, "/", ("X-Request-Id", "abc123"));
        ErrorPage.AssertFriendly(answer, 500, "Something went wrong on our side");
        Assert.Equal("Error 500, request id: abc123", answer.TextOf("main .request"));

        // Whoever looks for that id in the log finds the cause.
        await instance.WaitForLogAsync(line =>
            line.Contains("\"level\":\"Error\"", StringComparison.Ordinal)
            && line.Contains("abc123", StringComparison.Ordinal) && line.Contains("Unknown column", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/posts/1")]
    [InlineData("/posts/new")]
    [InlineData("/nosuch")]
    [InlineData("/health/ready")]
    public async Task EveryAnswer_Headers_GuardTheBrowser(string path)
    {
        Answer answer = await _browser.GetAsync(site.First, path);
        Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
        Assert.Equal("same-origin", answer.Header("Referrer-Policy"));
        Assert.Equal(
            "default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
            answer.Header("Content-Security-Policy"));
        Assert.False(answer.Headers.Contains("Server"));
        Assert.False(answer.Headers.Contains("X-Powered-By"));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/?before=100")]
    [InlineData("/posts/1")]
    [InlineData("/posts/new")]
    [InlineData("/nosuch")]
    public async Task EveryPage_Markup_IsSemanticAndSelfContained(string path)
    {
        Answer page = await _browser.GetAsync(site.First, path);
        IDocument document = page.Document;
        Assert.Equal("en", document.DocumentElement.GetAttribute("lang"));
        Assert.Equal("CSS1Compat", document.CompatMode);
        foreach (string once in (string[])["main#main", "h1", "title", "header.site", "footer.site", "a.skip[href='#main']", "meta[name=viewport]"])
            page.Only(once);
        // On the form itself the link would throw away what was typed.
        Assert.Equal(path == "/posts/new" ? 0 : 1, document.QuerySelectorAll("header a[href='/posts/new']").Length);
        Assert.Empty(document.QuerySelectorAll("script, style, [style], iframe, [onclick]"));

        string[] addresses = [.. document.QuerySelectorAll("[href], [src], [action]")
            .Select(e => e.GetAttribute("href") ?? e.GetAttribute("src") ?? e.GetAttribute("action")!)];
        Assert.All(addresses, address => Assert.Matches("^(/(?!/)|#)", address));
        string[] ids = [.. document.QuerySelectorAll("[id]").Select(e => e.Id!)];
        Assert.Equal(ids.Distinct(), ids);
        Assert.All(document.QuerySelectorAll("img"), image => Assert.True(image.HasAttribute("alt")));
    }

    [Fact]
    public async Task StaticFiles_AddressesOfThePages_AreKeptForever()
    {
        Answer page = await _browser.GetAsync(site.First, "/");
        string[] files =
        [
            page.Only("link[rel=stylesheet]").GetAttribute("href")!,
            page.Only("link[rel=icon]").GetAttribute("href")!,
            page.Only("header img").GetAttribute("src")!,
        ];
        foreach (string file in files)
        {
            Assert.Matches("^/[a-z]+\\.[a-z0-9]{10}\\.(css|svg)$", file);
            Answer answer = await _browser.GetAsync(site.Second, file);
            Assert.Equal(200, answer.Status);
            Assert.Equal("public, max-age=31536000, immutable", answer.Header("Cache-Control"));
            EntityTagHeaderValue? tag = answer.Headers.ETag;
            Assert.NotNull(tag);
            Answer unchanged = await _browser.GetAsync(site.First, file, ("If-None-Match", tag.ToString()));
            Assert.Equal(304, unchanged.Status);

            Answer compressed = await _browser.GetAsync(site.First, file, ("Accept-Encoding", "gzip"));
            Assert.Equal("gzip", Assert.Single(compressed.ContentHeaders.ContentEncoding));
            Assert.Equal("public, max-age=31536000, immutable", compressed.Header("Cache-Control"));
        }
    }

    [Theory]
    [InlineData("/site.0000000000.css")]
    [InlineData("/../FooBar.Web.dll")]
    [InlineData("/appsettings.json")]
    public async Task StaticFiles_OtherNames_404WithoutCaching(string path)
    {
        Answer answer = await _browser.GetAsync(site.First, path);
        Assert.Equal((404, "no-store"), (answer.Status, answer.CacheControl));
    }

    [Fact]
    public async Task Page_WithACookie_IsStoredNowhere()
    {
        await _browser.GetAsync(site.First, "/posts/new");
        Answer page = await _browser.GetAsync(site.First, "/");
        Assert.Equal("no-store", page.CacheControl);
        Assert.Empty(page.SetCookies);
    }

    private static IEnumerable<long> Ids(Answer page) => page.Document.QuerySelectorAll("article h2 a")
        .Select(link => long.Parse(link.GetAttribute("href")!["/posts/".Length..], System.Globalization.CultureInfo.InvariantCulture));

    private static string Letters(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
}
