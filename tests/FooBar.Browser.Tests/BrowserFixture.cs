using System.Runtime.CompilerServices;
using FooBar.Browser.Tests;
using FooBar.Testing.Site;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(BrowserFixture))]

namespace FooBar.Browser.Tests;

/// <summary>One headless Chromium for all tests; every <see cref="VisitAsync"/> gets a fresh profile in it. Thread-safe.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _open = [];
    private RunningSite? _running;
    private IPlaywright? _playwright;
    private Chromium? _chromium;
    private IBrowser? _browser;

    /// <summary>The site that the browser trusts and may talk to.</summary>
    public SiteUnderTest Site { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Site = await FindSiteAsync();
        _chromium = Chromium.Find(Environment.GetEnvironmentVariable);
        _playwright = await Playwright.CreateAsync();
        _browser = await LaunchAsync(Site.CaFile);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable browser in _open)
            await browser.DisposeAsync();
        _playwright?.Dispose();
        if (_running is not null)
            await _running.DisposeAsync();
    }

    /// <summary>Starts another browser, which trusts only the authority in <paramref name="caFile"/>. It is closed after the last test.</summary>
    public async Task<IBrowser> LaunchAsync(string caFile)
    {
        BrowserHome home = new();
        try
        {
            await home.TrustAsync(_chromium!.Certutil, caFile, TestContext.Current.CancellationToken);
            IBrowser browser = await LaunchSandboxedIfPossibleAsync(home);
            lock (_open)
                _open.Add(new OwnedBrowser(browser, home));
            return browser;
        }
        catch
        {
            home.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens a page of a fresh profile and looks at it. Afterwards the page must have had no console error, no script error, no failed
    /// request and no request to any other origin. A failure leaves a screenshot.
    /// </summary>
    public async Task VisitAsync(
        Screen screen,
        Func<Visit, Task> look,
        ColorScheme colorScheme = ColorScheme.Light,
        bool javaScript = true,
        [CallerMemberName] string test = "")
    {
        await using IBrowserContext context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = Site.BaseUrl.AbsoluteUri,
            ViewportSize = screen == Screen.Phone ? new() { Width = 390, Height = 844 } : new() { Width = 1280, Height = 900 },
            DeviceScaleFactor = screen == Screen.Phone ? 2 : 1,
            IsMobile = screen == Screen.Phone,
            HasTouch = screen == Screen.Phone,
            ColorScheme = colorScheme,
            JavaScriptEnabled = javaScript,
            Locale = "en-GB",
            TimezoneId = "UTC",
        });
        context.SetDefaultTimeout((float)Visit.Deadline.TotalMilliseconds);
        Visit visit = new(await context.NewPageAsync(), screen, colorScheme, Site);
        try
        {
            await look(visit);
            visit.AssertNothingWentWrong();
        }
        catch
        {
            string picture = await visit.ScreenshotAsync($"failed/{test}");
            TestContext.Current.TestOutputHelper?.WriteLine($"At {visit.Page.Url}, see {picture}\n{string.Join('\n', visit.Events)}");
            throw;
        }
    }

    /// <summary>The site that the environment names, or one put up for these tests alone.</summary>
    private async Task<SiteUnderTest> FindSiteAsync()
    {
        if (Environment.GetEnvironmentVariable(SiteUnderTest.UrlVariable) is { Length: > 0 })
            return SiteUnderTest.Read(Environment.GetEnvironmentVariable);

        _running = await RunningSite.StartAsync(TestContext.Current.CancellationToken);
        return new SiteUnderTest(_running.Gateway.Url, _running.CaCertificatePath);
    }

    private async Task<IBrowser> LaunchSandboxedIfPossibleAsync(BrowserHome home)
    {
        // Chromium refuses its sandbox as root, and where user namespaces are closed to ordinary users. Whether they are is best
        // known by trying: there is no one switch to read (a sysctl, a limit, AppArmor, or a chroot around us).
        if (!Environment.IsPrivilegedProcess)
        {
            try
            {
                return await LaunchAsync(home, sandbox: true);
            }
            catch (PlaywrightException exception) when (exception.Message.Contains("No usable sandbox", StringComparison.Ordinal))
            {
                TestContext.Current.SendDiagnosticMessage("Chromium runs without its sandbox: user namespaces are closed to this user.");
            }
        }

        return await LaunchAsync(home, sandbox: false);
    }

    private Task<IBrowser> LaunchAsync(BrowserHome home, bool sandbox) =>
        _playwright!.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = _chromium!.Executable,
            Headless = true,
            ChromiumSandbox = sandbox,
            Env = home.Environment,
            // The headless shell calls nobody. The full browser asks its maker for updates, the time and a dictionary whatever
            // switches it is given; it gets no further than a name that does not resolve.
            Args = [$"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {Site.BaseUrl.IdnHost}", "--no-proxy-server"],
        });

    private sealed class OwnedBrowser(IBrowser browser, BrowserHome home) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await browser.DisposeAsync();
            home.Dispose();
        }
    }
}
