using System.Diagnostics;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;

namespace FooBar.AppHost.Benchmarks;

/// <summary>Builds tests/FooBar.Benchmarks, provisions what it measures against, and runs it in the foreground.</summary>
internal static class BenchmarkProgram
{
    private const string Project = "FooBar.Benchmarks";

    /// <summary>Runs one benchmark to its end and returns its exit code.</summary>
    /// <param name="benchmark">Which: the program's first argument.</param>
    /// <param name="plan">The program's second argument.</param>
    /// <param name="build">What is built.</param>
    /// <param name="provision">Gets what it needs besides; returns the environment by which it is found.</param>
    /// <param name="cancellationToken">Ends it in order.</param>
    public static async Task<int> RunAsync(
        string benchmark,
        string plan,
        BenchmarkBuild build,
        Func<IStartProgress, CancellationToken, Task<IReadOnlyDictionary<string, string>>> provision,
        CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, string> environment = new Dictionary<string, string>();
        await ProgressDisplay.RunAsync(async progress =>
        {
            Task<IReadOnlyDictionary<string, string>> provisioning = provision(progress, cancellationToken);
            Task building = BuildAsync(build, new StepProgress(progress, "Build"), cancellationToken);
            await Task.WhenAll(provisioning, building);
            environment = await provisioning;
        });

        string assembly = Path.Combine(Checkout.Artifacts, "bin", Project, "release", Project + ".dll");
        ProcessStartInfo start = new("setpriv");
        foreach (string argument in (string[])["--pdeathsig", "TERM", "--", Dotnet.Program, assembly, benchmark, plan])
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment) start.Environment[name] = value;
        using Process process = await ChildSpawner.StartAsync(start);
        await using CancellationTokenRegistration stop = cancellationToken.Register(() => Signals.Send(process.Id, Signals.Term));
        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        return process.ExitCode;
    }

    private static async Task BuildAsync(BenchmarkBuild build, StepProgress progress, CancellationToken cancellationToken)
    {
        using IDisposable building = await FileLock.TakeAsync(
            Path.Combine(Checkout.Artifacts, "build.lock"), () => progress.Working("another foobar of this checkout is building; waiting for it"), cancellationToken);
        progress.Working("building the benchmarks");
        foreach (string project in (string[])[$"tests/{Project}", .. build.Beside])
        {
            string[] properties = project.EndsWith(Project, StringComparison.Ordinal) ? [.. build.Properties.Select(property => "-p:" + property)] : [];
            await Dotnet.RunAsync("The benchmark", ["build", project, "-c", "Release", "--nologo", "-v", "quiet", .. properties], cancellationToken);
        }

        progress.Done("built");
    }
}

/// <summary>What is built for a benchmark.</summary>
/// <param name="Properties">Of the benchmark's own build, such as <c>WithMySqlConnector=true</c>.</param>
/// <param name="Beside">Folders of programs of ours that it runs.</param>
internal sealed record BenchmarkBuild(IReadOnlyList<string> Properties, IReadOnlyList<string> Beside);
