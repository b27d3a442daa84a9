using System.Diagnostics;
using FooBar.AppHost.Benchmarks;
using FooBar.AppHost.Provisioning;
using FooBar.Benchmarks;

namespace FooBar.AppHost.Tests.Benchmarks;

/// <summary>The benchmark of the gateway: whether it works, not what it measures.</summary>
public sealed class GatewayBenchmarkTests : IDisposable
{
    private readonly BenchmarkRun _run = new();

    private static string[] Peers => [.. ProxyInstallation.All.Where(peer => Program.Homes.ContainsKey(peer.Variable)).Select(peer => peer.Name)];

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Gateway_InOneShortRound_MeasuresEveryLoadBesideItsPeers()
    {
        string[] workloads = ["h2-keepalive-1k", "h1-plain-out-1k", "h1-new-connection-resumed", "cache-hit", "light-load-1k"];

        (string output, Figure[] figures) = await _run.CompleteGatewayAsync(Plan(workloads));

        Assert.Equal(workloads.Where(workload => workload != "h1-plain-out-1k" || Peers.Length > 0), figures.Select(figure => figure.Workload).Distinct());
        Assert.All(figures, figure =>
        {
            Assert.Equal(Peers, figure.Peers.Keys);
            Assert.Contains($"  {figure.Metric} ({figure.Unit})", output, StringComparison.Ordinal);
        });
        Assert.All(figures.Where(figure => figure.Metric is "cpu_us_per_op" or "ops_per_s" or "p50_ms" or "p99_ms" or "rss_mb"), figure =>
        {
            Assert.All(figure.Peers.Values, peer => Assert.True(peer > 0, $"{figure}"));
            Assert.True(figure.Ours > 0 || figure.Workload == "h1-plain-out-1k", $"{figure}");
        });
        Assert.All(figures.Where(figure => figure.Metric is "resumed_percent" or "hit_percent").SelectMany(figure => figure.Peers.Values), percent => Assert.InRange(percent, 95, 100));
        Assert.Equal(["h1-new-connection-resumed", "cache-hit"], figures.Where(figure => figure.Metric is "resumed_percent" or "hit_percent").Select(figure => figure.Workload));
        Assert.All(ProxyInstallation.All.Where(peer => !Peers.Contains(peer.Name)), absent => Assert.Contains($"{absent.Name} is not in this run: {absent.HowToGet}.", output, StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_run.Temporary));
    }

    [Fact]
    public async Task Gateway_ThatDoesNotStart_FailsAndSaysWhy()
    {
        using Process process = await _run.StartAsync("gateway", (Plan(["light-load-1k"]) with { Settings = ["Gateway:Retries:Budget=2"] }).ToArgument());
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        const string Failure = "FooBar did not start: Gateway:Retries:Budget is 2; it must be from 0 to 1.";
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("FooBar with Gateway:Retries:Budget=2\n", await output, StringComparison.Ordinal);
        Assert.Contains($"\n{Failure}\n", await output, StringComparison.Ordinal);
        Assert.EndsWith($"\nfoobar: {Failure}\n", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gateway_ThatIsTerminated_EndsEverythingAndItsFolder()
    {
        using Process process = await _run.StartAsync("gateway", new GatewayPlan(new BenchmarkPlan(["h1-keepalive-1k"], Rounds: 99, SecondsPerRound: 60, null), 60, [], []).ToArgument());
        while (await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.StartsWith("[1/1]", StringComparison.Ordinal))
        {
        }

        // The first of what it measures runs: then there is most to end.
        while (!DescendantsOf(process.Id).Any(name => name is "wrk")) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        int[] sessions = [process.Id, .. ChildrenOf(process.Id)];
        Signals.Send(process.Id, Signals.Term);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((1, string.Empty), (process.ExitCode, await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_run.Temporary));
        Assert.DoesNotContain(sessions, id => Directory.Exists($"/proc/{id}"));
    }

    private static GatewayPlan Plan(string[] workloads) => new(new BenchmarkPlan(workloads, Rounds: 1, SecondsPerRound: 0.2, JsonPath: null), WarmUpSeconds: 0, [], []);

    private static IEnumerable<string> DescendantsOf(int process) => ChildrenOf(process).Select(NameOf);

    private static IEnumerable<int> ChildrenOf(int process)
    {
        foreach (string task in Directory.GetDirectories($"/proc/{process}/task"))
        {
            foreach (string child in File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                int id = int.Parse(child, System.Globalization.CultureInfo.InvariantCulture);
                yield return id;
                foreach (int grandchild in ChildrenOf(id)) yield return grandchild;
            }
        }
    }

    private static string NameOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/comm").Trim();
        }
        catch (IOException)
        {
            return string.Empty;
        }
    }
}
