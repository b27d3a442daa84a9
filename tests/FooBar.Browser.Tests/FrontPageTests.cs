using Microsoft.Playwright;

namespace FooBar.Browser.Tests;

public sealed class FrontPageTests(BrowserFixture browser)
{
    [Theory]
    [InlineData(Screen.Phone, ColorScheme.Light)]
    [InlineData(Screen.Phone, ColorScheme.Dark)]
    [InlineData(Screen.Desktop, ColorScheme.Light)]
    [InlineData(Screen.Desktop, ColorScheme.Dark)]
    public Task FrontPage_Opened_ListsPosts(Screen screen, ColorScheme colorScheme) => browser.VisitAsync(
        screen,
        async visit =>
        {
            Assert.Equal(200, await visit.OpenAsync("/"));

            Assert.InRange(await visit.Page.Locator("article").CountAsync(), 1, 20);
            await visit.Page.AssertSoundAsync();
            await visit.AssertFollowsColorSchemeAsync();
            await visit.ScreenshotAsync("front-page");
        },
        colorScheme);

    [Theory]
    [InlineData(Screen.Phone, true)]
    [InlineData(Screen.Phone, false)]
    [InlineData(Screen.Desktop, true)]
    [InlineData(Screen.Desktop, false)]
    public Task FrontPage_PostClicked_OpensPageUnderItsTitle(Screen screen, bool javaScript) => browser.VisitAsync(
        screen,
        async visit =>
        {
            await visit.OpenAsync("/");
            ILocator link = visit.Page.Locator("article a[href^='/posts/']").First;
            string title = await link.InnerTextAsync();

            await visit.ArriveAsync("/posts/[0-9]+", () => link.ClickAsync());

            Assert.Equal(title, await visit.Page.Locator("h1").InnerTextAsync());
            Assert.Contains(title, await visit.Page.TitleAsync(), StringComparison.Ordinal);
            await visit.Page.AssertSoundAsync();
        },
        javaScript: javaScript);

    [Theory]
    [InlineData(Screen.Phone)]
    [InlineData(Screen.Desktop)]
    public Task FrontPage_OlderFollowed_ListsOtherPostsAndLeadsBack(Screen screen) => browser.VisitAsync(screen, async visit =>
    {
        await visit.OpenAsync("/");
        string first = await FirstLinkAsync(visit);

        await visit.ArriveAsync("/", () => visit.Page.Locator("a[rel=next]").ClickAsync());

        Assert.InRange(await visit.Page.Locator("article").CountAsync(), 1, 20);
        Assert.NotEqual(first, await FirstLinkAsync(visit));
        await visit.Page.AssertSoundAsync();
        await visit.ArriveAsync("/", () => visit.Page.Locator("a[rel=prev]").ClickAsync());
        await visit.Page.AssertSoundAsync();
    });

    [Theory]
    [InlineData(Screen.Phone)]
    [InlineData(Screen.Desktop)]
    public Task FrontPage_TabbedThrough_ShowsFocusOnEachPost(Screen screen) => browser.VisitAsync(screen, async visit =>
    {
        await visit.OpenAsync("/");

        await visit.Page.TabToAsync(visit.Page.Locator("article a").Last);
    });

    [Theory]
    [InlineData(Screen.Phone)]
    [InlineData(Screen.Desktop)]
    public Task FrontPage_SkipLinkFollowed_GoesOnInsideTheContent(Screen screen) => browser.VisitAsync(screen, async visit =>
    {
        await visit.OpenAsync("/");

        await visit.Page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(visit.Page.Locator("a[href='#main']")).ToBeInViewportAsync();
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.Keyboard.PressAsync("Tab");

        await Assertions.Expect(visit.Page.Locator("main a").First).ToBeFocusedAsync();
    });

    private static async Task<string> FirstLinkAsync(Visit visit) =>
        await visit.Page.Locator("article a").First.GetAttributeAsync("href") ?? "";
}
