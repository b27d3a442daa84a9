using System.Diagnostics;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;
using FooBar.AppHost.Provisioning;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Benchmarks;

/// <summary>Builds tests/FooBar.Benchmarks, provisions the MySQL that it measures against, and runs it in the foreground.</summary>
internal static class BenchmarkProgram
{
    private const string Project = "FooBar.Benchmarks";

    /// <summary>Runs one benchmark to its end and returns its exit code.</summary>
    /// <param name="benchmark">Which: the program's first argument.</param>
    /// <param name="plan">The program's second argument.</param>
    /// <param name="buildProperties">Such as <c>WithMySqlConnector=true</c>.</param>
    /// <param name="withRouter">Whether MySQL Router is to be had too, if it can be.</param>
    /// <param name="state">Holds the downloaded programs.</param>
    /// <param name="cancellationToken">Ends it in order.</param>
    public static async Task<int> RunAsync(string benchmark, string plan, IReadOnlyList<string> buildProperties, bool withRouter, StateFolder state, CancellationToken cancellationToken)
    {
        MySqlInstallation? mysql = null;
        string? router = null;
        await ProgressDisplay.RunAsync(async progress =>
        {
            Task<MySqlInstallation> provision = MySqlInstallation.ProvisionAsync(state, new StepProgress(progress, "MySQL"), cancellationToken);
            Task build = BuildAsync(buildProperties, new StepProgress(progress, "Build"), cancellationToken);
            await Task.WhenAll(provision, build);
            mysql = await provision;
            if (withRouter) router = await MySqlRouterInstallation.TryProvisionAsync(state, new StepProgress(progress, "MySQL Router"), cancellationToken);
        });

        string assembly = Path.Combine(Checkout.Artifacts, "bin", Project, "release", Project + ".dll");
        ProcessStartInfo start = new("setpriv");
        foreach (string argument in (string[])["--pdeathsig", "TERM", "--", Dotnet.Program, assembly, benchmark, plan])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["FOOBAR_MYSQL_HOME"] = mysql!.Home;
        if (router is not null) start.Environment[MySqlRouterInstallation.Variable] = router;
        using Process process = await ChildSpawner.StartAsync(start);
        await using CancellationTokenRegistration stop = cancellationToken.Register(() => Signals.Send(process.Id, Signals.Term));
        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        return process.ExitCode;
    }

    private static async Task BuildAsync(IReadOnlyList<string> properties, StepProgress progress, CancellationToken cancellationToken)
    {
        using IDisposable building = await FileLock.TakeAsync(
            Path.Combine(Checkout.Artifacts, "build.lock"), () => progress.Working("another foobar of this checkout is building; waiting for it"), cancellationToken);
        progress.Working("building the benchmarks");
        await Dotnet.RunAsync(
            "The benchmark",
            ["build", $"tests/{Project}/{Project}.csproj", "-c", "Release", "--nologo", "-v", "quiet", .. properties.Select(property => "-p:" + property)],
            cancellationToken);
        progress.Done("built");
    }
}
