using System.Globalization;
using System.Text.RegularExpressions;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Provisioning;

/// <summary>
/// A MySQL 8.4 or newer that can be run: <c>bin/mysqld</c> and <c>bin/mysql</c> below <see cref="Home"/>. Taken from FOOBAR_MYSQL_HOME,
/// else from PATH, else downloaded into the tools folder without root.
/// </summary>
internal sealed partial record MySqlInstallation(string Home, string Version)
{
    private const string Folder = "mysql";
    private const string BundleFolder = "mysql-bundle";
    private const string Loader = "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2";

    private static readonly AptPurpose Purpose = new("MySQL", "install MySQL 8.4 or newer and set FOOBAR_MYSQL_HOME to the folder that holds its bin/mysqld and bin/mysql");

    public string Server => Path.Combine(Home, "bin", "mysqld");

    public string Client => Path.Combine(Home, "bin", "mysql");

    public static async Task<MySqlInstallation> ProvisionAsync(StateFolder state, StepProgress progress, CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("FOOBAR_MYSQL_HOME") is { Length: > 0 } given)
        {
            MySqlInstallation named = new(given, await VersionAsync(Path.Combine(given, "bin", "mysqld"), cancellationToken)
                ?? throw new FoobarException($"FOOBAR_MYSQL_HOME={given} has no bin/mysqld that runs and is 8.4 or newer. Correct it, or unset it and let foobar download one."));
            progress.Done($"MySQL {named.Version} from FOOBAR_MYSQL_HOME");
            return named;
        }

