using System.Diagnostics.Metrics;
using FooBar.LoadBalancer.Forwarding;

namespace FooBar.LoadBalancer.Metrics;

/// <summary>The instruments of the queue. Thread-safe.</summary>
internal sealed class QueueMetrics : IDisposable
{
    /// <summary>Seconds, from a wait that nobody notices to the longest that can be configured.</summary>
    private static readonly double[] DurationBuckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private readonly Meter _meter;
    private readonly UpDownCounter<long> _length;
    private readonly Histogram<double> _duration;

    /// <summary>Creates the instruments.</summary>
    public QueueMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(GatewayMetrics.MeterName);
        _length = _meter.CreateUpDownCounter<long>("gateway.queue.length", "{request}", "Requests that wait for a backend now.");
        _duration = _meter.CreateHistogram(
            "gateway.queue.duration",
            "s",
            "Time that requests waited for a backend, by how the wait ended. Those that need not wait are not in it.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = DurationBuckets });

        // A series that is there from the beginning: 0 says more than nothing.
        _length.Add(0);
    }

    /// <summary>A request begins to wait.</summary>
    public void Entered() => _length.Add(1);

    /// <summary>A request waits no longer.</summary>
    /// <param name="end">Why it got no backend; <see cref="Outcome.Completed"/> if it got one.</param>
    /// <param name="duration">How long it has waited.</param>
    public void Left(Outcome end, TimeSpan duration)
    {
        _length.Add(-1);
        _duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("result", end switch
        {
            Outcome.Completed => "claimed",
            Outcome.QueueTimeout => "timeout",
            Outcome.ClientAbortedRequest => "client_left",
            _ => "no_backend",
        }));
    }

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();
}
