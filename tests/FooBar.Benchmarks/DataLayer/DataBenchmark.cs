using System.Globalization;
using System.Runtime.InteropServices;
using FooBar.AppHost.Benchmarks;

namespace FooBar.Benchmarks.DataLayer;

/// <summary>
/// Measures what the data layer costs beside the bare driver, and what MySQL Router does, on a real group of servers: reads on one replica,
/// writes on the primary. The choice of a node is measured in this process, without a server.
/// </summary>
internal sealed class DataBenchmark(BenchmarkPlan plan, string? router, TextWriter output, TextWriter progress)
{
    /// <summary>How long each contestant works while its round trips are counted.</summary>
    private static readonly TimeSpan CountFor = TimeSpan.FromMilliseconds(250);

    private readonly Alternation _alternation = new(plan, DataContestant.Ours.Name, output, progress);
    private readonly List<Figure> _figures = [];

    /// <summary>Runs a plan; prints each workload's figures as soon as they are there.</summary>
    /// <exception cref="BenchmarkException">Ours failed, or a contestant's process died.</exception>
    public static Task RunAsync(BenchmarkPlan plan, TextWriter output, TextWriter progress, CancellationToken cancellationToken) =>
        new DataBenchmark(plan, RouterProcess.Find(), output, progress).RunAsync(cancellationToken);

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await DescribeAsync(cancellationToken);
        DataWorkload[] workloads = [.. plan.Workloads.Select(DataWorkload.Named)];
        foreach (DataWorkload workload in workloads.Where(workload => workload.IsDecision))
        {
            await progress.WriteLineAsync($"{workload.Name}: {_alternation.Left(plan.Rounds + 1)}");
            await AddAsync(Decide(workload));
        }

        // What is compared to the percent is measured on the smallest cluster, where the fewest servers do something beside it.
        foreach (IGrouping<bool, DataWorkload> part in workloads.Where(workload => !workload.IsDecision).GroupBy(workload => workload.Replicas > 1).OrderBy(part => part.Key))
        {
            await MeasureAsync([.. part], cancellationToken);
        }

