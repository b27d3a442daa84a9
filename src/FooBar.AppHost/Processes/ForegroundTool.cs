using System.Diagnostics;

namespace FooBar.AppHost.Processes;

/// <summary>Runs a command in the foreground: its input, output and terminal are ours.</summary>
internal static class ForegroundTool
{
    /// <summary>Runs it to its end and returns its exit code.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> line, CancellationToken cancellationToken) =>
        (await RunAsync(line, captures: false, cancellationToken)).ExitCode;

    /// <summary>The same for a command whose standard output is its result, and whose words to people go to standard error.</summary>
    public static Task<(int ExitCode, string Output)> CaptureAsync(IReadOnlyList<string> line, CancellationToken cancellationToken) => RunAsync(line, captures: true, cancellationToken);

    private static async Task<(int ExitCode, string Output)> RunAsync(IReadOnlyList<string> line, bool captures, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new("setpriv") { RedirectStandardOutput = captures };
        foreach (string argument in (string[])["--pdeathsig", "TERM", "--", .. line])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = await ChildSpawner.StartAsync(start);
        await using CancellationTokenRegistration stop = cancellationToken.Register(() => Signals.Send(process.Id, Signals.Term));
        string output = captures ? await process.StandardOutput.ReadToEndAsync(CancellationToken.None) : string.Empty;
        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        return (process.ExitCode, output);
    }
}
