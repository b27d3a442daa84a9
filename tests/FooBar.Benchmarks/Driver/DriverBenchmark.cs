using System.Globalization;
using System.Runtime.InteropServices;
using FooBar.AppHost.Benchmarks;
using FooBar.MySql;
using FooBar.Testing;

namespace FooBar.Benchmarks.Driver;

/// <summary>
/// Measures the drivers against one real server, workload by workload. Processor time is that of the driver's process: the server's is not
/// in it.
/// </summary>
internal sealed class DriverBenchmark(BenchmarkPlan plan, MySqlServer server, IReadOnlyList<WorkerProcess> workers, TextWriter output, TextWriter progress)
{
    private readonly List<Figure> _figures = [];
    private readonly Alternation _alternation = new(plan, Contestant.Ours.Name, output, progress);
    private readonly string[] _peers = [.. workers.Skip(1).Select(worker => worker.Name)];

    /// <summary>Runs a plan; prints each workload's figures as soon as they are there.</summary>
    /// <exception cref="BenchmarkException">Ours failed, or a driver's process died.</exception>
    public static async Task RunAsync(BenchmarkPlan plan, TextWriter output, TextWriter progress, CancellationToken cancellationToken)
    {
        await progress.WriteLineAsync("Starting MySQL and filling its tables...");
        await using MySqlServer server = await StartServerAsync();
        List<WorkerProcess> workers = [];
        try
        {
            foreach (Contestant present in Contestant.All.Where(contestant => contestant.Version is not null))
            {
                workers.Add(await present.StartAsync(new ServerAddress(server.Port, server.Certificates.CaPath)));
            }

            await new DriverBenchmark(plan, server, workers, output, progress).RunAsync(cancellationToken);
        }
        finally
        {
            foreach (WorkerProcess worker in workers) await worker.DisposeAsync();
        }
    }

    private static async Task<MySqlServer> StartServerAsync()
    {
        try
        {
            return await MySqlServer.StartAsync();
        }
        catch (InvalidOperationException failure)
        {
            throw new BenchmarkException(failure.Message);
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        // Over TLS, and so the server learns the account's password: connections without TLS are then let in by the short exchange.
        await using MySqlDataSource source = new(server.ConnectionString);
        await Board.FillAsync(source, cancellationToken);
        await DescribeAsync(source, cancellationToken);
        foreach ((int index, string workload) in plan.Workloads.Index())
        {
            await progress.WriteLineAsync($"[{index + 1}/{plan.Workloads.Count}] {workload}: about {_alternation.Left((plan.Workloads.Count - index) * workers.Count * (plan.Rounds + 1))} to go");
            IReadOnlyList<Figure> figures = await MeasureAsync(workload, source, cancellationToken);
            _figures.AddRange(figures);
            await WriteAsync(FigureTable.Block(figures, Contestant.Ours.Name, _peers));
        }

        if (plan.Workloads.Count > 1 && _peers.Length > 0) await WriteAsync(FigureTable.Summary(_figures, _peers, ["cpu_us_per_op", "bytes_per_op"]));
        if (plan.JsonPath is { } path) await File.WriteAllTextAsync(path, Figure.ToJson(_figures), cancellationToken);
    }

    private async Task<IReadOnlyList<Figure>> MeasureAsync(string workload, MySqlDataSource source, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, List<Measurement>> rounds = await _alternation.MeasureAsync<Measurement, Measurement>(
            workload,
            workers,
            async token =>
            {
                if (workload.StartsWith(DriverWorkload.Insert, StringComparison.Ordinal)) await Board.EmptyWrittenAsync(source, token);
                return measurement => measurement;
            },
            cancellationToken);
        return FiguresOf(workload, rounds);
    }

    private static IReadOnlyList<Figure> FiguresOf(string workload, IReadOnlyDictionary<string, List<Measurement>> rounds)
    {
        Dictionary<string, Measurement> medians = rounds.ToDictionary(worker => worker.Key, worker => Measurement.Median(worker.Value));
        Measurement ours = medians[Contestant.Ours.Name];
        return
        [
            .. from metric in Measurement.Metrics
               where metric.Of(ours) is not null
               select Figure.Of(
                   workload,
                   metric.Name,
                   metric.Unit,
                   Rounded(metric.Of(ours)),
                   medians.Where(median => median.Key != Contestant.Ours.Name).ToDictionary(median => median.Key, median => Rounded(metric.Of(median.Value)))),
        ];
    }

    private static double Rounded(double? value) => Math.Round(value!.Value, 3);

    /// <summary>Says who takes part and on what: a figure without that is worth nothing.</summary>
    private async Task DescribeAsync(MySqlDataSource source, CancellationToken cancellationToken)
    {
        await using MySqlConnection connection = await source.OpenConnectionAsync(cancellationToken);
        string load = (await File.ReadAllTextAsync("/proc/loadavg", cancellationToken)).Split(' ')[0];
        await WriteAsync(
        [
            $"{string.Join(", ", workers.Select(worker => $"{worker.Name} {Contestant.Named(worker.Name).Version}"))}; MySQL {connection.ServerVersion} on this machine",
            $"{Environment.ProcessorCount} processors, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}; load {load} before the start",
            $"medians of {plan.Rounds} alternating rounds of {plan.SecondsPerRound.ToString(CultureInfo.InvariantCulture)} s each; a ratio is ours divided by the peer's",
            .. from absent in Contestant.All where absent.Version is null select $"{absent.Name} is not in this run: {absent.HowToGet}.",
        ]);
    }

    private async Task WriteAsync(IEnumerable<string> lines)
    {
        foreach (string line in lines) await output.WriteLineAsync(line);
        await output.WriteLineAsync();
    }
}
