using System.Net;
using System.Text;
using AngleSharp.Dom;

namespace FooBar.Web.Tests.Site;

[Collection(SiteGroup.Name)]
public sealed class FormTests(SiteFixture site) : IDisposable
{
    private readonly Browser _browser = new(site.Database.CaPath);

    public void Dispose() => _browser.Dispose();

    [Fact]
    public async Task Form_FetchedFromOneInstancePostedToTheOther_IsReadOnBothAtOnce()
    {
        Dictionary<string, string> form = await FilledFormAsync(site.First, "Across the instances");
        Answer posted = await _browser.PostAsync(site.Second, "/posts/new", form);

        Assert.Equal(303, posted.Status);
        Assert.Matches("^/posts/[1-9][0-9]*$", posted.Location);
        Assert.Equal("no-store", posted.CacheControl);
        foreach (WebInstance instance in (WebInstance[])[site.First, site.Second])
        {
            Answer page = await _browser.GetAsync(instance, posted.Location!);
            Assert.Equal(200, page.Status);
            Assert.Equal("Across the instances", page.TextOf("article h1"));
            Assert.Equal("A. Visitor", page.TextOf("article .author"));
            // Only a write touches the cookie: a read under way beside it could undo it.
            Assert.Empty(page.SetCookies);
            Answer front = await _browser.GetAsync(instance, "/");
            Assert.Contains(front.Document.QuerySelectorAll("article h2 a"), link => link.GetAttribute("href") == posted.Location);
        }
    }

    [Fact]
    public async Task Cookies_OfFormAndPost_AreForThisHostOverTlsOnly()
    {
        Answer form = await _browser.GetAsync(site.First, "/posts/new");
        string antiforgery = Assert.Single(form.SetCookies);
        Assert.StartsWith("__Host-foobar-form=", antiforgery, StringComparison.Ordinal);
        Assert.EndsWith("; path=/; secure; samesite=strict; httponly", antiforgery, StringComparison.Ordinal);
        Assert.Equal("no-store", form.CacheControl);

        Dictionary<string, string> fields = form.Form();
        Fill(fields, "Cookies");
        Answer posted = await _browser.PostAsync(site.First, "/posts/new", fields);
        string causal = Assert.Single(posted.SetCookies);
        Assert.StartsWith("foobar-causal=", causal, StringComparison.Ordinal);
        Assert.EndsWith("; path=/; secure; samesite=lax; httponly", causal, StringComparison.Ordinal);

        // Sealed: what it says is nobody's business, least of all to change.
        Assert.DoesNotContain("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", causal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SameForm_SentTwiceToBothInstances_IsOnePost()
    {
        Dictionary<string, string> form = await FilledFormAsync(site.First, "Sent twice");
        Answer once = await _browser.PostAsync(site.First, "/posts/new", form);
        Answer twice = await _browser.PostAsync(site.Second, "/posts/new", form);
        Assert.Equal((303, 303), (once.Status, twice.Status));
        Assert.Equal(once.Location, twice.Location);
        Assert.Equal(1, await CountAsync("Sent twice"));
    }

    [Fact]
    public async Task SameForm_SentManyTimesAtOnce_IsOnePost()
    {
        Dictionary<string, string> form = await FilledFormAsync(site.First, "Impatient");
        Answer[] answers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => _browser.PostAsync(i % 2 == 0 ? site.First : site.Second, "/posts/new", form)));
        Assert.All(answers, answer => Assert.Equal(303, answer.Status));
        Assert.Single(answers.Select(answer => answer.Location).Distinct());
        Assert.Equal(1, await CountAsync("Impatient"));
    }

    [Fact]
    public async Task Form_RefusedFields_AreListedLinkedAndKept()
    {
        Dictionary<string, string> form = await FilledFormAsync(site.First, "x");
        form["author"] = "";
        form["body"] = "\n<short>";
        Answer refused = await _browser.PostAsync(site.First, "/posts/new", form);

        Assert.Equal(400, refused.Status);
        Assert.Equal("Not posted yet: post a notice – FooBar notice board", refused.Document.Title);
        Assert.Equal(
            [
                ("#title", "Title is too short: at least 3 characters, please."),
                ("#author", "Your name is missing."),
                ("#body", "Notice is too short: at least 10 characters, please."),
            ],
            refused.Document.QuerySelectorAll(".summary li a").Select(link => (link.GetAttribute("href")!, link.TextContent)));
        Assert.All(refused.Document.QuerySelectorAll(".summary a"), link => refused.Only(link.GetAttribute("href")!));
        Assert.Equal("alert", refused.Only(".summary").GetAttribute("role"));

        foreach (string name in (string[])["title", "author", "body"])
        {
            IElement field = refused.Only($"#{name}");
            Assert.Equal("true", field.GetAttribute("aria-invalid"));
            Assert.Equal($"{name}-error {name}-hint", field.GetAttribute("aria-describedby"));
            Assert.NotEqual("", refused.TextOf($"#{name}-error"));
            Assert.NotEqual("", refused.TextOf($"#{name}-hint"));
            Assert.NotEqual("", refused.TextOf($"label[for={name}]"));
        }

        Dictionary<string, string> again = refused.Form();
        Assert.Equal(
            (form["title"], form["author"], form["body"], form["op"]), (again["title"], again["author"], again["body"], again["op"]));
    }

