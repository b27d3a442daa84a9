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

    private const string HomeVariable = "FOOBAR_MYSQLROUTER_HOME";
    private const string Program = "mysqlrouter";

    // From the suite that MySQL itself is taken from: the two are made from one source and are of one version.
    private static readonly PackagedPrograms Programs = new(
        "mysql-router", HomeVariable, [Program], ["mysql-router"], new("MySQL Router", $"install mysql-router, or set {Variable} to its program {Program}"))
    {
        Place = WriteLauncherAsync,
        Source = MySqlInstallation.SourceOf,
        AssumedDependencies = [],
    };

    /// <summary>Returns the program's path; null when it cannot be had, for a benchmark goes on without it.</summary>
    public static async Task<string?> TryProvisionAsync(StateFolder state, StepProgress progress, CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
        {
            progress.Done($"from {Variable}");
            return given;
        }

        try
        {
            return Path.Combine(await Programs.ProvisionAsync(state, progress, cancellationToken), "bin", Program);
        }
        catch (FoobarException failure)
        {
            progress.Done($"not to be had, so it is not compared with: {failure.Message}");
            return null;
        }
    }

    /// <summary>It needs its own C library, newer than the system's, and looks for its plugins where they would be installed.</summary>
    private static async Task WriteLauncherAsync(string home, string program, CancellationToken cancellationToken)
    {
        string path = Path.Combine(home, "bin", program);
        await File.WriteAllTextAsync(
            path,
            $"""
            #!/bin/sh
            # Runs the unpacked {program} with the libraries and plugins it was built for.
            home=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
            lib=$home/usr/lib/x86_64-linux-gnu
            exec "$lib/ld-linux-x86-64.so.2" --library-path "$lib:$home/usr/lib/mysql-router" "$home/usr/bin/{program}" --DEFAULT.plugin_folder="$home/usr/lib/mysqlrouter/plugin" "$@"

            """,
            cancellationToken);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }
}
