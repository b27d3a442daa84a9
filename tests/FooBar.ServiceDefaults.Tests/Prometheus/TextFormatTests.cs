using System.Diagnostics.Metrics;
using System.Globalization;
using FooBar.ServiceDefaults.Prometheus;
using OpenTelemetry.Metrics;

namespace FooBar.ServiceDefaults.Tests.Prometheus;

public sealed class TextFormatTests
{
    [Fact]
    public async Task Counter_TwoSeries_HaveOneHeadAndTotalInTheirNames()
    {
        using Page page = new();
        Counter<long> queries = page.Meter().CreateCounter<long>("database.queries", "{query}", "Queries run.");
        queries.Add(2, new("operation", "read"), new("role", "replica"));
        queries.Add(1, new("operation", "write"), new("role", "primary"));
        queries.Add(1, new("operation", "read"), new("role", "replica"));

        Assert.Equal(
            """
            # HELP database_queries_total Queries run.
            # TYPE database_queries_total counter
            database_queries_total{operation="read",role="replica"} 3
            database_queries_total{operation="write",role="primary"} 1

            """,
            await page.ScrapeAsync());
    }

    [Fact]
    public async Task Histogram_Buckets_AreCumulativeAndEndWithInfinity()
    {
        using Page page = new();
        Histogram<double> wait = page.Meter().CreateHistogram(
            "wait", "s", "Time waited.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.3, 10] });
        foreach (double seconds in (double[])[0.005, 0.25, 0.3, 0.31, 20])
        {
            wait.Record(seconds, new KeyValuePair<string, object?>("route", "/"));
        }

        Assert.Equal(
            """
            # HELP wait_seconds Time waited.
            # TYPE wait_seconds histogram
            wait_seconds_bucket{route="/",le="0.005"} 1
            wait_seconds_bucket{route="/",le="0.3"} 3
            wait_seconds_bucket{route="/",le="10"} 4
            wait_seconds_bucket{route="/",le="+Inf"} 5
            wait_seconds_sum{route="/"} 20.865
            wait_seconds_count{route="/"} 5

            """,
            await page.ScrapeAsync());
    }

    [Fact]
    public async Task Histogram_WithoutBucketsOrLabels_StillHasInfinity()
    {
        using Page page = new(_ => new ExplicitBucketHistogramConfiguration { Boundaries = [] });
        page.Meter().CreateHistogram<long>("size", "By", "Bytes sent.").Record(7);

        Assert.Equal(
            """
            # HELP size_bytes Bytes sent.
            # TYPE size_bytes histogram
            size_bytes_bucket{le="+Inf"} 1
            size_bytes_sum 7
            size_bytes_count 1

            """,
            await page.ScrapeAsync());
    }

    [Fact]
    public async Task UpDownCounter_ThatFell_IsAGaugeWithoutRatio()
    {
        using Page page = new();
        UpDownCounter<int> waiting = page.Meter().CreateUpDownCounter<int>("queue.waiting", "1", "Requests waiting.");
        waiting.Add(3);
        waiting.Add(-5);

        Assert.Equal(
            "# HELP queue_waiting Requests waiting.\n# TYPE queue_waiting gauge\nqueue_waiting -2\n", await page.ScrapeAsync());
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(-1.5, "-1.5")]
    [InlineData(0.1, "0.1")]
    [InlineData(1e-7, "1E-07")]
    [InlineData(1795223757.6655123, "1795223757.6655123")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    public async Task Gauge_Value_IsWrittenAsPrometheusReadsIt(double value, string expected)
    {
        using Page page = new();
        page.Meter().CreateObservableGauge("share", () => value, "1");

        Assert.Equal($"# TYPE share_ratio gauge\nshare_ratio {expected}\n", await page.ScrapeAsync());
    }

    [Fact]
    public async Task Gauge_InACultureWithCommas_StillHasAPoint()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        commas.NumberFormat.NumberDecimalSeparator = ",";
        CultureInfo.CurrentCulture = commas;
        try
        {
            using Page page = new();
            page.Meter().CreateGauge<double>("level").Record(0.5, new KeyValuePair<string, object?>("at", 1.25));

            Assert.Equal("# TYPE level gauge\nlevel{at=\"1.25\"} 0.5\n", await page.ScrapeAsync());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public async Task Labels_WithAnyText_AreEscapedAndStayUtf8()
    {
        using Page page = new();
        Counter<long> seen = page.Meter().CreateCounter<long>("seen", description: "Two\nlines, a \\ and a \".");
        seen.Add(
            1,
            new("quote", "a\"b"),
            new("slash", "c\\d"),
            new("line", "e\nf"),
            new("word", "größe ✓"),
            new("half", "\ud800"),
            new("flag", true),
            new("code", 404),
            new("none", null),
            new("empty", ""));

        Assert.Equal(
            "# HELP seen_total Two\\nlines, a \\\\ and a \".\n"
            + "# TYPE seen_total counter\n"
            + "seen_total{code=\"404\",flag=\"true\",half=\"\ufffd\",line=\"e\\nf\",quote=\"a\\\"b\",slash=\"c\\\\d\",word=\"größe ✓\"} 1\n",
            Sorted(await page.ScrapeAsync()));
    }

    [Fact]
    public async Task Labels_ThatDifferOnlyInADot_BecomeOne()
    {
        using Page page = new();
        page.Meter().CreateCounter<long>("seen").Add(1, new("host.name", "a"), new("host_name", "b"));

        Assert.Equal("# TYPE seen_total counter\nseen_total{host_name=\"a;b\"} 1\n", await page.ScrapeAsync());
    }

    [Fact]
    public async Task Label_LongerThanTheFirstBuffer_IsWhole()
    {
        using Page page = new();
        string text = new('x', 200_000);
        page.Meter().CreateCounter<long>("seen").Add(1, new KeyValuePair<string, object?>("text", text));

        Assert.Equal($"# TYPE seen_total counter\nseen_total{{text=\"{text}\"}} 1\n", await page.ScrapeAsync());
    }

    [Fact]
    public async Task Family_OfTwoMeters_HasOneHeadAndTellsThemApart()
    {
        using Page page = new();
        page.Meter("a", "1.0").CreateCounter<long>("jobs", description: "Jobs done.").Add(1);
        page.Meter("between").CreateCounter<long>("other").Add(1);
        page.Meter("b").CreateCounter<long>("jobs", description: "Jobs.").Add(2, new KeyValuePair<string, object?>("kind", "x"));

        Assert.Equal(
            """
            # HELP jobs_total Jobs done.
            # TYPE jobs_total counter
            jobs_total{otel_scope_name="a",otel_scope_version="1.0"} 1
            jobs_total{kind="x",otel_scope_name="b"} 2
            # TYPE other_total counter
            other_total 1

            """,
            await page.ScrapeAsync());
    }

    [Fact]
    public async Task Family_WhoseMetersGiveTheSameSeries_WritesItOnce()
    {
        using Page page = new();
        Meter meter = page.Meter();
        meter.CreateCounter<long>("jobs.done").Add(1);
        meter.CreateCounter<long>("jobs-done").Add(2);

        Assert.Equal("# TYPE jobs_done_total counter\njobs_done_total{otel_scope_name=\"a\"} 1\n", await page.ScrapeAsync());
    }

    [Fact]
    public async Task Family_OfAnotherKind_IsLeftOutAndReportedOnce()
    {
        using Page page = new();
        page.Meter("a").CreateGauge<long>("jobs").Record(1);
        page.Meter("b").CreateHistogram<long>("jobs").Record(1);

        await page.ScrapeAsync();
        Assert.Equal("# TYPE jobs gauge\njobs 1\n", await page.ScrapeAsync());
        Assert.Matches(
            @"^Warning: Metric jobs of meter \S+b is left out of /metrics: the name jobs is taken by a Gauge of meter \S+a$",
            Assert.Single(page.Log.Messages));
    }

    [Fact]
    public async Task ExponentialHistogram_WhichTheFormatLacks_IsLeftOutAndReported()
    {
        using Page page = new(_ => new Base2ExponentialBucketHistogramConfiguration());
        page.Meter().CreateHistogram<long>("wait").Record(1);

        Assert.Equal("", await page.ScrapeAsync());
        Assert.EndsWith("the text format has no such type; give it explicit buckets", Assert.Single(page.Log.Messages));
    }

    [Theory]
    [InlineData("dotnet.thread_pool.thread.count", "dotnet_thread_pool_threads")]
    [InlineData("dotnet.thread_pool.queue.length", "dotnet_thread_pool_queue_length")]
    public async Task RuntimeCounter_ThatFalls_IsAGauge(string name, string family)
    {
        using Page page = new();
        page.Meter().CreateObservableCounter(name, () => 4L);

        Assert.Equal($"# TYPE {family} gauge\n{family} 4\n", await page.ScrapeAsync());
    }

    [Fact]
    public async Task Instrument_NeverRecorded_WritesNothing()
    {
        using Page page = new();
        page.Meter().CreateCounter<long>("silent");

        Assert.Equal("", await page.ScrapeAsync());
    }

    [Fact]
    public async Task Target_IsTheResource()
    {
        using Page page = new();
        page.Meter().CreateCounter<long>("seen").Add(1);

        Assert.StartsWith(
            """
            # HELP target_info The process that answers: its service, instance and version.
            # TYPE target_info gauge
            target_info{service_name="test",service_instance_id="here"} 1

            """,
            await page.RawAsync());
    }

    [Fact]
    public async Task Scrape_BeforeAProviderExists_SaysSo()
    {
        using PrometheusExporter exporter = new(new RecordingLogger<PrometheusExporter>());

        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => exporter.ScrapeAsync(TestContext.Current.CancellationToken).AsTask());
        Assert.Equal("Metrics are not collected yet: the host has not started.", error.Message);
    }

    /// <summary>The SDK keeps the order in which labels were given, or sorts them; the test should not care which.</summary>
    private static string Sorted(string page)
    {
        int open = page.IndexOf('{', StringComparison.Ordinal);
        int close = page.LastIndexOf('}');
        return page[..(open + 1)] + string.Join(',', page[(open + 1)..close].Split(',').Order(StringComparer.Ordinal)) + page[close..];
    }
}
