using Microsoft.Playwright;

namespace FooBar.Browser.Tests;

/// <summary>What must hold on all pages alike, looked at one after the other.</summary>
public sealed class EveryPageTests(BrowserFixture browser)
{
    [Theory]
    [InlineData(Screen.Phone)]
    [InlineData(Screen.Desktop)]
    public Task EveryPage_DarkScheme_IsDarkAndReadable(Screen screen) => browser.VisitAsync(
        screen,
        visit => OnEachAsync(visit, async name =>
        {
            await visit.Page.AssertSoundAsync();
            await visit.AssertFollowsColorSchemeAsync();
            await visit.ScreenshotAsync(name);
        }),
        ColorScheme.Dark);

    /// <summary>320 CSS pixels are a small phone, and a desktop at 400 % zoom: WCAG 2.2, 1.4.10 Reflow.</summary>
    [Fact]
    public Task EveryPage_320PixelsWide_FitsTheWidth() => browser.VisitAsync(Screen.Phone, async visit =>
    {
        await visit.Page.SetViewportSizeAsync(320, 568);
        await OnEachAsync(visit, async name =>
        {
            await visit.Page.AssertFitsWidthAsync();
            await visit.ScreenshotAsync($"{name}-320");
        });
    });

    private static async Task OnEachAsync(Visit visit, Func<string, Task> look)
    {
        await visit.OpenAsync("/");
        await look("front-page");
        await visit.ArriveAsync("/posts/[0-9]+", () => visit.Page.Locator("article a[href^='/posts/']").First.ClickAsync());
        await look("post");
        await visit.OpenAsync("/posts/new");
        await look("form");
        await visit.ArriveAsync("/posts/new", () => visit.Page.Locator("main form button[type=submit]").ClickAsync());
        await look("form-errors");
        await visit.OpenAsync("/no-such-page");
        await look("not-found");
    }
}
