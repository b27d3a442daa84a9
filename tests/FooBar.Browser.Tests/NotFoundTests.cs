namespace FooBar.Browser.Tests;

public sealed class NotFoundTests(BrowserFixture browser)
{
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
