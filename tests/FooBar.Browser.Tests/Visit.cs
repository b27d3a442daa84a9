using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace FooBar.Browser.Tests;

/// <summary>One page of one profile, with a record of everything that happened on it.</summary>
public sealed class Visit
{
    /// <summary>How long a page may take before a test gives it up: far more than it needs on a busy machine.</summary>
    internal static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly List<string> _events = [];
    private readonly List<string> _mishaps = [];
    private readonly ColorScheme _colorScheme;
    private readonly Screen _screen;

    internal Visit(IPage page, Screen screen, ColorScheme colorScheme, SiteUnderTest site)
    {
        Page = page;
        _screen = screen;
        _colorScheme = colorScheme;
        page.Request += (_, request) =>
        {
            Uri address = new(request.Url);
            Note($"{request.Method} {request.Url}", mishap: address.Scheme is not ("data" or "blob") && !site.Owns(address));
        };
        // A request is aborted when the visitor goes elsewhere before the answer: that is no fault of the page.
        page.RequestFailed += (_, request) => Note(
            $"failed: {request.Method} {request.Url}: {request.Failure}",
            mishap: request.Failure != "net::ERR_ABORTED");
        page.PageError += (_, error) => Note($"script error: {error}", mishap: true);
        page.Console += (_, message) => Note(
            $"console {message.Type}: {message.Text} ({message.Location})",
            mishap: message.Type is "error" or "warning" && !TellsStatusOfDocument(message));
    }

    /// <summary>The page.</summary>
    public IPage Page { get; }

    /// <summary>Everything that happened so far, in order: requests, console messages, errors.</summary>
    public IReadOnlyList<string> Events
    {
        get
        {
            lock (_events)
                return [.. _events];
        }
    }

    /// <summary>Opens a path of the site and returns the status.</summary>
    public async Task<int> OpenAsync(string path)
    {
        IResponse response = await Page.GotoAsync(path) ?? throw new InvalidOperationException($"No response for {path}.");
        return response.Status;
    }

    /// <summary>Does something that leads to another document, and returns when that one, at the given path, has loaded.</summary>
    /// <exception cref="TimeoutException"><see cref="Deadline"/> passed.</exception>
    public async Task ArriveAsync([StringSyntax(StringSyntaxAttribute.Regex)] string path, Func<Task> action)
    {
        // Not IPage.WaitForURLAsync, nor WaitForLoadStateAsync: they look first and listen afterwards, and an event that Playwright's
        // own thread delivers in between is lost (microsoft/playwright-dotnet#3364). On a busy machine each lost a few navigations in a
        // thousand. Here both are listened for before anything is done, on the thread that delivers them in order.
        TaskCompletionSource loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool arrived = false;
        void Navigated(object? sender, IFrame frame) =>
            arrived |= frame == Page.MainFrame && Regex.IsMatch(new Uri(frame.Url).AbsolutePath, $"^{path}$");
        void Loaded(object? sender, IPage page)
        {
            if (arrived)
                loaded.TrySetResult();
        }

        Page.FrameNavigated += Navigated;
        Page.Load += Loaded;
        try
        {
            await action();
            Task inTime = Task.Delay(Deadline, TimeProvider.System, TestContext.Current.CancellationToken);
            if (await Task.WhenAny(loaded.Task, inTime) == inTime)
                throw new TimeoutException($"Nothing was loaded from {path} within {Deadline.TotalSeconds:0} s; the browser is at {Page.Url}.");
        }
        finally
        {
            Page.FrameNavigated -= Navigated;
            Page.Load -= Loaded;
        }
    }

    /// <summary>Fails if anything happened that a visitor's console would show in red, or that left the site.</summary>
    public void AssertNothingWentWrong()
    {
        lock (_events)
            Assert.Empty(_mishaps);
    }

    /// <summary>The page's background is dark if and only if the visitor asked for a dark scheme.</summary>
    public async Task AssertFollowsColorSchemeAsync()
    {
        // The canvas takes the background of html, else of body (CSS Backgrounds 3, 2.11.2), else the scheme's own.
        bool dark = await Page.EvaluateAsync<bool>(
            """
            () => {
              const canvas = document.createElement('canvas').getContext('2d');
              const colours = ['Canvas', getComputedStyle(document.body).backgroundColor, getComputedStyle(document.documentElement).backgroundColor];
              for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
              const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
              return 0.2126 * r + 0.7152 * g + 0.0722 * b < 128;
            }
            """);
        Assert.Equal(_colorScheme == ColorScheme.Dark, dark);
    }

    /// <summary>Takes a picture of the whole page into artifacts/screenshots and returns its path.</summary>
    public async Task<string> ScreenshotAsync(string name)
    {
        string scheme = _colorScheme == ColorScheme.Dark ? "-dark" : "";
        string path = Screenshots.PathOf($"{name}-{(_screen == Screen.Phone ? "phone" : "desktop")}{scheme}");
        await Page.ScreenshotAsync(new PageScreenshotOptions { Path = path, FullPage = true });
        return path;
    }

    // Chromium writes a console error for every document that is not a success, though it shows the page like any other.
    // The status of a document is what a test asserts; on a stylesheet or a picture it stays an error.
    private bool TellsStatusOfDocument(IConsoleMessage message) =>
        message.Text.StartsWith("Failed to load resource: the server responded with a status of ", StringComparison.Ordinal)
        && message.Location.StartsWith(Page.Url + ":", StringComparison.Ordinal);

    private void Note(string text, bool mishap)
    {
        lock (_events)
        {
            _events.Add(text);
            if (mishap)
                _mishaps.Add(text);
        }
    }
}
