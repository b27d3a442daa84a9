using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Provisioning;

/// <summary>
/// MySQL Router, which benchmarks compare with and nothing else needs: the program <c>mysqlrouter</c>, from FOOBAR_MYSQLROUTER, else from PATH,
/// else downloaded into the tools folder without root.
/// </summary>
internal static class MySqlRouterInstallation
{
    /// <summary>Names the program.</summary>
    public const string Variable = "FOOBAR_MYSQLROUTER";

    private const string Folder = "mysql-router";
    private const string Program = "mysqlrouter";

    private static readonly AptPurpose Purpose = new("MySQL Router", $"install mysql-router, or set {Variable} to its program {Program}");

    /// <summary>Returns the program's path; null when it cannot be had, for a benchmark goes on without it.</summary>
    /// <exception cref="FoobarException">The program that the variable names does not run.</exception>
    public static async Task<string?> TryProvisionAsync(StateFolder state, StepProgress progress, CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
        {
            if (!await RunsAsync(given, cancellationToken))
            {
                throw new FoobarException($"{Variable}={given} is no mysqlrouter that runs. Correct it, or unset it and let foobar download one.");
            }

            progress.Done($"from {Variable}");
            return given;
        }

        if (Tool.FindInstalled(Program) is { } installed && await RunsAsync(installed, cancellationToken))
        {
            progress.Done(installed);
            return installed;
        }

        try
        {
            string program = await InToolsAsync(state, progress, cancellationToken);
            progress.Done("ready");
            return program;
        }
        catch (FoobarException failure)
        {
            progress.Done($"not to be had, so it is not compared with: {failure.Message}");
            return null;
        }
    }

    private static async Task<string> InToolsAsync(StateFolder state, StepProgress progress, CancellationToken cancellationToken)
    {
        using IDisposable provisioning = await FileLock.TakeAsync(
            Path.Combine(state.Tools, Folder + ".lock"), () => progress.Working("another foobar is downloading it; waiting for it"), cancellationToken);
        string home = Path.Combine(state.Tools, Folder);
        string program = Path.Combine(home, "bin", Program);
        if (ToolManifest.Damage(home) is null && await RunsAsync(program, cancellationToken))
        {
            return program;
        }

        string partial = home + ".partial";
        foreach (string old in (string[])[partial, home])
        {
            if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
        }

        try
        {
            await FillAsync(state, partial, progress, cancellationToken);
        }
        catch
        {
            ToolFolder.TryDelete(partial);
            throw;
        }

        Directory.Move(partial, home);
        return await RunsAsync(program, cancellationToken) ? program : throw new FoobarException($"The downloaded {Purpose.What} does not run here; {Purpose.Instead}.");
    }

    private static async Task FillAsync(StateFolder state, string partial, StepProgress progress, CancellationToken cancellationToken)
    {
        AptMirror mirror = await AptMirror.OfThisMachineAsync(cancellationToken);

        // From the suite that MySQL itself is taken from: the two are made from one source and are of one version.
        AptSource source = MySqlInstallation.SourceOf(mirror);
        using AptRoot apt = await AptRoot.OpenAsync(Path.Combine(state.Tools, "apt-" + Folder), [source], [], Purpose, progress, cancellationToken);
        await AptRoot.UnpackAsync(await apt.DownloadAsync(["mysql-router"], progress, cancellationToken), partial, progress, cancellationToken);
        WriteLauncher(partial);
        await ToolFolder.SealAsync(partial, cancellationToken);
    }

    /// <summary>It needs its own C library, newer than the system's, and looks for its plugins where they would be installed.</summary>
    private static void WriteLauncher(string home)
    {
        string path = Path.Combine(home, "bin", Program);
        Directory.CreateDirectory(Path.Combine(home, "bin"));
        File.WriteAllText(path, $"""
            #!/bin/sh
            # Runs the unpacked {Program} with the libraries and plugins it was built for.
            home=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
            lib=$home/usr/lib/x86_64-linux-gnu
            exec "$lib/ld-linux-x86-64.so.2" --library-path "$lib:$home/usr/lib/mysql-router" "$home/usr/bin/{Program}" --DEFAULT.plugin_folder="$home/usr/lib/mysqlrouter/plugin" "$@"

            """);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }

    private static async Task<bool> RunsAsync(string program, CancellationToken cancellationToken) =>
        File.Exists(program) && (await Tool.RunAsync(program, ["--version"], cancellationToken)).ExitCode == 0;
}