    [Fact]
    public async Task Form_OneFieldRefused_OnlyThatOneIsMarked()
    {
        Dictionary<string, string> form = await FilledFormAsync(site.First, "Bell \a rings");
        Answer refused = await _browser.PostAsync(site.First, "/posts/new", form);
        Assert.Equal(400, refused.Status);
        Assert.Equal(
            "Title has a character in it that cannot be shown (U+0007); remove it and send it again.", refused.TextOf("#title-error"));
        Assert.Equal("false", refused.Only("#author").GetAttribute("aria-invalid"));
        Assert.Equal("author-hint", refused.Only("#author").GetAttribute("aria-describedby"));
    }

    [Theory]
    [InlineData("no token")]
    [InlineData("tampered token")]
    [InlineData("no cookie")]
    [InlineData("no operation")]
    [InlineData("bad operation")]
    public async Task Form_NotTheOneThatWasGiven_IsKeptAndCanBeSentAgain(string fault)
    {
        Dictionary<string, string> form = await FilledFormAsync(site.First, $"With {fault}");
        using Browser stranger = new(site.Database.CaPath);
        Browser sender = _browser;
        switch (fault)
        {
            case "no token":
                form.Remove("__RequestVerificationToken");
                break;
            case "tampered token":
                form["__RequestVerificationToken"] = form["__RequestVerificationToken"][..^4] + "AAAA";
                break;
            case "no cookie":
                sender = stranger;
                break;
            case "no operation":
                form.Remove("op");
                break;
            case "bad operation":
                form["op"] = "1 OR 1=1";
                break;
        }

        Answer refused = await sender.PostAsync(site.Second, "/posts/new", form);
        Assert.Equal(400, refused.Status);
        Assert.Equal(
            "The form had expired, or your browser does not accept cookies from this site. Nothing is lost: please check it and send it again.",
            refused.TextOf(".summary p"));
        Assert.Equal(0, await CountAsync(form["title"]));

        Dictionary<string, string> again = refused.Form();
        Assert.Equal((form["title"], form["author"], form["body"]), (again["title"], again["author"], again["body"]));
        if (form.TryGetValue("op", out string? operation) && fault != "bad operation")
            Assert.Equal(operation, again["op"]);
        Answer posted = await sender.PostAsync(site.First, "/posts/new", again);
        Assert.Equal(303, posted.Status);
        Assert.Equal(1, await CountAsync(form["title"]));
    }

    [Fact]
    public async Task Post_TextThatLooksLikeSqlAndHtml_IsShownAsText()
    {
        const string title = "'); DROP TABLE post; -- <b>bold</b> &amp; \"quotes\"";
        const string author = "<script>alert(1)</script>";
        const string body = "<img src=x onerror=alert(1)>\n\n' OR '1'='1 @title {0} %s\n</p></article>&lt;";
        Dictionary<string, string> form = await FilledFormAsync(site.First, title);
        (form["author"], form["body"]) = (author, body);
        Answer posted = await _browser.PostAsync(site.First, "/posts/new", form);
        Answer page = await _browser.GetAsync(site.First, posted.Location!);

        Assert.Equal(title, page.TextOf("article h1"));
        Assert.Equal(author, page.TextOf("article .author"));
        IElement[] paragraphs = [.. page.Document.QuerySelectorAll("article .text p")];
        Assert.Equal(2, paragraphs.Length);
        Assert.Equal("<img src=x onerror=alert(1)>", paragraphs[0].TextContent);
        Assert.Equal("' OR '1'='1 @title {0} %s</p></article>&lt;", paragraphs[1].TextContent);
        Assert.Single(paragraphs[1].QuerySelectorAll("br"));
        Assert.Empty(page.Document.QuerySelectorAll("script, article img, article b"));

        Answer front = await _browser.GetAsync(site.First, "/");
        IElement card = front.Document.QuerySelectorAll("article").Single(a => a.QuerySelector("a")!.GetAttribute("href") == posted.Location);
        Assert.Equal(title, card.QuerySelector("h2")!.TextContent);
        Assert.Empty(card.QuerySelectorAll("script, img, b"));
    }

    [Fact]
    public async Task Post_LongestTextInFourByteCharacters_ComesBackWhole()
    {
        string title = string.Concat(Enumerable.Repeat("🦊", 60));
        string author = string.Concat(Enumerable.Repeat("Ž", 60));
        string body = string.Concat(Enumerable.Repeat("🐝", 5_000));
        Dictionary<string, string> form = await FilledFormAsync(site.First, title);
        (form["author"], form["body"]) = (author, body);
        Answer posted = await _browser.PostAsync(site.First, "/posts/new", form);
        Assert.Equal(303, posted.Status);
        Answer page = await _browser.GetAsync(site.Second, posted.Location!);
        Assert.Equal((title, author, body), (page.TextOf("article h1"), page.TextOf("article .author"), page.TextOf("article .text")));
    }

