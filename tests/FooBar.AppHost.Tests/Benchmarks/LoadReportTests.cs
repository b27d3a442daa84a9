using FooBar.Benchmarks;
using FooBar.Benchmarks.Gateway;

namespace FooBar.AppHost.Tests.Benchmarks;

/// <summary>What is made of what wrk and h2load print: figures, or a failure that nobody can overlook.</summary>
public sealed class LoadReportTests
{
    private const string H2Output =
        """
        TLS Protocol: TLSv1.3
        Cipher: TLS_AES_128_GCM_SHA256
        Application protocol: h2

        finished in 2.00s, 2.00 req/s, 0B/s
        requests: 4 total, 68 started, 4 done, 4 succeeded, 0 failed, 0 errored, 0 timeout
        """;

    private static readonly string[] Log = ["1792143800000000\t200\t100", "1792143800000100\t200\t300", "1792143800000200\t204\t200", "1792143800000300\t200\t900"];

    [Fact]
    public void Wrk_SaysHowManyInWhatTimeAndHowLongTheyTook()
    {
        LoadLap lap = WrkLoad.Parse("Running 2s test @ https://localhost:1/1k\nFOOBAR 30000 2000123 1500 9250 0 0 0 0 0\n");

        Assert.Equal(new LoadLap(30_000, TimeSpan.FromMicroseconds(2_000_123), TimeSpan.FromMicroseconds(1_500), TimeSpan.FromMicroseconds(9_250)), lap);
    }

    [Theory]
    [InlineData("FOOBAR 9 1 1 1 5 0 0 0 0", "of 9 requests, 0 got another status than 2xx, 5 connections could not be made, 0 reads and 0 writes failed, 0 got no answer in time.")]
    [InlineData("FOOBAR 9 1 1 1 0 1 2 0 0", "of 9 requests, 0 got another status than 2xx, 0 connections could not be made, 1 reads and 2 writes failed, 0 got no answer in time.")]
    [InlineData("FOOBAR 9 1 1 1 0 0 0 3 0", "of 9 requests, 3 got another status than 2xx, 0 connections could not be made, 0 reads and 0 writes failed, 0 got no answer in time.")]
    [InlineData("FOOBAR 9 1 1 1 0 0 0 0 4", "of 9 requests, 0 got another status than 2xx, 0 connections could not be made, 0 reads and 0 writes failed, 4 got no answer in time.")]
    [InlineData("unable to connect", "wrk did not say what it saw: unable to connect")]
    public void Wrk_ThatSawAnythingElse_Fails(string output, string expected)
    {
        Assert.Equal(expected, Assert.Throws<BenchmarkException>(() => WrkLoad.Parse(output)).Message);
    }

    [Fact]
    public void H2Load_SaysHowManyInWhatTimeAndHowLongTheyTook()
    {
        LoadLap lap = H2Load.Parse(H2Output, Log, TimeSpan.FromSeconds(2));

        Assert.Equal(new LoadLap(4, TimeSpan.FromSeconds(2), TimeSpan.FromMicroseconds(200), TimeSpan.FromMicroseconds(900)), lap with { P99 = TimeSpan.FromMicroseconds(900) });
        Assert.InRange(lap.P99.TotalMicroseconds, 900, 907);
    }

    [Theory]
    [InlineData("503", "of 5 requests, 1 got another status than 2xx; h2load says: requests: 4 total, 68 started, 4 done, 4 succeeded, 0 failed, 0 errored, 0 timeout.")]
    [InlineData("-1", "of 5 requests, 1 got another status than 2xx; h2load says: requests: 4 total, 68 started, 4 done, 4 succeeded, 0 failed, 0 errored, 0 timeout.")]
    public void H2Load_ThatSawAnotherStatus_Fails(string status, string expected)
    {
        Assert.Equal(expected, Assert.Throws<BenchmarkException>(() => H2Load.Parse(H2Output, [.. Log, $"1792143800000300\t{status}\t1"], TimeSpan.FromSeconds(2))).Message);
    }

    [Fact]
    public void H2Load_WithFailedRequests_Fails()
    {
        string output = H2Output.Replace("0 failed", "2 failed", StringComparison.Ordinal);

        Assert.Equal(
            "of 4 requests, 0 got another status than 2xx; h2load says: requests: 4 total, 68 started, 4 done, 4 succeeded, 2 failed, 0 errored, 0 timeout.",
            Assert.Throws<BenchmarkException>(() => H2Load.Parse(output, Log, TimeSpan.FromSeconds(2))).Message);
    }

    [Theory]
    [InlineData("Application protocol: h2", "Application protocol: http/1.1")]
    [InlineData("TLS Protocol: TLSv1.3", "TLS Protocol: TLSv1.2")]
    public void H2Load_OverSomethingElse_Fails(string wanted, string got)
    {
        BenchmarkException failure = Assert.Throws<BenchmarkException>(() => H2Load.Parse(H2Output.Replace(wanted, got, StringComparison.Ordinal), Log, TimeSpan.FromSeconds(2)));

        Assert.Equal("it was not HTTP/2 over TLS 1.3.", failure.Message);
    }

    [Fact]
    public async Task Lap_WithoutAnAnswer_LastsUntilThereIsOne()
    {
        Queue<LoadLap> laps = new([WrkLoad.Parse("FOOBAR 0 1000000 0 0 0 0 0 0 0"), new(0, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero), new(7, TimeSpan.FromSeconds(4.5), TimeSpan.Zero, TimeSpan.Zero)]);
        List<double> asked = [];

        LoadLap lap = await LoadGenerator.LapAsync(TimeSpan.FromSeconds(1), time =>
        {
            asked.Add(time.TotalSeconds);
            return Task.FromResult(laps.Dequeue());
        });

        Assert.Equal([1, 2, 4], asked);
        Assert.Equal((7, 7.5), (lap.Requests, lap.Elapsed.TotalSeconds));
    }

    [Fact]
    public async Task Lap_WithoutAnyAnswer_Fails()
    {
        BenchmarkException failure = await Assert.ThrowsAsync<BenchmarkException>(
            () => LoadGenerator.LapAsync(TimeSpan.FromSeconds(1), _ => Task.FromResult(H2Load.Parse(H2Output, [], TimeSpan.FromSeconds(2)))));

        Assert.Equal("nothing was answered in 30 s.", failure.Message);
    }
}
