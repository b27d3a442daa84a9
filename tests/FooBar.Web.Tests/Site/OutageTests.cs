namespace FooBar.Web.Tests.Site;

/// <summary>The database is away: before the site starts, while it serves, and when it comes back. With a server of its own.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task Database_AwayAtStartBackAwayAndBackAgain_TheSameProcessFollows()
    {
        await using SiteDatabase database = await SiteDatabase.StartAsync();
        SiteTarget target = await database.CreateAsync();
        await database.KillAsync();

        // Away at the start: the process is up, says that it is not ready, and keeps what is typed.
        await using WebInstance instance = await WebInstance.StartAsync(target);
        using Browser browser = new(database.CaPath);
        Answer health = await browser.GetAsync(instance, "/health/ready");
        Assert.Equal((503, "not ready\n"), (health.Status, health.Text));
        Answer page = await browser.GetAsync(instance, "/");
        ErrorPage.AssertFriendly(page, 503, "The board is out of reach for a moment");
        Assert.Equal("5", page.Header("Retry-After"));
        ErrorPage.AssertFriendly(await browser.GetAsync(instance, "/posts/new"), 503, "The board is out of reach for a moment");
        ErrorPage.AssertFriendly(await browser.GetAsync(instance, "/nosuch"), 404, "There is no such page");
        Assert.Equal(200, (await browser.GetAsync(instance, page.Only("link[rel=stylesheet]").GetAttribute("href")!)).Status);
        Dictionary<string, string> form = await AssertKeptAsync(browser, instance, new()
        {
            ["title"] = "Typed before the start",
            ["author"] = "Early Bird",
            ["body"] = "Nobody was there to read it.",
            ["op"] = Guid.NewGuid().ToString(),
        });

        // There it is.
        await database.ReviveAsync();
        await instance.WaitForReadinessAsync(ready: true);
        Assert.Equal(200, (await browser.GetAsync(instance, "/")).Status);
        Answer refused = await browser.PostAsync(instance, "/posts/new", form);
        Assert.Equal(400, refused.Status);
        form = refused.Form();

        // Gone while it serves: the form that is being filled in is given back, and posted once when it is sent again.
        await database.KillAsync();
        await instance.WaitForReadinessAsync(ready: false);
        form = await AssertKeptAsync(browser, instance, form);
        Assert.Contains("__RequestVerificationToken", form);
        ErrorPage.AssertFriendly(await browser.GetAsync(instance, "/"), 503, "The board is out of reach for a moment");

        await database.ReviveAsync();
        await instance.WaitForReadinessAsync(ready: true);
        Answer posted = await browser.PostAsync(instance, "/posts/new", form);
        Assert.Equal(303, posted.Status);
        Assert.Equal("Typed before the start", (await browser.GetAsync(instance, posted.Location!)).TextOf("article h1"));
        Assert.Equal(501, await database.ScalarAsync<int>($"SELECT COUNT(*) FROM {target.Name}.post"));
        Assert.False(instance.HasExited);
    }

    private static async Task<Dictionary<string, string>> AssertKeptAsync(
        Browser browser, WebInstance instance, Dictionary<string, string> form)
    {
        Answer answer = await browser.PostAsync(instance, "/posts/new", form);
        Assert.Equal(503, answer.Status);
        Assert.Equal(
            "The board cannot take notices at this moment. Nothing is lost: please send it again in a few seconds. It will be posted once only.",
            answer.TextOf(".summary p:first-of-type"));
        Assert.Matches("^Request id: [0-9a-f]{32}$", answer.TextOf(".summary .request"));
        ErrorPage.AssertNothingTechnical(answer);
        Dictionary<string, string> again = answer.Form();
        Assert.Equal((form["title"], form["author"], form["body"], form["op"]), (again["title"], again["author"], again["body"], again["op"]));
        return again;
    }
}
