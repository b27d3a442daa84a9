using Microsoft.Playwright;

namespace FooBar.Browser.Tests;

public sealed class NewPostTests(BrowserFixture browser)
{
    // No place to break a line, and characters that HTML takes for its own: both must come out as they went in.
    private const string Awkward = "<b>&amp; https://example.org/a/very/long/address/that/no/line/can/hold/without/breaking/it/somewhere.html";

    private const string PostPath = "/posts/[0-9]+";

    private static readonly string[] FieldNames = ["title", "author", "body"];

    public static MatrixTheoryData<Screen, bool> ScreensWithAndWithoutJavaScript { get; } = new([Screen.Phone, Screen.Desktop], [true, false]);

    [Theory]
    [MemberData(nameof(ScreensWithAndWithoutJavaScript))]
    public Task NewPost_SentEmpty_ShowsErrorAtEachField(Screen screen, bool javaScript) => browser.VisitAsync(
        screen,
        async visit =>
        {
            await visit.OpenAsync("/");
            await visit.ArriveAsync("/posts/new", () => NewPostLink(visit).ClickAsync());
            await visit.Page.AssertSoundAsync();
            await visit.ScreenshotAsync("form");

            await visit.ArriveAsync("/posts/new", () => SubmitButton(visit).ClickAsync());

            foreach (string name in FieldNames)
            {
                ILocator field = Field(visit, name);
                Assert.Equal("true", await field.GetAttributeAsync("aria-invalid"));
                Assert.Contains(await SummaryLink(visit, name).InnerTextAsync(), await DescriptionAsync(visit, field), StringComparison.Ordinal);
            }

            await visit.Page.AssertSoundAsync();
            await visit.ScreenshotAsync("form-errors");
        },
        javaScript: javaScript);

    [Theory]
    [MemberData(nameof(ScreensWithAndWithoutJavaScript))]
    public Task NewPost_SentEmpty_LinksFromSummaryToEachField(Screen screen, bool javaScript) => browser.VisitAsync(
        screen,
        async visit =>
        {
            await visit.OpenAsync("/posts/new");
            await visit.ArriveAsync("/posts/new", () => SubmitButton(visit).ClickAsync());

            foreach (string name in FieldNames)
            {
                ILocator field = Field(visit, name);
                await SummaryLink(visit, name).ClickAsync();
                await Assertions.Expect(field).ToBeFocusedAsync();
                await Assertions.Expect(field).ToBeInViewportAsync();
            }
        },
        javaScript: javaScript);

    [Theory]
    [MemberData(nameof(ScreensWithAndWithoutJavaScript))]
    public Task NewPost_SentWithoutTitle_KeepsWhatWasTyped(Screen screen, bool javaScript) => browser.VisitAsync(
        screen,
        async visit =>
        {
            await visit.OpenAsync("/posts/new");
            await Field(visit, "author").FillAsync("Ada <& \"Lovelace\"");
            await Field(visit, "body").FillAsync("First line\n\n  third line");

            await visit.ArriveAsync("/posts/new", () => SubmitButton(visit).ClickAsync());

            Assert.Equal("true", await Field(visit, "title").GetAttributeAsync("aria-invalid"));
            Assert.NotEqual("true", await Field(visit, "author").GetAttributeAsync("aria-invalid"));
            Assert.Equal("Ada <& \"Lovelace\"", await Field(visit, "author").InputValueAsync());
            Assert.Equal("First line\n\n  third line", await Field(visit, "body").InputValueAsync());
        },
        javaScript: javaScript);

