using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace FooBar.ServiceDefaults.Prometheus;

/// <summary>
/// Pulls the SDK's metrics as a Prometheus page, as OpenTelemetry.Exporter.Prometheus.AspNetCore would. Thread-safe: scrapes take turns at
/// the collection, each with a page of its own, so that a slow reader delays nobody.
/// </summary>
[ExportModes(ExportModes.Pull)]
internal sealed class PrometheusExporter(ILogger<PrometheusExporter> logger) : BaseExporter<Metric>, IPullMetricExporter
{
    private static readonly TimeSpan CollectLimit = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly MetricFamilies _families = new(logger);
    private readonly TextFormat _format = new();
    private PooledBuffer? _page;
    private int _lastLength = 64 * 1024;

    /// <summary>Set by the reader: collects and calls <see cref="Export"/> on the same thread.</summary>
    public Func<int, bool>? Collect { get; set; }

    /// <summary>A page of the metrics as of now; the caller disposes it.</summary>
    /// <exception cref="InvalidOperationException">The meter provider is not built, or the collection failed or took longer than 5 s.</exception>
    public async ValueTask<PooledBuffer> ScrapeAsync(CancellationToken cancellationToken)
    {
        // In turns and not shared: the reader hands one collection's result to whoever asks meanwhile, but exports it to one page only.
        await _turn.WaitAsync(cancellationToken);
        PooledBuffer page = new(_lastLength);
        try
        {
            _page = page;
            if (Collect is not { } collect)
            {
                throw new InvalidOperationException("Metrics are not collected yet: the host has not started.");
            }

            if (!collect((int)CollectLimit.TotalMilliseconds))
            {
                throw new InvalidOperationException($"The metrics could not be collected within {CollectLimit.TotalSeconds} s.");
            }

            _lastLength = page.Length;
            return page;
        }
        catch
        {
            page.Dispose();
            throw;
        }
        finally
        {
            _page = null;
            _turn.Release();
        }
    }

    /// <inheritdoc />
    public override ExportResult Export(in Batch<Metric> batch)
    {
        if (_page is not { } page)
        {
            return ExportResult.Success;
        }

        _format.WriteTarget(page, ParentProvider.GetResource().Attributes);
        foreach (MetricFamily family in _families.Group(batch))
        {
            _format.WriteFamily(page, family);
        }

        return ExportResult.Success;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _format.Dispose();
            _turn.Dispose();
        }

        base.Dispose(disposing);
    }
}
