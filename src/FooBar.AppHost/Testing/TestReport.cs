using System.Globalization;
using System.Text.Json;

namespace FooBar.AppHost.Testing;

/// <summary>The sums over all suites.</summary>
internal sealed class TestTotals
{
    public int Passed { get; set; }

    public int Failed { get; set; }

    public int Skipped { get; set; }

    /// <summary>The failed tests by name, for the end of a long log.</summary>
    public List<string> Failures { get; } = [];

    /// <summary>What the tests of the suite that ran last have measured.</summary>
    public List<(string Name, string Figures)> Evidence { get; } = [];
}

/// <summary>Turns the JSON lines of one test process into lines for people, and counts. Not thread-safe.</summary>
internal sealed class TestReport(string suite, TestTotals totals, TextWriter output)
{
    private readonly Dictionary<string, string> _running = [];
    private bool _finished;
    private int _seen;
    private int _failed;

    /// <summary>Takes one line. What is not JSON came from the code under test and is shown as it is.</summary>
    public void Take(string line)
    {
        if (!line.StartsWith("{\"$type\":", StringComparison.Ordinal))
        {
            if (EvidencePage.Parse(line) is { } measured)
            {
                totals.Evidence.Add(measured);
            }

            output.WriteLine(line);
            return;
        }

        JsonDocument json;
        try
        {
            json = JsonDocument.Parse(Escaped(line));
        }
        catch (JsonException)
        {
            // The process died in the middle of it; its end is accounted for by its exit.
            output.WriteLine(line);
            return;
        }

        using (json)
        {
            Take(json.RootElement);
        }
    }

    /// <summary>Accounts for the end of the process: one that died, or that ran nothing, has failed.</summary>
    public void End(int exitCode)
    {
        if (!_finished)
        {
            foreach (string name in _running.Values)
            {
                output.WriteLine($"  was running: {name}");
            }

            output.WriteLine($"  FAILED  the test process ended early, with exit code {exitCode}");
            Fail($"process ended early with exit code {exitCode}");
        }
        else if (_seen == 0)
        {
            output.WriteLine("  FAILED  no test ran");
            Fail("no test ran");
        }
        else if (exitCode != 0 && _failed == 0)
        {
            output.WriteLine($"  FAILED  the test process failed after its last test, with exit code {exitCode}");
            Fail($"process failed after its last test with exit code {exitCode}");
        }
    }

    /// <summary>xUnit leaves the escapes of a terminal's output as they are in a message, which is no JSON then.</summary>
    private static string Escaped(string line) => !line.AsSpan().ContainsAnyInRange('\0', '\x1f')
        ? line
        : string.Concat(line.Select(character => character < ' ' ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}") : character.ToString()));

    private void Take(JsonElement message)
    {
        string type = message.GetProperty("$type").GetString()!;
        switch (type)
        {
            case "test-assembly-starting":
                output.WriteLine($"  seed {message.GetProperty("Seed").GetInt32().ToString(CultureInfo.InvariantCulture)}");
                break;
            case "test-starting":
                _running[message.GetProperty("TestUniqueID").GetString()!] = message.GetProperty("TestDisplayName").GetString()!;
                break;
            case "test-passed":
                totals.Passed++;
                Result("ok", message, message.TryGetProperty("Output", out JsonElement said) ? said.GetString() : null);
                break;
            case "test-skipped":
                totals.Skipped++;
                Result("SKIPPED", message, message.GetProperty("Reason").GetString());
                break;
            case "test-failed":
                Fail(Result("FAILED", message, Failure(message)));
                break;
            case "test-assembly-finished":
                _finished = true;
                break;
            case "diagnostic-message" or "internal-diagnostic-message" when _finished:
                // Why the process does not end, as when threads of a test are left.
                output.WriteLine($"          {message.GetProperty("Message").GetString()}");
                break;
            case "error" or "test-assembly-cleanup-failure" or "test-collection-cleanup-failure" or "test-class-cleanup-failure" or "test-cleanup-failure" or "test-case-cleanup-failure" or "test-method-cleanup-failure":
                output.WriteLine($"  FAILED  {type}\n{Failure(message)}");
                Fail(type);
                break;
        }
    }

    private static string Failure(JsonElement message)
    {
        List<string> parts = [];
        foreach (string list in (string[])["Messages", "StackTraces"])
        {
            if (message.TryGetProperty(list, out JsonElement values))
            {
                parts.AddRange(values.EnumerateArray().Select(value => value.GetString() ?? string.Empty));
            }
        }

        if (message.TryGetProperty("Output", out JsonElement said) && said.GetString() is { Length: > 0 } text)
        {
            parts.Add(text);
        }

        return string.Join('\n', parts);
    }

    private string Result(string word, JsonElement message, string? details)
    {
        _seen++;
        string id = message.GetProperty("TestUniqueID").GetString()!;
        string name = _running.Remove(id, out string? known) ? known : id;
        double seconds = message.GetProperty("ExecutionTime").GetDouble();
        output.WriteLine($"  {word,-7} {name} ({seconds.ToString("0.00", CultureInfo.InvariantCulture)} s)");
        if (!string.IsNullOrWhiteSpace(details))
        {
            output.WriteLine("          " + details.TrimEnd().Replace("\n", "\n          ", StringComparison.Ordinal));
        }

        return name;
    }

    private void Fail(string what)
    {
        _failed++;
        totals.Failed++;
        totals.Failures.Add($"{suite}: {what}");
    }
}