        return await InToolsAsync(state, Folder, Tool.FindInstalled, progress, cancellationToken);
    }

    /// <summary>
    /// Like <see cref="ProvisionAsync"/>, but always one that was unpacked with its libraries and so runs on any host; what is installed on this
    /// machine runs here alone, and then one is downloaded beside.
    /// </summary>
    public static async Task<MySqlInstallation> ProvisionBundleAsync(StateFolder state, StepProgress progress, CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("FOOBAR_MYSQL_HOME") is { Length: > 0 } given && IsBundle(given))
        {
            return await ProvisionAsync(state, progress, cancellationToken);
        }

        string inTools = Path.Combine(state.Tools, Folder);
        return await InToolsAsync(state, !Directory.Exists(inTools) || IsBundle(inTools) ? Folder : BundleFolder, _ => null, progress, cancellationToken);
    }

    /// <summary>The suite that MySQL is in: Debian's releases carry none, its unstable suite does; Ubuntu's releases carry their own.</summary>
    public static AptSource SourceOf(AptMirror mirror) => mirror.Distribution == "debian" ? mirror.Suite("unstable") : mirror.Release;

    private static bool IsBundle(string home) => File.Exists(Path.Combine(home, Loader)) && File.Exists(Path.Combine(home, "usr", "sbin", "mysqld"));

    private static async Task<MySqlInstallation> InToolsAsync(
        StateFolder state, string folder, Func<string, string?> findInstalled, StepProgress progress, CancellationToken cancellationToken)
    {
        using IDisposable provisioning = await FileLock.TakeAsync(
            Path.Combine(state.Tools, "mysql.lock"), () => progress.Working("another foobar is downloading it; waiting for it"), cancellationToken);
        string home = Path.Combine(state.Tools, folder);
        if (ToolManifest.Damage(home) is { } damaged)
        {
            progress.Working($"{damaged} is not as it was unpacked; all of it is made anew");
            Directory.Delete(home, recursive: true);
        }
        else if (await VersionAsync(Path.Combine(home, "bin", "mysqld"), cancellationToken) is { } present)
        {
            progress.Done($"MySQL {present}");
            return new MySqlInstallation(home, present);
        }

        string partial = home + ".partial";
        DeleteIfThere(partial);
        DeleteIfThere(home);
        string version;
        try
        {
            version = await FillAsync(state, partial, findInstalled, progress, cancellationToken);
        }
        catch
        {
            ToolFolder.TryDelete(partial);
            throw;
        }

        // The rename is the commit: a half-finished download is never mistaken for a server.
        Directory.Move(partial, home);
        progress.Done($"MySQL {version}");
        return new MySqlInstallation(home, version);
    }

    /// <summary>Fills the folder with a server that runs, and returns its version.</summary>
    private static async Task<string> FillAsync(StateFolder state, string partial, Func<string, string?> findInstalled, StepProgress progress, CancellationToken cancellationToken)
    {
        if (findInstalled("mysqld") is { } server && findInstalled("mysql") is { } client && await VersionAsync(server, cancellationToken) is not null)
        {
            Directory.CreateDirectory(Path.Combine(partial, "bin"));
            File.CreateSymbolicLink(Path.Combine(partial, "bin", "mysqld"), server);
            File.CreateSymbolicLink(Path.Combine(partial, "bin", "mysql"), client);
        }
        else
        {
            await DownloadAsync(state, partial, progress, cancellationToken);
            await ToolFolder.SealAsync(partial, cancellationToken);
        }

        return await VersionAsync(Path.Combine(partial, "bin", "mysqld"), cancellationToken)
            ?? throw new FoobarException("The downloaded mysqld does not run or is older than 8.4. Install MySQL 8.4 or newer and set FOOBAR_MYSQL_HOME.");
    }

    private static async Task DownloadAsync(StateFolder state, string target, StepProgress progress, CancellationToken cancellationToken)
    {
        progress.Working("finding the package mirror");
        AptMirror mirror = await AptMirror.OfThisMachineAsync(cancellationToken);
        using AptRoot apt = await AptRoot.OpenAsync(Path.Combine(state.Tools, "apt-mysql"), [SourceOf(mirror)], [], Purpose, progress, cancellationToken);
        IReadOnlyList<string> packages = await apt.DownloadAsync(["mysql-server-core", "mysql-client-core"], progress, cancellationToken);

        // Perl serves MySQL's maintenance scripts alone, and is a tenth of the size.
        string[] needed = [.. packages.Where(package => !Perl().IsMatch(Path.GetFileName(package)))];
        await AptRoot.UnpackAsync(needed, target, progress, cancellationToken);
        foreach (string documentation in (string[])["usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/lintian"])
        {
            DeleteIfThere(Path.Combine(target, documentation));
        }

        WriteLauncher(target, "mysqld", "usr/sbin/mysqld", " \"$first\" --lc-messages-dir=\"$home/usr/share/mysql\" --character-sets-dir=\"$home/usr/share/mysql/charsets\" --plugin-dir=\"$home/usr/lib/mysql/plugin\"");
        foreach (string client in (string[])["mysql", "mysqladmin", "mysqlbinlog"])
        {
            WriteLauncher(target, client, "usr/bin/" + client, " \"$first\"");
        }
    }

    /// <summary>
    /// The unpacked programs need their own C library, newer than the system's: they are run by that library's own loader.
    /// mysqld wants --defaults-file or --no-defaults before everything else, hence the first argument's own place.
    /// </summary>
    private static void WriteLauncher(string home, string name, string program, string arguments)
    {
        string path = Path.Combine(home, "bin", name);
        Directory.CreateDirectory(Path.Combine(home, "bin"));
        File.WriteAllText(path, $"""
            #!/bin/sh
            # Runs the unpacked {name} with the libraries it was built for. The first argument is --defaults-file=FILE or --no-defaults.
            home=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
            lib=$home/usr/lib/x86_64-linux-gnu
            first=$1
            shift
            exec "$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$home/{program}"{arguments} "$@"

            """);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }

    /// <summary>The version of a mysqld that runs and is 8.4 or newer; else null.</summary>
    private static async Task<string?> VersionAsync(string server, CancellationToken cancellationToken)
    {
        if (!File.Exists(server))
        {
            return null;
        }

        ToolResult result = await Tool.RunAsync(server, ["--no-defaults", "--version"], cancellationToken);
        Match version = VersionNumber().Match(result.Output);
        return result.ExitCode == 0 && version.Success && System.Version.Parse(version.Groups[1].Value) >= new Version(8, 4) && !result.Output.Contains("MariaDB", StringComparison.OrdinalIgnoreCase)
            ? version.Groups[1].Value.ToString(CultureInfo.InvariantCulture)
            : null;
    }

    private static void DeleteIfThere(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [GeneratedRegex(@"Ver (\d+\.\d+\.\d+)")]
    private static partial Regex VersionNumber();

    [GeneratedRegex("^(lib)?perl")]
    private static partial Regex Perl();
}