    [Fact]
    public async Task Post_SpacesAround_AreGone()
    {
        Dictionary<string, string> form = await FilledFormAsync(site.First, "   Spaced  out  ");
        Answer posted = await _browser.PostAsync(site.First, "/posts/new", form);
        Assert.Equal(303, posted.Status);
        Assert.Equal(1, await CountAsync("Spaced  out"));
    }

    [Fact]
    public async Task Post_MoreThanAMegabyte_413WithAdvice()
    {
        using ByteArrayContent content = new(Encoding.ASCII.GetBytes("body=" + new string('x', 1024 * 1024)));
        content.Headers.ContentType = new("application/x-www-form-urlencoded");
        Answer answer = await _browser.SendAsync(site.First, HttpMethod.Post, "/posts/new", content);
        ErrorPage.AssertFriendly(answer, 413, "That was too much");
    }

    [Fact]
    public async Task Post_NoForm_415()
    {
        using StringContent content = new("{}", Encoding.UTF8, "application/json");
        Answer answer = await _browser.SendAsync(site.First, HttpMethod.Post, "/posts/new", content);
        ErrorPage.AssertFriendly(answer, 415, "That is not a form");
    }

    [Theory]
    [InlineData("--x\r\nnonsense")]
    [InlineData("garbage")]
    public async Task Post_BrokenMultipart_400(string body)
    {
        using StringContent content = new(body);
        content.Headers.Remove("Content-Type");
        content.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=x");
        Answer answer = await _browser.SendAsync(site.First, HttpMethod.Post, "/posts/new", content);
        ErrorPage.AssertFriendly(answer, 400, "That address or form is not right");
    }

    [Fact]
    public async Task Post_RefusedByTheDatabase_500WithTheFormKeptAndPostedOnceWhenSentAgain()
    {
        SiteTarget target = await site.Database.CreateAsync();
        await using WebInstance instance = await WebInstance.StartAsync(target, "Site:SeedPosts=1", "ASPNETCORE_ENVIRONMENT=Development");
        await instance.WaitForReadinessAsync(ready: true);
        Dictionary<string, string> form = await FilledFormAsync(instance, "Kept through a failure");

        await site.Database.ExecuteAsync($"RENAME TABLE {target.Name}.post TO {target.Name}.elsewhere");
        using FormUrlEncodedContent content = new(form);
        Answer failed = await _browser.SendAsync(instance, HttpMethod.Post, "/posts/new", content, ("X-Request-Id", "id-of-the-gateway"));
        Assert.Equal(500, failed.Status);
        Assert.Equal("Request id: id-of-the-gateway", failed.TextOf(".summary .request"));
        ErrorPage.AssertNothingTechnical(failed);
        Assert.Equal(503, (await _browser.GetAsync(instance, "/health/ready")).Status);
        Dictionary<string, string> again = failed.Form();
        Assert.Equal((form["title"], form["author"], form["body"], form["op"]), (again["title"], again["author"], again["body"], again["op"]));

        await site.Database.ExecuteAsync($"RENAME TABLE {target.Name}.elsewhere TO {target.Name}.post");
        Assert.Equal(303, (await _browser.PostAsync(instance, "/posts/new", again)).Status);
        Assert.Equal(2, await site.Database.ScalarAsync<int>($"SELECT COUNT(*) FROM {target.Name}.post"));
    }

    [Theory]
    [InlineData("not a cookie")]
    [InlineData("CfDJ8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task CausalCookie_Forged_IsAsGoodAsNone(string value)
    {
        _browser.Cookies.Add(new Cookie("foobar-causal", Uri.EscapeDataString(value), "/", site.First.Url.Host));
        Assert.Equal(200, (await _browser.GetAsync(site.First, "/")).Status);
    }

    private async Task<Dictionary<string, string>> FilledFormAsync(WebInstance instance, string title)
    {
        Answer page = await _browser.GetAsync(instance, "/posts/new");
        Assert.Equal(200, page.Status);
        Dictionary<string, string> form = page.Form();
        Assert.Equal(["title", "author", "body", "op", "__RequestVerificationToken"], form.Keys);
        Fill(form, title);
        return form;
    }

    private static void Fill(Dictionary<string, string> form, string title) =>
        (form["title"], form["author"], form["body"]) = (title, "A. Visitor", "A notice that was written by a test.");

    private Task<int> CountAsync(string title) => site.Database.ScalarAsync<int>(
        $"SELECT COUNT(*) FROM {site.DatabaseName}.post WHERE title = '{title.Replace("'", "''", StringComparison.Ordinal)}'");
}
