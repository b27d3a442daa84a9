using System.Diagnostics.Metrics;
using System.Text;
using FooBar.ServiceDefaults.Prometheus;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace FooBar.ServiceDefaults.Tests.Prometheus;

/// <summary>A meter provider of the real SDK over the exporter, for instruments that the test makes.</summary>
internal sealed class Page : IDisposable
{
    private readonly List<Meter> _meters = [];
    private readonly string _prefix = $"test.{Guid.NewGuid():N}.";
    private readonly PrometheusExporter _exporter;
    private readonly MeterProvider _provider;

    public Page(Func<Instrument, MetricStreamConfiguration?>? view = null)
    {
        _exporter = new PrometheusExporter(Log);
        _provider = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService("test", serviceInstanceId: "here"))
            .AddMeter($"{_prefix}*")
            .AddView(view ?? (_ => null))
            .AddReader(new BaseExportingMetricReader(_exporter))
            .Build();
    }

    public RecordingLogger<PrometheusExporter> Log { get; } = new();

    /// <summary>A meter that only this page hears. Its full name begins with a prefix of the page's own.</summary>
    public Meter Meter(string name = "a", string? version = null)
    {
        Meter meter = new(_prefix + name, version);
        _meters.Add(meter);
        return meter;
    }

    /// <summary>The page without <c>target_info</c> and with the prefix of meter names taken off.</summary>
    public async Task<string> ScrapeAsync()
    {
        string page = (await RawAsync()).Replace(_prefix, "", StringComparison.Ordinal);
        return string.Concat(page.Split('\n').Where(line => line.Length > 0 && !line.Contains("target_info")).Select(line => line + "\n"));
    }

    public async Task<string> RawAsync()
    {
        using PooledBuffer page = await _exporter.ScrapeAsync(TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(page.Written.Span);
    }

    public void Dispose()
    {
        _provider.Dispose();
        _meters.ForEach(meter => meter.Dispose());
    }
}
