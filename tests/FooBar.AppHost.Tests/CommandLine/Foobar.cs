using System.Diagnostics;
using FooBar.AppHost.Machine;
using FooBar.Testing;

namespace FooBar.AppHost.Tests.CommandLine;

/// <summary>What a call of the command left behind.</summary>
internal sealed record FoobarResult(int ExitCode, string Output, string Error)
{
    /// <summary>Asserts a failure as the user should see it: this one line and nothing else.</summary>
    public void AssertFailed(int exitCode, string line) => Assert.Equal(new FoobarResult(exitCode, string.Empty, line + "\n"), this);

    /// <summary>Asserts success without a word of complaint.</summary>
    public void AssertDone() => Assert.Equal((0, string.Empty), (ExitCode, Error));
}

/// <summary>Calls the real program, as the script <c>./foobar</c> does once it is built.</summary>
internal static class Foobar
{
    /// <summary>Ends a call that should have been refused and was not: it would run for ever.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    /// <summary>The program as it was built with these tests.</summary>
    public static string Program { get; } = Find();

    /// <summary>Runs it to its end.</summary>
    public static Task<FoobarResult> RunAsync(params string[] arguments) => RunAsync(new Dictionary<string, string>(), arguments);

    /// <summary>Runs it to its end with variables of its own.</summary>
    public static async Task<FoobarResult> RunAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        using Process process = await StartAsync(environment, arguments);
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"foobar {string.Join(' ', arguments)} did not end within {Deadline.TotalMinutes:0} min. It wrote:\n{await output}\n{await error}");
        }

        return new FoobarResult(process.ExitCode, await output, await error);
    }

    /// <summary>Starts it; the caller reads and waits.</summary>
    public static Task<Process> StartAsync(Dictionary<string, string> environment, params string[] arguments) =>
        TestProcess.StartAsync("KILL", Dotnet.Program, [Program, .. arguments], start =>
        {
            start.RedirectStandardOutput = true;
            start.RedirectStandardError = true;
            start.Environment["TZ"] = "UTC";
            foreach ((string name, string value) in environment)
            {
                start.Environment[name] = value;
            }
        });

    private static string Find()
    {
        // artifacts/bin/PROJECT/CONFIGURATION
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string program = Path.Combine(RepositoryRoot.Path, "artifacts", "bin", "FooBar.AppHost", configuration, "foobar.dll");
        return File.Exists(program) ? program : throw new InvalidOperationException($"{program} is not there: build tests/FooBar.AppHost.Tests, which builds it too.");
    }
}
