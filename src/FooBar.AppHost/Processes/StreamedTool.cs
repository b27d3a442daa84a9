using System.Diagnostics;
using System.Text;

namespace FooBar.AppHost.Processes;

/// <summary>Runs a long command to its end and hands on each line of its output at once. It dies with us, and when the token is cancelled.</summary>
internal static class StreamedTool
{
    /// <summary>
    /// Runs it in mount and process namespaces of its own: what it mounts and what it leaves running ends with it, also when it is killed. Needs
    /// root.
    /// </summary>
    public static Task<ToolResult> RunIsolatedAsync(IReadOnlyList<string> line, Action<string> onLine, CancellationToken cancellationToken) =>
        RunAsync(["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc", "--", .. line], onLine, cancellationToken);

    /// <summary>Runs it.</summary>
    /// <param name="line">The command and its arguments.</param>
    /// <param name="onLine">Called with each line of output, never by two threads at once.</param>
    /// <param name="cancellationToken">Kills it.</param>
    public static async Task<ToolResult> RunAsync(IReadOnlyList<string> line, Action<string> onLine, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new("setsid") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (string argument in (string[])["setpriv", "--pdeathsig", "KILL", "--", .. line])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["LC_ALL"] = "C.UTF-8";
        using Process process = await ChildSpawner.StartAsync(start);
        process.StandardInput.Close();
        await using CancellationTokenRegistration stop = cancellationToken.Register(() => Signals.Send(process.Id, Signals.Kill));
        Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        StringBuilder output = new();
        while (await process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } said)
        {
            output.Append(said).Append('\n');
            onLine(said);
        }

        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        return new ToolResult(process.ExitCode, output.ToString(), await error);
    }
}
