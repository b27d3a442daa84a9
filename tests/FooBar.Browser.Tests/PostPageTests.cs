using Microsoft.Playwright;

namespace FooBar.Browser.Tests;

public sealed class PostPageTests(BrowserFixture browser)
{
    [Theory]
    [InlineData(Screen.Phone)]
    [InlineData(Screen.Desktop)]
    public Task PostPage_DarkScheme_IsReadable(Screen screen) => browser.VisitAsync(
        screen,
        async visit =>
        {
            await visit.OpenAsync("/");
            await visit.ArriveAsync("/posts/[0-9]+", () => visit.Page.Locator("article a[href^='/posts/']").First.ClickAsync());

            await visit.Page.AssertSoundAsync();
            await visit.AssertFollowsColorSchemeAsync();
            await visit.ScreenshotAsync("post");
        },
        ColorScheme.Dark);

    [Theory]
    [InlineData(Screen.Phone)]
    [InlineData(Screen.Desktop)]
    public Task UnknownPage_Opened_SaysSoAndLeadsHome(Screen screen) => browser.VisitAsync(screen, async visit =>
    {
        Assert.Equal(404, await visit.OpenAsync("/no-such-page"));
        await visit.Page.AssertSoundAsync();
        await visit.ScreenshotAsync("not-found");

        await visit.ArriveAsync("/", () => visit.Page.Locator("main a[href='/']").ClickAsync());

        await visit.Page.Locator("article").First.WaitForAsync();
    });
}
