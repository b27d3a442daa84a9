using System.Diagnostics.Metrics;
using FooBar.ServiceDefaults.Metrics;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;

namespace FooBar.ServiceDefaults.Tests.Metrics;

public sealed class MetricViewsTests
{
    private static readonly double[] Advised = [1, 2, 3];

    [Fact]
    public void Histogram_OfSecondsWithoutAdvice_GetsTheDurationBuckets()
    {
        using Meters meters = new();

        ExplicitBucketHistogramConfiguration stream = Assert.IsType<ExplicitBucketHistogramConfiguration>(
            MetricViews.For(meters.Own.CreateHistogram<double>("gateway.wait", "s"), meters.Factory));
        Assert.Equal(MetricViews.DurationBuckets, stream.Boundaries);
        Assert.Null(stream.TagKeys!);
    }

    [Fact]
    public void Instrument_OfAPart_IsLeftAsItIs()
    {
        using Meters meters = new();
        InstrumentAdvice<double> advice = new() { HistogramBucketBoundaries = Advised };

        Assert.Null(MetricViews.For(meters.Own.CreateHistogram("gateway.wait", "s", advice: advice), meters.Factory));
        Assert.Null(MetricViews.For(meters.Own.CreateHistogram<long>("gateway.size", "By"), meters.Factory));
        Assert.Null(MetricViews.For(meters.Own.CreateCounter<long>("gateway.requests"), meters.Factory));
    }

    [Fact]
    public void Instrument_OfAnotherHost_IsDropped()
    {
        using Meters meters = new();
        using Meters others = new();

        Assert.Same(MetricStreamConfiguration.Drop, MetricViews.For(others.Own.CreateCounter<long>("jobs"), meters.Factory));
    }

    [Fact]
    public void Instrument_OfAMeterWithoutAHost_IsKept()
    {
        using Meters meters = new();
        using Meter shared = new("FooBar.Shared");

        Assert.Null(MetricViews.For(shared.CreateCounter<long>("jobs"), meters.Factory));
    }

    [Fact]
    public void ClientConnectionDuration_KeepsItsOwnBuckets()
    {
        using Meters meters = new();
        InstrumentAdvice<double> advice = new() { HistogramBucketBoundaries = Advised };

        MetricStreamConfiguration? stream =
            MetricViews.For(meters.Own.CreateHistogram("http.client.connection.duration", "s", advice: advice), meters.Factory);

        Assert.IsType<MetricStreamConfiguration>(stream, exactMatch: true);
        Assert.Equal(
            ["http.connection.state", "network.peer.address", "network.protocol.version", "server.port"], stream.TagKeys!);
    }

    [Fact]
    public void NameThatPrometheusKeepsForHistograms_IsAnother()
    {
        using Meters meters = new();

        MetricStreamConfiguration? stream = MetricViews.For(
            meters.Own.CreateObservableUpDownCounter("db.client.connection.count", static () => 1), meters.Factory);
        Assert.Equal("db.client.connections", stream?.Name);
        Assert.Null(MetricViews.For(meters.Own.CreateObservableUpDownCounter("db.client.connection.max", static () => 1), meters.Factory));
    }

    private sealed class Meters : IDisposable
    {
        private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

        public Meters() => Own = Factory.Create("FooBar.Own");

        public IMeterFactory Factory => _services.GetRequiredService<IMeterFactory>();

        public Meter Own { get; }

        public void Dispose() => _services.Dispose();
    }
}
