using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using FooBar.Testing;
using FooBar.Testing.Site;

namespace FooBar.Web.Tests.Site;

/// <summary>The site as a process of its own, on ports that the system chose.</summary>
public sealed class WebInstance : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _log = new();
    private readonly TaskCompletionSource<Uri> _traffic = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly SiteTarget _target;

    private WebInstance(SiteTarget target, Process process) => (_target, _process) = (target, process);

    /// <summary>Where it serves pages.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>Everything it wrote, a JSON object a line.</summary>
    public IReadOnlyCollection<string> Log => _log;

    /// <summary>Starts it and waits for its listener, not for its readiness.</summary>
    /// <param name="target">The database to use.</param>
    /// <param name="settings">More settings as <c>Section:Key=value</c>.</param>
    public static async Task<WebInstance> StartAsync(SiteTarget target, params string[] settings)
    {
        string[] all =
        [
            "Service:Name=web-test", "Admin:Port=0", "Web:HttpsPort=0",
            .. target.Settings, .. settings,
        ];
        Process process = await TestProcess.StartAsync(
            "KILL",
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "FooBar.Web.dll")],
            start =>
            {
                start.RedirectStandardOutput = true;
                start.RedirectStandardError = true;
                // From another folder than its own, as a service is.
                start.WorkingDirectory = Path.GetTempPath();
                foreach (string setting in all)
                {
                    int equals = setting.IndexOf('=', StringComparison.Ordinal);
                    start.Environment[setting[..equals].Replace(":", "__", StringComparison.Ordinal)] = setting[(equals + 1)..];
                }
            });
        WebInstance instance = new(target, process);
        instance.Read();
        try
        {
            instance.Url = await instance._traffic.Task.WaitAsync(Deadline, TimeProvider.System);
            return instance;
        }
        catch (Exception e)
        {
            await instance.DisposeAsync();
            throw new InvalidOperationException($"The site did not start:\n{string.Join('\n', instance.Log)}", e);
        }
    }

    /// <summary>Polls the traffic port's readiness until it is as wanted.</summary>
    public async Task WaitForReadinessAsync(bool ready)
    {
        using Browser browser = new(_target.CaPath);
        long started = TimeProvider.System.GetTimestamp();
        int expected = ready ? 200 : 503;
        while (true)
        {
            Answer answer = await browser.GetAsync(this, "/health/ready");
            if (answer.Status == expected)
                return;
            if (TimeProvider.System.GetElapsedTime(started) > Deadline)
                Assert.Fail($"/health/ready still answers {answer.Status} after {Deadline}:\n{string.Join('\n', Log)}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    public async Task WaitForLogAsync(Func<string, bool> condition)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!Log.Any(condition))
        {
            if (TimeProvider.System.GetElapsedTime(started) > Deadline)
                Assert.Fail($"The log line has not come within {Deadline}:\n{string.Join('\n', Log)}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    /// <summary>Its metrics as they are now.</summary>
    public async Task<MetricsPage> MetricsAsync()
    {
        const string listening = "Now listening on: http:";
        await WaitForLogAsync(line => Property(line, "message")?.StartsWith(listening, StringComparison.Ordinal) == true);
        string message = Log.Select(line => Property(line, "message")).First(text => text?.StartsWith(listening, StringComparison.Ordinal) == true)!;
        using HttpClient http = new();
        return await MetricsPage.ScrapeAsync(http, new Uri(message["Now listening on: ".Length..]), TestContext.Current.CancellationToken);
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Asks it to stop, as a service manager does (SIGTERM).</summary>
    public Task TerminateAsync() => Signals.TerminateAsync(_process.Id);

    /// <summary>Waits for its end and says how it ended.</summary>
    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Deadline, TimeProvider.System);
        return _process.ExitCode;
    }

    /// <summary>What was logged as an error up to the line that says that pages are served.</summary>
    public IEnumerable<string> ErrorsBeforeReady() => Log
        .TakeWhile(line => !line.Contains("pages are served from now on", StringComparison.Ordinal))
        .Where(line => Property(line, "level") is "Error" or "Fatal");

    /// <summary>How many lines have that message template.</summary>
    public int Count(string template) => Log.Count(line => Property(line, "template") == template);

    /// <summary>The messages and exceptions that were logged at a level.</summary>
    public IEnumerable<string> At(string level) => Log.Where(line => Property(line, "level") == level);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Read()
    {
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => _traffic.TrySetException(new InvalidOperationException("It ended by itself."));
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        _log.Enqueue(line);
        const string listening = "Now listening on: ";
        if (Property(line, "message") is { } message && message.StartsWith(listening + "https:", StringComparison.Ordinal))
            _traffic.TrySetResult(new Uri(message[listening.Length..]));
    }

    private static string? Property(string line, string name)
    {
        if (!line.StartsWith('{'))
            return null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            return json.RootElement.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
        }
        catch (JsonException)
        {
            // An instance that is killed leaves half a line, and nobody would catch what is thrown where lines arrive.
            return null;
        }
    }
}