    [Theory]
    [MemberData(nameof(ScreensWithAndWithoutJavaScript))]
    public Task NewPost_WrittenWithKeyboardAlone_IsPublished(Screen screen, bool javaScript) => browser.VisitAsync(
        screen,
        async visit =>
        {
            string title = $"Typed {Guid.NewGuid():N}";
            IKeyboard keyboard = visit.Page.Keyboard;
            await visit.OpenAsync("/");
            await visit.Page.TabToAsync(NewPostLink(visit));
            await visit.ArriveAsync("/posts/new", () => keyboard.PressAsync("Enter"));

            await visit.Page.TabToAsync(Field(visit, "title"));
            await keyboard.TypeAsync(title);
            await visit.Page.TabToAsync(Field(visit, "author"));
            await keyboard.TypeAsync("Grace");
            await visit.Page.TabToAsync(Field(visit, "body"));
            await keyboard.TypeAsync("One paragraph.");
            await keyboard.PressAsync("Enter");
            await keyboard.PressAsync("Enter");
            await keyboard.TypeAsync("Another.");
            await visit.Page.TabToAsync(SubmitButton(visit));
            await visit.ArriveAsync(PostPath, () => keyboard.PressAsync("Enter"));

            Assert.Equal(title, await visit.Page.Locator("h1").InnerTextAsync());
            await visit.Page.GetByText("One paragraph.").WaitForAsync();
            await visit.Page.GetByText("Another.").WaitForAsync();
            await visit.OpenAsync("/");
            Assert.Equal(1, await PostsCalled(visit, title).CountAsync());
        },
        javaScript: javaScript);

    [Theory]
    [InlineData(Screen.Phone)]
    [InlineData(Screen.Desktop)]
    public Task NewPost_AwkwardText_IsShownAsTypedAndFitsTheWidth(Screen screen) => browser.VisitAsync(screen, async visit =>
    {
        await visit.OpenAsync("/posts/new");
        await Field(visit, "title").FillAsync(Awkward);
        await Field(visit, "author").FillAsync("Ünïcode 漢字 😀");
        await Field(visit, "body").FillAsync($"{Awkward}\n\n{string.Join(' ', Enumerable.Repeat("Words enough for several lines.", 20))}");

        await visit.ArriveAsync(PostPath, () => SubmitButton(visit).ClickAsync());

        Assert.Equal(Awkward, await visit.Page.Locator("h1").InnerTextAsync());
        Assert.Contains("Ünïcode 漢字 😀", await visit.Page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
        await visit.Page.AssertSoundAsync();
        await visit.ScreenshotAsync("post");
        await visit.OpenAsync("/");
        await visit.Page.AssertFitsWidthAsync();
        await visit.ScreenshotAsync("front-page-awkward");
    });

    [Theory]
    [InlineData(Screen.Phone)]
    [InlineData(Screen.Desktop)]
    public Task NewPost_SentTwice_IsPublishedOnce(Screen screen) => browser.VisitAsync(screen, async visit =>
    {
        string title = $"Twice {Guid.NewGuid():N}";
        await visit.OpenAsync("/posts/new");
        await Field(visit, "title").FillAsync(title);
        await Field(visit, "author").FillAsync("Edsger");
        await Field(visit, "body").FillAsync("Sent by an impatient hand.");

        // A double click is no good here: Chromium makes one request of it, or two, as the answer comes late or soon.
        // With Ctrl held the answer goes to another tab, and the same form can be sent again from this one.
        IPage otherTab = await visit.Page.Context.RunAndWaitForPageAsync(
            () => SubmitButton(visit).ClickAsync(new LocatorClickOptions { Modifiers = [KeyboardModifier.Control] }));
        await Assertions.Expect(otherTab.Locator("h1")).ToHaveTextAsync(title);
        await visit.ArriveAsync(PostPath, () => SubmitButton(visit).ClickAsync());

        Assert.Equal(otherTab.Url, visit.Page.Url);
        await visit.OpenAsync("/");
        Assert.Equal(1, await PostsCalled(visit, title).CountAsync());
    });

    private static ILocator NewPostLink(Visit visit) => visit.Page.Locator("a[href='/posts/new']:visible").First;

    private static ILocator SubmitButton(Visit visit) => visit.Page.Locator("main form button[type=submit]");

    private static ILocator Field(Visit visit, string name) => visit.Page.Locator($"main form [name={name}]");

    private static ILocator SummaryLink(Visit visit, string name) => visit.Page.Locator($"[role=alert] a[href='#{name}']:visible");

    private static ILocator PostsCalled(Visit visit, string title) =>
        visit.Page.Locator("article").Filter(new LocatorFilterOptions { HasText = title });

    private static async Task<string> DescriptionAsync(Visit visit, ILocator field)
    {
        string[] ids = (await field.GetAttributeAsync("aria-describedby") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(ids);
        List<string> texts = [];
        foreach (string id in ids)
            texts.Add(await visit.Page.Locator($"#{id}:visible").InnerTextAsync());
        return string.Join(' ', texts).Trim();
    }
}
