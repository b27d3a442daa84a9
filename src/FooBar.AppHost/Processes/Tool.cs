using System.ComponentModel;
using System.Diagnostics;

namespace FooBar.AppHost.Processes;

/// <summary>What a command that ran to its end left behind.</summary>
internal sealed record ToolResult(int ExitCode, string Output, string Error)
{
    /// <summary>The last line of the error, else of the output: usually the one that says why.</summary>
    public string Reason =>
        Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault()
        ?? Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault()
        ?? $"exit code {ExitCode}";
}

/// <summary>Runs a command to its end and collects its output. It dies with us, and when the token is cancelled.</summary>
internal static class Tool
{
    public static async Task<ToolResult> RunAsync(
        string fileName,
        IEnumerable<string> arguments,
        CancellationToken cancellationToken,
        string? workingDirectory = null,
        string? input = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        // In a session of its own: Ctrl-C in the terminal is for us, and we end the tool by the token.
        ProcessStartInfo start = new("setsid")
        {
            WorkingDirectory = workingDirectory ?? string.Empty,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.ArgumentList.Add("setpriv");
        start.ArgumentList.Add("--pdeathsig");
        start.ArgumentList.Add("KILL");
        start.ArgumentList.Add("--");
        start.ArgumentList.Add(fileName);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        Process process;
        try
        {
            process = await ChildSpawner.StartAsync(start);
        }
        catch (Win32Exception exception)
        {
            throw new FoobarException("setsid and setpriv are missing: install util-linux (apt-get install util-linux).", exception);
        }

        using (process)
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
            try
            {
                await FeedAsync(process, input, cancellationToken);
                await process.WaitForExitAsync(cancellationToken);

                // A process that it left in the background may hold the pipes for ever.
                return new ToolResult(process.ExitCode, await output.WaitAsync(cancellationToken), await error.WaitAsync(cancellationToken));
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
                throw;
            }
        }
    }

    private static async Task FeedAsync(Process process, string? input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It does not read its input, or ended before it had: its exit code and its error say why.
        }
    }

    /// <summary>Where a command lies on PATH; null when it does not.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Append("/usr/sbin")
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    /// <summary>
    /// Like <see cref="Find"/>, for a program that we could also download; with FOOBAR_IGNORE_INSTALLED set, always null, so that a test of
    /// the provisioning is not answered by what happens to be installed.
    /// </summary>
    public static string? FindInstalled(string name) =>
        Environment.GetEnvironmentVariable("FOOBAR_IGNORE_INSTALLED") is { Length: > 0 } ? null : Find(name);
}
