using System.Diagnostics;
using System.Globalization;
using System.Text;
using FooBar.Testing;

namespace FooBar.BadInput.Tests.Support;

/// <summary>What a call of the command left behind.</summary>
internal sealed record FoobarResult(int ExitCode, string Output, string Error)
{
    /// <summary>Asserts the promise: exit code 1, and this one line on standard error.</summary>
    public void AssertRefused(string line)
    {
        Assert.Equal($"foobar: {line}\n", Error);
        Assert.Equal(1, ExitCode);
    }

    /// <summary>Asserts success without a word of complaint.</summary>
    public void AssertDone() => Assert.True((ExitCode, Error) == (0, string.Empty), $"It ended with {ExitCode}:\n{Output}\n{Error}");
}

/// <summary>The script <c>./foobar</c> of this checkout, as a person calls it.</summary>
internal static class Foobar
{
    // Ends a call that hangs; no test measures it.
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    public static string Script { get; } = Path.Combine(RepositoryRoot.Path, "foobar");

    /// <summary>The programs that <c>./foobar test</c> has downloaded, for those tests that are not about downloading them.</summary>
    public static string Tools { get; } = Environment.GetEnvironmentVariable("FOOBAR_TOOLS") is { Length: > 0 } shared ? shared : Path.Combine(RepositoryRoot.Path, ".foobar", "tools");

    /// <summary>Runs it to its end with the shared programs.</summary>
    public static Task<FoobarResult> RunAsync(params string[] arguments) => RunAsync([], arguments);

    /// <summary>Runs it to its end; <paramref name="environment"/> is added, a null removes a variable.</summary>
    public static Task<FoobarResult> RunAsync(Dictionary<string, string?> environment, params string[] arguments) => RunAsync(Script, arguments, environment);

    /// <summary>Runs a program to its end in the environment of a call of the command.</summary>
    public static async Task<FoobarResult> RunAsync(string program, IEnumerable<string> arguments, Dictionary<string, string?>? environment = null)
    {
        using Process process = await StartAsync(program, arguments, environment);
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        await EndAsync(process);
        return new FoobarResult(process.ExitCode, await output, await error);
    }

    /// <summary>Starts a program in the environment of a call of the command; all three streams are pipes.</summary>
    public static Task<Process> StartAsync(string program, IEnumerable<string> arguments, Dictionary<string, string?>? environment = null) =>
        TestProcess.StartAsync("TERM", program, arguments, start =>
        {
            start.RedirectStandardInput = true;
            start.RedirectStandardOutput = true;
            start.RedirectStandardError = true;
            start.WorkingDirectory = RepositoryRoot.Path;
            foreach (string inherited in start.Environment.Keys.Where(name => name.StartsWith("FOOBAR_", StringComparison.Ordinal)).ToList())
            {
                start.Environment.Remove(inherited);
            }

            start.Environment["FOOBAR_TOOLS"] = Tools;
            foreach ((string name, string? value) in environment ?? [])
            {
                start.Environment[name] = value;
            }
        });

    /// <summary>Waits for the end of a call; one that hangs is killed and the test fails.</summary>
    public static async Task EndAsync(Process process)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"It did not end within {Deadline.TotalMinutes:0} min.");
        }
    }

    /// <summary>Fails when a process is left whose command line or settings name the folder.</summary>
    public static void AssertNothingRunsIn(string folder)
    {
        string[] left = ProcessesIn(folder);
        Assert.True(left.Length == 0, $"Left running:\n{string.Join('\n', left)}");
    }

    public static bool RunsIn(string folder) => ProcessesIn(folder).Length > 0;

    /// <summary>The processes, but for this one, whose command line or settings name the folder: id and command line. A zombie has neither.</summary>
    public static string[] ProcessesIn(string folder) =>
    [
        .. Directory.GetDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id != Environment.ProcessId)
            .Where(path => Read(path, "cmdline").Contains(folder, StringComparison.Ordinal) || Read(path, "environ").Contains(folder, StringComparison.Ordinal))
            .Select(path => $"{Path.GetFileName(path)} {Read(path, "cmdline").Replace('\0', ' ')}"),
    ];

    private static string Read(string process, string file)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(process, file)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
