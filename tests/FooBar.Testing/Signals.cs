using System.Globalization;

namespace FooBar.Testing;

/// <summary>Signals to processes that a test has started, by their ids.</summary>
public static class Signals
{
    /// <summary>Asks the process to end (SIGTERM).</summary>
    public static Task TerminateAsync(int processId) => SendAsync("TERM", processId);

    /// <summary>Kills the process (SIGKILL).</summary>
    public static Task KillAsync(int processId) => SendAsync("KILL", processId);

    /// <summary>Freezes the process (SIGSTOP): the kernel goes on accepting its connections, and nobody answers on them.</summary>
    public static Task FreezeAsync(int processId) => SendAsync("STOP", processId);

    /// <summary>Lets a frozen process go on (SIGCONT).</summary>
    public static Task ThawAsync(int processId) => SendAsync("CONT", processId);

    private static async Task SendAsync(string signal, int processId)
    {
        (int exitCode, string output) = await TestProcess.RunAsync(
            "kill", [$"-{signal}", processId.ToString(CultureInfo.InvariantCulture)], CancellationToken.None);
        if (exitCode != 0) throw new InvalidOperationException($"SIG{signal} could not be sent to process {processId}: {output}");
    }
}
