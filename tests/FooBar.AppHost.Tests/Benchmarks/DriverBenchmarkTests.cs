using System.Diagnostics;
using FooBar.AppHost.Benchmarks;
using FooBar.Benchmarks;

namespace FooBar.AppHost.Tests.Benchmarks;

/// <summary>The benchmark of the drivers: whether it works, not what it measures.</summary>
public sealed class DriverBenchmarkTests : IDisposable
{
    private readonly BenchmarkRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Driver_InOneShortRound_MeasuresEveryOperationBesideThePeer()
    {
        string[] workloads = [.. DriverWorkload.All.Where(workload => workload.Connections == 1 && !workload.IsWithoutReset).Select(workload => workload.Name)];

        (string output, Figure[] figures) = await _run.CompleteAsync("driver", new(workloads, Rounds: 1, SecondsPerRound: BenchmarkPlan.LeastSeconds, JsonPath: null));

        Assert.DoesNotContain("MySql.Data is not in", output, StringComparison.Ordinal);
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
        using Process process = await _run.StartAsync("driver", new BenchmarkPlan(["read-12-c16"], Rounds: 99, SecondsPerRound: 60, null));
        while (await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.StartsWith("[1/1]", StringComparison.Ordinal))
        {
        }

        Assert.Single(Directory.GetDirectories(_run.Temporary));
        Signals.Send(process.Id, Signals.Term);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((1, string.Empty), (process.ExitCode, await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)));
        Assert.Empty(Directory.GetDirectories(_run.Temporary));
    }
}
