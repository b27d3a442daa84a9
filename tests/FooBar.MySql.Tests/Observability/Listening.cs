using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace FooBar.MySql.Tests.Observability;

/// <summary>
/// Hears what the driver reports about one server: other tests of the process run at the same time, on ports of their own.
/// </summary>
internal sealed class Listening : IDisposable
{
    private readonly ConcurrentQueue<(string Name, double Value, string Labels)> _measurements = [];
    private readonly ConcurrentQueue<Activity> _spans = [];
    private readonly MeterListener _meters = new();
    private readonly ActivityListener? _activities;
    private readonly string _port;

    public Listening(int port, bool toSpans = true, bool toMetrics = true)
    {
        _port = port.ToString(CultureInfo.InvariantCulture);
        if (toMetrics)
        {
            _meters.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == MySqlTelemetry.MeterName) listener.EnableMeasurementEvents(instrument);
            };
            _meters.SetMeasurementEventCallback<double>((instrument, value, labels, _) => Keep(instrument, value, labels));
            _meters.SetMeasurementEventCallback<long>((instrument, value, labels, _) => Keep(instrument, value, labels));
            _meters.SetMeasurementEventCallback<int>((instrument, value, labels, _) => Keep(instrument, value, labels));
            _meters.Start();
        }

        if (!toSpans) return;

        _activities = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == MySqlTelemetry.ActivitySourceName,
            Sample = Sample,
            ActivityStopped = span =>
            {
                if (Equals(span.GetTagItem("server.port")?.ToString(), _port)) _spans.Enqueue(span);
            },
        };
        ActivitySource.AddActivityListener(_activities);
    }

    public IReadOnlyList<Activity> Spans => [.. _spans];

    /// <summary>The instruments' measurements, each as name, value and labels in the order they were given.</summary>
    public IReadOnlyList<(string Name, double Value, string Labels)> Of(string instrument) => [.. _measurements.Where(one => one.Name == instrument)];

    public IReadOnlyList<(string Name, double Value, string Labels)> Observe(string instrument)
    {
        _measurements.Clear();
        _meters.RecordObservableInstruments();
        return Of(instrument);
    }

    public static string Text(IEnumerable<KeyValuePair<string, object?>> labels) =>
        string.Join(' ', labels.Select(label => $"{label.Key}={Convert.ToString(label.Value, CultureInfo.InvariantCulture)}"));

    public void Dispose()
    {
        _meters.Dispose();
        _activities?.Dispose();
    }

    private static ActivitySamplingResult Sample(ref ActivityCreationOptions<ActivityContext> options) => ActivitySamplingResult.AllData;

    private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        string text = Text(labels.ToArray());
        if (text.Contains(_port, StringComparison.Ordinal)) _measurements.Enqueue((instrument.Name, value, text));
    }
}
