using System.Diagnostics.Metrics;
using System.Text;
using FooBar.LoadBalancer.AccessLog;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Cache;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Forwarding;
using FooBar.LoadBalancer.Metrics;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace FooBar.LoadBalancer.Tests.AccessLog;

public sealed class AccessLogTests : IDisposable
{
    private static readonly AccessLogEntry Entry = new(
        new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
        "0123456789abcdef0123456789abcdef",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        true,
        "POST",
        "www.foobar.com",
        "/posts/new",
        "HTTP/2",
        303,
        12,
        TimeSpan.FromMilliseconds(1.2346),
        TimeSpan.Zero,
        TimeSpan.FromMilliseconds(0.01),
        TimeSpan.FromMilliseconds(1.1),
        "web-1",
        1,
        Outcome.Completed,
        CacheResult.Revalidated,
        "192.0.2.1",
        "curl/8");

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly GatewayMetrics _metrics;
    private readonly MeterListener _listener = new();
    private long _dropped;

    public AccessLogTests()
    {
        IMeterFactory meters = _services.GetRequiredService<IMeterFactory>();
        _metrics = new GatewayMetrics(meters, new BackendPool([]), TimeProvider.System);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "gateway.access_log.dropped" && ReferenceEquals(instrument.Meter.Scope, meters))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, lines, _, _) => Interlocked.Add(ref _dropped, lines));
        _listener.Start();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _listener.Dispose();
        _metrics.Dispose();
        _services.Dispose();
    }

    [Fact]
    public void Line_HasOneShape() => Assert.Equal(
        """
        {"log":"access","timestamp":"2026-01-02T03:04:05.678Z","request_id":"0123456789abcdef0123456789abcdef","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","sampled":true,"client":"192.0.2.1","protocol":"HTTP/2","method":"POST","host":"www.foobar.com","path":"/posts/new","status":303,"bytes":12,"duration_ms":1.235,"queue_ms":0,"connect_ms":0.01,"first_byte_ms":1.1,"backend":"web-1","tries":1,"end":"completed","cache":"revalidated","user_agent":"curl/8"}

        """,
        Format(Entry));

    [Fact]
    public void Line_OfARequestWithoutBackend_SaysNull()
    {
        string line = Format(Entry with
        {
            Backend = null,
            UserAgent = null,
            Tries = 0,
            Cache = CacheResult.None,
            Outcome = Outcome.NoBackend,
            Connected = null,
            FirstByte = null,
            IsSampled = false,
        });

        Assert.DoesNotContain("sampled", line, StringComparison.Ordinal);
        Assert.Contains("\"queue_ms\":0,\"connect_ms\":null,\"first_byte_ms\":null,", line, StringComparison.Ordinal);
        Assert.Contains("\"backend\":null,\"tries\":0,\"end\":\"no-backend\",\"cache\":null,\"user_agent\":null}", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Line_WithHostileText_StaysOneShortLine()
    {
        string line = Format(Entry with { Path = "/\n{\"forged\":\"\u0007", UserAgent = new string('x', 5000) });

        Assert.Single(line, '\n');
        Assert.Contains("\"path\":\"/\\n{\\\"forged\\\":\\\"\\u0007\"", line, StringComparison.Ordinal);
        Assert.EndsWith($"\"user_agent\":\"{new string('x', 1024)}\"}}\n", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_WritesWhatWasAccepted()
    {
        LineLog output = new();
        AccessLogWriter writer = new(new AccessLogOptions(), new AccessLogOutput(output), _metrics);
        await writer.StartAsync(Token);

        for (int i = 0; i < 1000; i++)
            writer.Write(Entry);
        await writer.StopAsync(Token);

        Assert.Equal(1000, output.Lines.Count);
        Assert.Equal(0, _dropped);
    }

    [Fact]
    public async Task Write_ToAFullLog_DropsAndCounts()
    {
        LineLog output = new();
        AccessLogWriter writer = new(new AccessLogOptions { Capacity = 16 }, new AccessLogOutput(output), _metrics);

        // Not started yet: nothing takes the lines out.
        for (int i = 0; i < 20; i++)
            writer.Write(Entry);
        Assert.Equal(4, _dropped);

        await writer.StartAsync(Token);
        await writer.StopAsync(Token);
        Assert.Equal(16, output.Lines.Count);
    }

    [Fact]
    public async Task Output_ThatBreaks_CostsLinesAndNothingElse()
    {
        BreakingOutput output = new() { Broken = true };
        AccessLogWriter writer = new(new AccessLogOptions(), new AccessLogOutput(output), _metrics);
        await writer.StartAsync(Token);

        writer.Write(Entry);
        await Eventually.TrueAsync(() => Interlocked.Read(ref _dropped) == 1, () => $"{_dropped} lines were counted as dropped");
        output.Broken = false;
        writer.Write(Entry);
        await writer.StopAsync(Token);

        Assert.Equal(1, output.Writes);
    }

    private static string Format(AccessLogEntry entry)
    {
        using AccessLogFormat format = new();
        format.Add(entry);
        return Encoding.UTF8.GetString(format.Written);
    }

    private sealed class BreakingOutput : TextWriter
    {
        public volatile bool Broken;

        public override Encoding Encoding => Encoding.UTF8;

        public int Writes { get; private set; }

        public override void Write(string? value)
        {
            if (Broken)
                throw new IOException("Broken pipe");
            Writes++;
        }
    }
}
