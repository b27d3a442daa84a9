using System.Diagnostics;
using System.Text.Json;
using FooBar.AppHost.Benchmarks;
using FooBar.AppHost.Machine;
using FooBar.Benchmarks;
using FooBar.Testing;

namespace FooBar.AppHost.Tests.Benchmarks;

/// <summary>The benchmark as <c>./foobar bench driver</c> runs it once it is built: whether it works, not what it measures.</summary>
public sealed class DriverBenchmarkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public DriverBenchmarkTests()
    {
        // As root, mysqld runs as somebody else, and wants to write where temporary files go.
        Directory.CreateDirectory(Temporary);
        File.SetUnixFileMode(Temporary, (UnixFileMode)0b111_111_111);
    }

    private string Temporary => _folder["temporary"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Driver_InOneShortRound_MeasuresEveryOperationBesideThePeer()
    {
        string[] workloads = [.. DriverWorkload.All.Where(workload => workload.Connections == 1 && !workload.IsWithoutReset).Select(workload => workload.Name)];
        DriverPlan plan = new(workloads, Rounds: 1, SecondsPerRound: DriverPlan.LeastSeconds, _folder["figures.json"]);

        using Process process = await StartAsync(plan);
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(process.ExitCode == 0, $"{output}\n{await errors}");
        Assert.DoesNotContain("MySql.Data is not in", output, StringComparison.Ordinal);
        Figure[] figures = JsonSerializer.Deserialize<Figure[]>(File.ReadAllText(_folder["figures.json"]), JsonSerializerOptions.Web)!;
        Assert.Equal(workloads, figures.Select(figure => figure.Workload).Distinct());
        Assert.All(figures, figure =>
        {
            Assert.True(figure.Ours > 0 && figure.Peers["MySql.Data"] > 0 && figure.Ratios["MySql.Data"] >= 0, $"{figure}");
            Assert.Contains($"  {figure.Metric} ({figure.Unit})", output, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Driver_ThatIsTerminated_EndsTheServerAndItsFolder()
    {
        using Process process = await StartAsync(new DriverPlan(["read-12-c16"], Rounds: 99, SecondsPerRound: 60, null));
        while (await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.StartsWith("[1/1]", StringComparison.Ordinal))
        {
        }

        Assert.Single(Directory.GetDirectories(Temporary));
        Signals.Send(process.Id, Signals.Term);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((1, string.Empty), (process.ExitCode, await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)));
        Assert.Empty(Directory.GetDirectories(Temporary));
    }

    private Task<Process> StartAsync(DriverPlan plan)
    {
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string program = Path.Combine(RepositoryRoot.Path, "artifacts", "bin", "FooBar.Benchmarks", configuration, "FooBar.Benchmarks.dll");
        return TestProcess.StartAsync("TERM", Dotnet.Program, [program, "driver", plan.ToArgument()], start =>
        {
            start.RedirectStandardOutput = true;
            start.RedirectStandardError = true;
            start.Environment["TMPDIR"] = Temporary;
        });
    }
}
