using System.Diagnostics;
using FooBar.AppHost.Benchmarks;
using FooBar.Benchmarks;
using FooBar.Benchmarks.DataLayer;

namespace FooBar.AppHost.Tests.Benchmarks;

/// <summary>The benchmark of the data layer: whether it works, not what it measures.</summary>
public sealed class DataBenchmarkTests : IDisposable
{
    private readonly BenchmarkRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Data_InOneShortRound_MeasuresEveryOperationBesideItsPeers()
    {
        string[] decisions = ["routing-decision-n3", "routing-decision-token-n100"];
        string[] routed = ["routed-read-key-c1", "routed-read-12-c16", "routed-write-c1", "read-scaling-r2"];
        string[] peers = ["bare", "bare-again", .. RouterProcess.Find() is null ? Array.Empty<string>() : ["mysqlrouter"]];

        (string output, Figure[] figures) = await _run.CompleteAsync("data", new([.. decisions, .. routed], Rounds: 1, SecondsPerRound: BenchmarkPlan.LeastSeconds, JsonPath: null));

        Assert.DoesNotContain("is not in routed", output, StringComparison.Ordinal);
        Assert.Equal(!peers.Contains("mysqlrouter"), output.Contains("mysqlrouter is not in this run: install the package mysql-router", StringComparison.Ordinal));
        Assert.Equal([.. decisions, .. routed], figures.Select(figure => figure.Workload).Distinct());
        foreach (Figure figure in figures)
        {
            Assert.Equal(decisions.Contains(figure.Workload) ? [] : peers, figure.Peers.Keys);
            Assert.Contains($"  {figure.Metric} ({figure.Unit})", output, StringComparison.Ordinal);
        }

        Assert.All(figures.Where(figure => figure.Metric is "cpu_us_per_op" or "ops_per_s" or "p50_ms" or "ns_per_op"), figure => Assert.True(figure.Ours > 0, $"{figure}"));
        Assert.All(figures.Where(figure => decisions.Contains(figure.Workload) && figure.Metric == "bytes_per_op"), figure => Assert.Equal(0, figure.Ours));
        Assert.Equal(1, figures.Single(figure => figure is { Workload: "routed-read-key-c1", Metric: "round_trips_per_op" }).Peers["bare"], tolerance: 0.2);
        Assert.Equal(3, figures.Single(figure => figure is { Workload: "routed-write-c1", Metric: "round_trips_per_op" }).Peers["bare"], tolerance: 0.2);
        Assert.All(routed, workload => Assert.Contains(output.Split('\n'), line => line.StartsWith(workload, StringComparison.Ordinal) && line.Contains("round trips", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Data_ThatIsTerminated_EndsTheServersAndTheirFolders()
    {
        using Process process = await _run.StartAsync("data", new BenchmarkPlan(["routed-read-key-c1"], Rounds: 99, SecondsPerRound: 60, null));
        while (await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.StartsWith("[1/1]", StringComparison.Ordinal))
        {
        }

        Assert.NotEmpty(Directory.GetDirectories(_run.Temporary));
        Signals.Send(process.Id, Signals.Term);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((1, string.Empty), (process.ExitCode, await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)));
        Assert.Empty(Directory.GetDirectories(_run.Temporary));
    }
}
