using FooBar.Benchmarks;
using FooBar.Benchmarks.DataLayer;

namespace FooBar.AppHost.Tests.Benchmarks;

public sealed class DataFigureTests
{
    [Fact]
    public void CpuOfBare_IsTheMedianOfTheRoundsAndNotOfTheMedians()
    {
        // The machine becomes three times as slow meanwhile: the medians say 20 / 20, the rounds that ours takes a tenth more.
        Dictionary<string, List<Dictionary<string, double>>> rounds = Rounds(("FooBar.Data", [11, 22, 33]), ("bare", [10, 20, 30]), ("mysqlrouter", [12, 20, 60]));

        DataSample.Compare(rounds);
        Figure figure = DataSample.FiguresOf("routed-write-c1", rounds).Single(figure => figure.Metric == "cpu_of_bare_percent");

        Assert.Equal(("routed-write-c1", "%", 110.0), (figure.Workload, figure.Unit, figure.Ours));
        Assert.Equal(new Dictionary<string, double> { ["bare"] = 100, ["mysqlrouter"] = 120 }, figure.Peers);
    }

    [Fact]
    public void CpuOfBare_WithoutTheBareDriver_IsNotThere()
    {
        Dictionary<string, List<Dictionary<string, double>>> rounds = Rounds(("FooBar.Data", [11]), ("mysqlrouter", [12]));

        DataSample.Compare(rounds);

        Assert.Equal(["cpu_us_per_op"], DataSample.FiguresOf("routed-write-c1", rounds).Select(figure => figure.Metric));
    }

    [Fact]
    public void MedianError_IsFromTheQuartilesAndNotFromWhatLiesOutside()
    {
        Assert.Equal(1.253 * (30 / 1.349) / Math.Sqrt(9), Measurement.MedianErrorOf([50, 10, 20, 30, 40, -9999, 0, 9999, 20]), tolerance: 1e-9);
        Assert.Equal(0, Measurement.MedianErrorOf([7]));
    }

    [Fact]
    public void Targets_SayWhatTheLayerAddsAndHowMuchOfItIsNoise()
    {
        Assert.Equal(
            [
                "routed-read-key-c16   CPU  +12.5 % ± 1.5  (bare-again -1.0 % ± 1.2), +1,239 B, +0.01 round trips; mysqlrouter CPU +60.0 %, p50 +50.0 %",
                "routed-write-c16      CPU   -3.0 % ± 0.8  (bare-again +0.5 % ± 0.4), 0 B, +2.00 round trips",
            ],
            DataTargets.Lines(
            [
                Of("routed-read-key-c16", "cpu_of_bare_percent", 112.5, bare: 100, again: 99, router: 104),
                Of("routed-read-key-c16", "cpu_of_bare_error_percent", 1.5, bare: 0, again: 1.2, router: 1),
                Of("routed-read-key-c16", "cpu_with_hop_us_per_op", 30, bare: 25, again: 25, router: 40),
                Of("routed-read-key-c16", "bytes_per_op", 2_940, bare: 1_701, again: 1_701, router: 1_701),
                Of("routed-read-key-c16", "p50_ms", 1.1, bare: 1, again: 1, router: 1.5),
                Of("routed-read-key-c16", "round_trips_per_op", 1.01, bare: 1, again: 1, router: 1),
                Figure.Of("routing-decision-n3", "ns_per_op", "ns", 40, new Dictionary<string, double>()),
                Of("routed-write-c16", "cpu_of_bare_percent", 97, bare: 100, again: 100.5),
                Of("routed-write-c16", "cpu_of_bare_error_percent", 0.8, bare: 0, again: 0.4),
                Of("routed-write-c16", "cpu_with_hop_us_per_op", 30, bare: 25, again: 25),
                Of("routed-write-c16", "bytes_per_op", 100, bare: 100, again: 100),
                Of("routed-write-c16", "p50_ms", 1.1, bare: 1, again: 1),
                Of("routed-write-c16", "round_trips_per_op", 5, bare: 3, again: 3),
            ]));
    }

    [Fact]
    public void ProcessorTimes_CountWaitingForADiskAsIdle()
    {
        ProcessorTimes earlier = ProcessorTimes.Parse("cpu  100 0 50 800 50 0 0 0 0 0");
        ProcessorTimes later = ProcessorTimes.Parse("cpu  160 5 60 810 60 2 3 0 0 0");

        Assert.Equal(80, later.BusyPercentSince(earlier));
        Assert.Equal(0, later.BusyPercentSince(later));
    }

    private static Dictionary<string, List<Dictionary<string, double>>> Rounds(params (string Name, double[] Cpu)[] contestants) =>
        contestants.ToDictionary(contestant => contestant.Name, contestant => contestant.Cpu.Select(cpu => new Dictionary<string, double> { [DataSample.Cpu] = cpu }).ToList());

    private static Figure Of(string workload, string metric, double ours, double bare, double again, double? router = null)
    {
        Dictionary<string, double> peers = new() { ["bare"] = bare, ["bare-again"] = again };
        if (router is { } value) peers.Add("mysqlrouter", value);
        return Figure.Of(workload, metric, "1", ours, peers);
    }
}
