using FooBar.Benchmarks;


namespace FooBar.AppHost.Tests.Benchmarks;

public sealed class FigureTests
{
    private static readonly Figure Cpu = Figure.Of("read-12-c16", "cpu_us_per_op", "µs", 25.1, new Dictionary<string, double> { ["MySqlConnector"] = 62.75, ["MySql.Data"] = 0 });

    [Fact]
    public void Json_HasThePromisedShape()
    {
        Assert.Equal(
            """
            [
              {
                "workload": "read-12-c16",
                "metric": "cpu_us_per_op",
                "unit": "µs",
                "ours": 25.1,
                "peers": {
                  "MySqlConnector": 62.75,
                  "MySql.Data": 0
                },
                "ratios": {
                  "MySqlConnector": 0.4
                }
              }
            ]

            """,
            Figure.ToJson([Cpu]));
    }

    [Fact]
    public void Block_ShowsAPeerThatIsNotThereAsADash()
    {
        Assert.Equal(
            [
                "read-12-c16                         FooBar.MySql  MySqlConnector   ratio            bare   ratio",
                "  cpu_us_per_op (µs)                        25.1            62.8    0.40               -       -",
            ],
            FigureTable.Block([Cpu], "FooBar.MySql", ["MySqlConnector", "bare"]));
    }

    [Fact]
    public void Figure_WithoutOurs_HasNoRatios()
    {
        Figure peers = Figure.Of("h1-plain-out-1k", "cpu_us_per_op", "µs", null, new Dictionary<string, double> { ["haproxy"] = 16, ["nginx"] = 20 });

        Assert.Empty(peers.Ratios);
        Assert.Contains("\"ours\": null,", Figure.ToJson([peers]), StringComparison.Ordinal);
        Assert.Equal("  cpu_us_per_op (µs)                           -            16.0       -", FigureTable.Block([peers], "FooBar", ["haproxy"]).Last());
        Assert.EndsWith("     -", FigureTable.Summary([peers], ["haproxy"], ["cpu_us_per_op"]).Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void Summary_HasALineForEachWorkload()
    {
        Figure bytes = Figure.Of("open-c1", "bytes_per_op", "B", 96, new Dictionary<string, double> { ["MySqlConnector"] = 1_920 });

        Assert.Equal(
            [
                "ours divided by the peer's          cpu_us_per_op MySqlConnector  bytes_per_op MySqlConnector",
                "read-12-c16                                                 0.40                            -",
                "open-c1                                                        -                         0.05",
            ],
            FigureTable.Summary([Cpu, bytes], ["MySqlConnector"], ["cpu_us_per_op", "bytes_per_op"]));
    }

    [Fact]
    public void Median_IsOfEachMetricItsOwn()
    {
        Measurement median = Measurement.Median([new(1, 60, null, 5, 0.1, 9), new(3, 20, null, 7, 0.3, 7), new(2, 40, null, 6, 0.2, 8), new(9, 50, null, 1, 0.9, 1)]);

        Assert.Equal(new Measurement(2.5, 45, null, 5.5, 0.25, 7.5), median);
    }
}