        await WriteAsync(DataTargets.Lines(_figures));
        if (plan.JsonPath is { } path) await File.WriteAllTextAsync(path, Figure.ToJson(_figures), cancellationToken);
    }

    private async Task MeasureAsync(IReadOnlyList<DataWorkload> workloads, CancellationToken cancellationToken)
    {
        int replicas = workloads.Max(workload => workload.Replicas);
        await progress.WriteLineAsync($"Starting a group of {1 + replicas} MySQL servers and filling its tables...");
        await using Cluster cluster = await Cluster.StartAsync(replicas, router, cancellationToken);
        await WriteAsync([$"MySQL {await cluster.VersionAsync(cancellationToken)}, a primary and {replicas} replica{(replicas == 1 ? "" : "s")}, on this machine"]);
        List<WorkerProcess> workers = [];
        try
        {
            foreach (DataContestant contestant in DataContestant.All.Where(contestant => contestant != DataContestant.Router || router is not null))
            {
                workers.Add(await WorkerProcess.StartAsync("data", contestant.Name, cluster.Address.ToArgument()));
            }

            foreach ((int index, DataWorkload workload) in workloads.Index())
            {
                await progress.WriteLineAsync($"[{index + 1}/{workloads.Count}] {workload.Name}: about {_alternation.Left((workloads.Count - index) * workers.Count * (plan.Rounds + 1))} to go");
                await AddAsync(await MeasureAsync(workload, cluster, workers, cancellationToken));
            }
        }
        finally
        {
            foreach (WorkerProcess worker in workers) await worker.DisposeAsync();
        }
    }

    private async Task<IReadOnlyList<Figure>> MeasureAsync(DataWorkload workload, Cluster cluster, IReadOnlyList<WorkerProcess> workers, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, List<Dictionary<string, double>>> rounds = await _alternation.MeasureAsync<Measurement, Dictionary<string, double>>(
            workload.Name,
            workers,
            async token =>
            {
                if (workload.Operation == DataWorkload.Write) await cluster.SettleAsync(token);
                return Begin(cluster);
            },
            cancellationToken);
        DataSample.Compare(rounds);
        foreach ((string name, List<Dictionary<string, double>> measured) in rounds)
        {
            double trips = await CountRoundTripsAsync(DataContestant.Named(name), cluster.Address, workload);
            foreach (Dictionary<string, double> round in measured) round.Add(DataSample.RoundTrips, trips);
        }

        return DataSample.FiguresOf(workload.Name, rounds);
    }

    /// <summary>Notes where the processor times stand; what it returns makes a round's metrics of what the contestant measured meanwhile.</summary>
    private static Func<Measurement, Dictionary<string, double>> Begin(Cluster cluster)
    {
        (TimeSpan servers, TimeSpan hop, ProcessorTimes machine) = (cluster.ServerCpu, cluster.Router?.Cpu ?? TimeSpan.Zero, ProcessorTimes.Now());
        return measured =>
        {
            double hopPerTurn = ((cluster.Router?.Cpu ?? TimeSpan.Zero) - hop).TotalMicroseconds / measured.Turns;
            return new Dictionary<string, double>
            {
                [DataSample.Cpu] = measured.CpuMicroseconds,
                [DataSample.CpuWithHop] = measured.CpuMicroseconds + hopPerTurn,
                [DataSample.ServerCpu] = (cluster.ServerCpu - servers).TotalMicroseconds / measured.Turns,
                [DataSample.Bytes] = measured.Bytes,
                [DataSample.PerSecond] = measured.PerSecond,
                [DataSample.P50] = measured.P50Milliseconds,
                [DataSample.P99] = measured.P99Milliseconds,
                [DataSample.Busy] = ProcessorTimes.Now().BusyPercentSince(machine),
            };
        };
    }

    /// <summary>The same work once more, in this process, through a relay that counts.</summary>
    private static async Task<double> CountRoundTripsAsync(DataContestant contestant, ClusterAddress address, DataWorkload workload)
    {
        List<RoundTripCounter> counters = [];
        try
        {
            List<NodeAddress> nodes = [];
            foreach (NodeAddress node in address.Nodes)
            {
                RoundTripCounter counter = new(contestant == DataContestant.Router ? node.RouterPort!.Value : node.Port);
                counters.Add(counter);
                nodes.Add(node with { Port = counter.Port, RouterPort = counter.Port });
            }

            await using IWork work = Create(contestant, new ClusterAddress(nodes), workload);
            await work.CheckAsync();
            // Opens the connections and prepares the statements.
            await Worker.MeasureAsync(work, CountFor);
            long before = counters.Sum(counter => counter.Count);
            Measurement measured = await Worker.MeasureAsync(work, CountFor);
            return (counters.Sum(counter => counter.Count) - before) / measured.Turns;
        }
        finally
        {
            foreach (RoundTripCounter counter in counters) await counter.DisposeAsync();
        }
    }

    /// <summary>What a contestant does in a workload.</summary>
    public static IWork Create(DataContestant contestant, ClusterAddress address, DataWorkload workload) =>
        contestant == DataContestant.Ours ? new RoutedWork(address, workload) : new DirectWork(contestant, address, workload);

    private IReadOnlyList<Figure> Decide(DataWorkload workload)
    {
        TimeSpan duration = TimeSpan.FromSeconds(plan.SecondsPerRound);
        RoutingDecision.Measure(workload, duration);
        List<Dictionary<string, double>> rounds = [];
        for (int round = 0; round < plan.Rounds; round++)
        {
            (double nanoseconds, double bytes) = RoutingDecision.Measure(workload, duration);
            rounds.Add(new() { [DataSample.Nanoseconds] = nanoseconds, [DataSample.Bytes] = bytes });
        }

        return DataSample.FiguresOf(workload.Name, new Dictionary<string, List<Dictionary<string, double>>> { [DataContestant.Ours.Name] = rounds });
    }

    private async Task AddAsync(IReadOnlyList<Figure> figures)
    {
        _figures.AddRange(figures);
        await WriteAsync(FigureTable.Block(figures, DataContestant.Ours.Name, [.. DataContestant.All.Skip(1).Select(peer => peer.Name).Where(figures[0].Peers.ContainsKey)]));
    }

    /// <summary>Says who takes part and on what: a figure without that is worth nothing.</summary>
    private async Task DescribeAsync(CancellationToken cancellationToken)
    {
        string load = (await File.ReadAllTextAsync("/proc/loadavg", cancellationToken)).Split(' ')[0];
        await WriteAsync(
        [
            $"{Environment.ProcessorCount} processors, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}; load {load} before the start",
            $"medians of {plan.Rounds} alternating rounds of {plan.SecondsPerRound.ToString(CultureInfo.InvariantCulture)} s each; a ratio is ours divided by the peer's",
            router is null
                ? $"{DataContestant.Router.Name} is not in this run: {RouterProcess.HowToGet}."
                : $"{DataContestant.Router.Name} {await RouterProcess.VersionAsync(router, cancellationToken)}, passing the bytes on",
        ]);
    }

    private async Task WriteAsync(IEnumerable<string> lines)
    {
        foreach (string line in lines) await output.WriteLineAsync(line);
        await output.WriteLineAsync();
    }
}
