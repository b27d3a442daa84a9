using FooBar.Benchmarks;
using FooBar.Benchmarks.Gateway;

namespace FooBar.AppHost.Tests.Benchmarks;

/// <summary>The load that the benchmark makes by itself, against a server whose answers are known.</summary>
public sealed class RawLoadTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);

    [Theory]
    [InlineData(true, 100)]
    [InlineData(false, 0)]
    public async Task Connections_ResumeSessionsIfTheyAreToAndNotOtherwise(bool resumes, double percent)
    {
        await using RawTlsServer server = new(_ => Task.FromResult(RawTlsServer.Answer("200 OK")));

        LoadLap lap = await RunAsync(new ConnectionLoad("/1k", resumes), server, Short);

        // The first of each of the 8 callers has no session to resume, and is not counted.
        Assert.Equal(server.Requests - 8, lap.Requests);
        Assert.Equal(lap.Requests > 0 ? percent : double.NaN, lap.ResumedPercent);
    }

    [Fact]
    public async Task Idle_HoldsItsConnectionsWhileTheMemoryIsLookedAt()
    {
        await using RawTlsServer server = new(_ => Task.FromResult(RawTlsServer.Answer("200 OK")));

        LoadLap lap = await new IdleConnections("/1k", 20).RunAsync(new LoadTarget(server.Port, () => server.Requests), Short, TestContext.Current.CancellationToken);

        Assert.Equal((0, 20), (lap.Requests, lap.ResidentMegabytes));
    }

    [Fact]
    public async Task Paced_AsksAsOftenAsItWasToldTo()
    {
        await using RawTlsServer server = new(_ => Task.FromResult(RawTlsServer.Answer("200 OK")));

        LoadLap lap = await RunAsync(new PacedLoad("/1k", 500), server, TimeSpan.FromMilliseconds(400));

        Assert.Equal((200, 200), (lap.Requests, server.Requests));
        Assert.True(lap.Elapsed >= TimeSpan.FromMilliseconds(398), $"{lap.Elapsed}");
        Assert.InRange(lap.P50, TimeSpan.FromTicks(1), lap.P99);
    }

    [Fact]
    public async Task Paced_MeasuresFromWhenARequestWasDueAndNotFromWhenItCouldBeSent()
    {
        // 100 are due within 100 ms, 32 fit on the connections, and none is answered before half a second has passed: the 68 that are sent only then are late
        // all the same.
        TaskCompletionSource<string> open = new();
        await using RawTlsServer server = new(_ => open.Task);
        Task<LoadLap> running = RunAsync(new PacedLoad("/1k", 1_000), server, Short);
        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, TestContext.Current.CancellationToken);
        while (server.Requests < 32) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal(32, server.Requests);
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, TestContext.Current.CancellationToken);
        open.SetResult(RawTlsServer.Answer("200 OK"));

        LoadLap lap = await running;

        Assert.Equal((100, 100), (lap.Requests, server.Requests));
        Assert.True(lap.P50 > TimeSpan.FromMilliseconds(200), $"{lap.P50}");
    }

    [Theory]
    [InlineData("503 Service Unavailable", "the answer was not 200 with a length: HTTP/1.1 503 Service Unavailable | Content-Length: 2")]
    [InlineData("200 OK\r\nTransfer-Encoding: chunked\r\nX:", "")]
    public async Task Answer_ThatIsNot200WithALength_FailsTheLap(string status, string expected)
    {
        string answer = expected.Length == 0 ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n" : RawTlsServer.Answer(status);
        await using RawTlsServer server = new(number => Task.FromResult(number < 20 ? RawTlsServer.Answer("200 OK") : answer));

        foreach (IProxyLoad load in (IProxyLoad[])[new PacedLoad("/1k", 1_000), new ConnectionLoad("/1k", resumes: true), new IdleConnections("/1k", 20)])
        {
            BenchmarkException failure = await Assert.ThrowsAsync<BenchmarkException>(() => RunAsync(load, server, Short));
            Assert.StartsWith(expected.Length == 0 ? "the answer was not 200 with a length: HTTP/1.1 200 OK | Transfer-Encoding" : expected, failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Connection_ThatIsRefusedOrCut_FailsTheLap()
    {
        int port = FooBar.Testing.FreePorts.Next();
        BenchmarkException refused = await Assert.ThrowsAsync<BenchmarkException>(
            () => new ConnectionLoad("/1k", resumes: false).RunAsync(new LoadTarget(port, () => 0), Short, TestContext.Current.CancellationToken));
        Assert.Equal($"the connection failed: Connection refused 127.0.0.1:{port}.", refused.Message);

        await using RawTlsServer server = new(_ => throw new IOException("cut"));
        BenchmarkException cut = await Assert.ThrowsAsync<BenchmarkException>(() => RunAsync(new PacedLoad("/1k", 100), server, Short));
        Assert.StartsWith("no whole answer came: OpenSSL's error ", cut.Message, StringComparison.Ordinal);
    }

    private static Task<LoadLap> RunAsync(IProxyLoad load, RawTlsServer server, TimeSpan duration) =>
        load.RunAsync(new LoadTarget(server.Port, () => 0), duration, TestContext.Current.CancellationToken);
}
