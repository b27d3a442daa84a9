using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;

namespace FooBar.ServiceDefaults.Metrics;

/// <summary>
/// How instruments become series: histogram buckets, and which labels stay. A label whose values someone outside can choose would grow
/// the process and the collector without end.
/// </summary>
internal static class MetricViews
{
    /// <summary>Seconds. The latency objective is answered from the 0.3 bucket.</summary>
    internal static readonly double[] DurationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10];

    private static readonly string[] ServerRequestLabels =
        ["http.request.method", "http.route", "http.response.status_code", "network.protocol.version", "error.type"];

    // server.address is left out: over TLS it is the Host header of the request, which a proxy passes on from its client.
    private static readonly string[] ClientRequestLabels =
        ["http.request.method", "http.response.status_code", "network.protocol.version", "server.port", "error.type"];

    private static readonly string[] ClientConnectionLabels =
        ["http.connection.state", "network.peer.address", "network.protocol.version", "server.port"];

    /// <summary>The stream for an instrument of the host that <paramref name="meters"/> belongs to; null for the SDK's default.</summary>
    public static MetricStreamConfiguration? For(Instrument instrument, IMeterFactory meters)
    {
        // The listener hears every meter of the process by name, so also those of another host in it (tests start several).
        if (instrument.Meter.Scope is IMeterFactory other && !ReferenceEquals(other, meters))
        {
            return MetricStreamConfiguration.Drop;
        }

        return instrument.Name switch
        {
            "http.server.request.duration" => Durations(ServerRequestLabels),
            "http.client.request.duration" => Durations(ClientRequestLabels),
            "http.client.active_requests" or "http.client.request.time_in_queue" => Labels(instrument, ClientRequestLabels),
            "http.client.open_connections" or "http.client.connection.duration" => Labels(instrument, ClientConnectionLabels),

            // The conventions' name for open database connections ends as only the count of a histogram may in Prometheus.
            "db.client.connection.count" => new MetricStreamConfiguration { Name = "db.client.connections" },
            _ when IsHistogram(instrument) && instrument.Unit == "s" && !HasBuckets(instrument) => Durations(tagKeys: null),
            _ => null,
        };
    }

    private static ExplicitBucketHistogramConfiguration Durations(string[]? tagKeys) =>
        new() { Boundaries = DurationBuckets, TagKeys = tagKeys };

    private static MetricStreamConfiguration Labels(Instrument instrument, string[] tagKeys) =>
        // The base class would lose the boundaries that the instrument itself advises.
        IsHistogram(instrument) && !HasBuckets(instrument) ? Durations(tagKeys) : new MetricStreamConfiguration { TagKeys = tagKeys };

    private static bool IsHistogram(Instrument instrument) =>
        instrument is Histogram<double> or Histogram<float> or Histogram<long> or Histogram<int>;

    private static bool HasBuckets(Instrument instrument) => instrument switch
    {
        Histogram<double> histogram => histogram.Advice?.HistogramBucketBoundaries is not null,
        Histogram<float> histogram => histogram.Advice?.HistogramBucketBoundaries is not null,
        Histogram<long> histogram => histogram.Advice?.HistogramBucketBoundaries is not null,
        Histogram<int> histogram => histogram.Advice?.HistogramBucketBoundaries is not null,
        _ => false,
    };
}
