using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Provisioning;

/// <summary>
/// Programs of Debian packages that run from any folder: from where a variable says, from PATH, or downloaded without root into a folder below
/// the state's tools. There, each has its place in <c>bin</c>.
/// </summary>
/// <param name="Name">The folder below the tools.</param>
/// <param name="Variable">The environment variable that names another folder with a <c>bin</c>.</param>
/// <param name="Programs">What must be in <c>bin</c> and say its version.</param>
/// <param name="Packages">What is downloaded.</param>
/// <param name="Purpose">What it is and what else can be done, for errors.</param>
internal sealed record PackagedPrograms(string Name, string Variable, string[] Programs, string[] Packages, AptPurpose Purpose)
{
    private string Listed => string.Join(" and ", Programs.Select(program => $"bin/{program}"));

    /// <summary>Makes a program of an unpacked package callable; by default a link into its <c>usr/bin</c>.</summary>
    public Func<string, string, CancellationToken, Task> Place { get; init; } = LinkAsync;

    /// <summary>With what argument a program says its version; by default <c>--version</c>.</summary>
    public Func<string, string> VersionArgument { get; init; } = _ => "--version";

    /// <summary>Whether a program runs, from what it did when it was asked for its version; by default, that it said it without complaint.</summary>
    public Func<ToolResult, bool> Runs { get; init; } = static result => result.ExitCode == 0;

    /// <summary>The suite of the archive; by default the machine's own.</summary>
    public Func<AptMirror, AptSource> Source { get; init; } = mirror => mirror.Release;

    /// <summary>
    /// The dependencies that the machine has; all others are downloaded too. By default null: the programs need nothing beyond the C library, and the
    /// packages are downloaded alone.
    /// </summary>
    public IReadOnlyList<string>? AssumedDependencies { get; init; }

    /// <summary>Returns the folder that holds <c>bin</c>.</summary>
    /// <exception cref="FoobarException">The given folder holds no programs that run, or none could be had; the message says what to do.</exception>
    public async Task<string> ProvisionAsync(StateFolder state, StepProgress progress, CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
        {
            if (!await RunAsync(given, cancellationToken))
            {
                throw new FoobarException($"{Variable}={given} has no {Listed} that run. Correct it, or unset it and let foobar download them.");
            }

            progress.Done($"from {Variable}");
            return given;
        }

        using IDisposable provisioning = await FileLock.TakeAsync(
            Path.Combine(state.Tools, Name + ".lock"), () => progress.Working("another foobar is downloading it; waiting for it"), cancellationToken);
        string home = Path.Combine(state.Tools, Name);
        string? damaged = ToolManifest.Damage(home);
        if (damaged is not null)
        {
            progress.Working($"{damaged} is not as it was unpacked; all of it is made anew");
        }

        if (damaged is not null || !await RunAsync(home, cancellationToken))
        {
            string partial = home + ".partial";
            foreach (string old in (string[])[partial, home])
            {
                if (Directory.Exists(old))
                {
                    Directory.Delete(old, recursive: true);
                }
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
        }

        progress.Done("ready");
        return home;
    }

    /// <summary>Links a program of <c>usr/bin</c> into <c>bin</c>.</summary>
    public static Task LinkAsync(string home, string program, CancellationToken cancellationToken)
    {
        File.CreateSymbolicLink(Path.Combine(home, "bin", program), Path.Combine("..", "usr", "bin", program));
        return Task.CompletedTask;
    }

    /// <summary>Writes a script into <c>bin</c> that runs a program with the libraries that were unpacked beside it.</summary>
    public static async Task WrapAsync(string home, string program, CancellationToken cancellationToken)
    {
        string path = Path.Combine(home, "bin", program);
        if (File.Exists(path))
        {
            // Debian 12 has some in /bin, later releases in /usr.
            Directory.CreateDirectory(Path.Combine(home, "usr", "bin"));
            File.Move(path, Path.Combine(home, "usr", "bin", program));
        }

        string folder = File.Exists(Path.Combine(home, "usr", "bin", program)) ? "usr/bin" : "usr/sbin";
        await File.WriteAllTextAsync(
            path,
            $"""
            #!/bin/sh
            home=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
            LD_LIBRARY_PATH=$home/usr/lib/x86_64-linux-gnu:$home/lib/x86_64-linux-gnu exec "$home/{folder}/{program}" "$@"

            """,
            cancellationToken);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }

    private async Task FillAsync(StateFolder state, string partial, StepProgress progress, CancellationToken cancellationToken)
    {
        string[] installed = [.. Programs.Select(Tool.FindInstalled).OfType<string>()];
        string bin = Path.Combine(partial, "bin");
        if (installed.Length == Programs.Length)
        {
            Directory.CreateDirectory(bin);
            foreach (string program in installed)
            {
                File.CreateSymbolicLink(Path.Combine(bin, Path.GetFileName(program)), program);
            }
        }
        else
        {
            await DownloadAsync(state, partial, progress, cancellationToken);
            Directory.CreateDirectory(bin);
            foreach (string program in Programs)
            {
                await Place(partial, program, cancellationToken);
            }

            await ToolFolder.SealAsync(partial, cancellationToken);
        }

        if (!await RunAsync(partial, cancellationToken))
        {
            throw new FoobarException($"The downloaded {Purpose.What} does not run here; {Purpose.Instead}.");
        }
    }

    private async Task DownloadAsync(StateFolder state, string partial, StepProgress progress, CancellationToken cancellationToken)
    {
        AptMirror mirror = await AptMirror.OfThisMachineAsync(cancellationToken);
        using AptRoot apt = await AptRoot.OpenAsync(Path.Combine(state.Tools, "apt-" + Name), [Source(mirror)], AssumedDependencies ?? [], Purpose, progress, cancellationToken);
        IReadOnlyList<string> downloaded = [];
        if (AssumedDependencies is not null)
        {
            downloaded = await apt.DownloadAsync(Packages, progress, cancellationToken);
        }
        else
        {
            foreach (string package in Packages)
            {
                downloaded = await apt.DownloadOneAsync(package, progress, cancellationToken);
            }
        }

        await AptRoot.UnpackAsync(downloaded, partial, progress, cancellationToken);
    }

    private async Task<bool> RunAsync(string home, CancellationToken cancellationToken)
    {
        foreach (string program in Programs)
        {
            string path = Path.Combine(home, "bin", program);
            if (!File.Exists(path) || !Runs(await Tool.RunAsync(path, [VersionArgument(program)], cancellationToken)))
            {
                return false;
            }
        }

        return true;
    }
}
