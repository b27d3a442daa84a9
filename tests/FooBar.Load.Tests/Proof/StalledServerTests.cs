using System.Globalization;

namespace FooBar.Load.Tests.Proof;

/// <summary>The generator on the real thing: real time, real sockets, a server that stops answering in the middle.</summary>
public sealed class StalledServerTests
{
    private const int Rate = 1000;
    private const int HeldFrom = 4 * Rate;
    private const int HeldUntil = 6 * Rate;

    /// <summary>How far the starts of one second may be from the rate: the test process may be kept from the processor for a fifth of a second.</summary>
    private const int Tolerance = Rate / 5;

    /// <summary>
    /// 1,000 requests a second, while the server stands still for two of ten seconds. A closed loop would not have noticed: its 64 users would
    /// each have waited for one answer, 64 samples of two seconds beside some thousands of a millisecond, and a p99 of a millisecond. Here the
    /// 2,000 requests that were due meanwhile all count, each with the time that it really waited, so a fifth of all shows the stall.
    /// </summary>
    [Fact]
    public async Task Load_OnAServerThatStandsStillForTwoSeconds_GoesOnAtItsRateAndMeasuresTheStall()
    {
        await using CountingServer server = await CountingServer.StartAsync();
        using SocketsHttpHandler handler = new() { UseProxy = false, MaxConnectionsPerServer = 64 };
        using HttpClient http = new(handler) { BaseAddress = server.Address, Timeout = Timeout.InfiniteTimeSpan };
        await http.GetStringAsync("/count", TestContext.Current.CancellationToken);
        LoadPlan plan = new("requests", Rate, TimeSpan.FromSeconds(10), OperateAsync, TimeSpan.FromSeconds(60));

        LoadResult result = await new OpenLoop(TimeProvider.System).RunAsync(plan, TestContext.Current.CancellationToken);

        TestContext.Current.TestOutputHelper!.WriteLine(result.Report());
        long counted = long.Parse(await http.GetStringAsync("/count", TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
        Assert.Equal(10 * Rate, result.Planned);
        Assert.Equal(result.Planned, result.Started);
        Assert.Equal(result.Planned, result.Succeeded);
        Assert.Equal(result.Succeeded, counted);
        Assert.InRange(result.StartedPerSecond, 0.99 * Rate, 1.01 * Rate);
        Assert.All(result.Timeline.Take(10), second => Assert.InRange(second.Started, Rate - Tolerance, Rate + Tolerance));
        Assert.InRange(result.Latency.Max.TotalSeconds, 1.9, 60);
        Assert.InRange(result.Latency.Percentile(99).TotalSeconds, 1.7, 60);
        Assert.InRange(result.Latency.CountAbove(TimeSpan.FromSeconds(1)), Rate - Tolerance, 10 * Rate);
        Assert.InRange(result.LongestGapBetweenSuccesses.TotalSeconds, 1.5, 60);

        // The schedule itself says when the server is held and released, so both are at their instants without a wait.
        async Task<string?> OperateAsync(int index, CancellationToken deadline)
        {
            if (index == HeldFrom)
            {
                await server.HoldAsync();
            }
            else if (index == HeldUntil)
            {
                await server.ReleaseAsync();
            }

            await http.GetStringAsync("/", deadline);
            return null;
        }
    }
}
