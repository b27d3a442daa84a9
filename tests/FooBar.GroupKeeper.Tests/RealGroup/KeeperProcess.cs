using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FooBar.Testing;

namespace FooBar.GroupKeeper.Tests.RealGroup;

/// <summary>A keeper as a process of its own, and what it has logged.</summary>
public sealed class KeeperProcess
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(100);

    private readonly ConcurrentQueue<string> _log = new();
    private readonly Process _process;
    private readonly Uri _admin;

    private KeeperProcess(Process process, Uri admin)
    {
        (_process, _admin) = (process, admin);
        DataReceivedEventHandler collect = (_, line) =>
        {
            if (line.Data is { } text)
            {
                _log.Enqueue(text);
            }
        };
        process.OutputDataReceived += collect;
        process.ErrorDataReceived += collect;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The lines so far.</summary>
    public IReadOnlyList<string> Log => [.. _log];

    public static async Task<KeeperProcess> StartAsync(string name, IReadOnlyDictionary<string, string> settings)
    {
        int port = FreePorts.Next();
        Process process = await TestProcess.StartAsync("KILL", "dotnet", [Assembly], start =>
        {
            start.RedirectStandardOutput = true;
            start.RedirectStandardError = true;
            Configure(start, settings);
            start.Environment["Admin__Port"] = port.ToString(CultureInfo.InvariantCulture);
        });
        return new(process, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")));
    }

    /// <summary>Runs it to its end with arguments.</summary>
    public static Task<(int ExitCode, string Output)> RunAsync(IReadOnlyDictionary<string, string> settings, params string[] arguments) =>
        TestProcess.RunAsync("dotnet", [Assembly, .. arguments], TestContext.Current.CancellationToken, start => Configure(start, settings));

    /// <summary>Waits until it has logged such a message, after the first lines; returns the message.</summary>
    public async Task<string> SaysAsync(Func<string, bool> wanted, int after = 0)
    {
        long began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < Deadline)
        {
            if (_log.Skip(after).Select(Message).FirstOrDefault(wanted) is { } message)
            {
                return message;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        throw new InvalidOperationException($"The keeper has not said what was waited for:\n{string.Join('\n', _log.Skip(after))}");
    }

    /// <summary>A page of its admin port, whatever the status.</summary>
    public async Task<string> GetAsync(string path)
    {
        using HttpClient http = new();
        using HttpResponseMessage answer = await http.GetAsync(new Uri(_admin, path));
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>Waits until its metrics have all these series; returns the page.</summary>
    public async Task<string> UntilMetricsAsync(params string[] series)
    {
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            string page = await GetAsync("/metrics");
            if (series.All(wanted => page.Contains($"\n{wanted}\n", StringComparison.Ordinal)))
            {
                return page;
            }

            if (Stopwatch.GetElapsedTime(began) > Deadline)
            {
                throw new InvalidOperationException($"The metrics never showed {string.Join(" and ", series)}:\n{page}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    public async Task StopAsync(bool kill)
    {
        if (kill)
        {
            _process.Kill();
        }
        else
        {
            await Signals.TerminateAsync(_process.Id);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static string Assembly => Path.Combine(AppContext.BaseDirectory, "FooBar.GroupKeeper.dll");

    private static string Message(string line)
    {
        if (!line.StartsWith('{'))
        {
            return line;
        }

        using JsonDocument json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty("message").GetString() ?? string.Empty;
    }

    private static void Configure(ProcessStartInfo start, IReadOnlyDictionary<string, string> settings)
    {
        foreach ((string key, string value) in settings)
        {
            start.Environment[key] = value;
        }
    }
}
