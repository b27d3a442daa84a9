using System.Diagnostics.Metrics;
using FooBar.LoadBalancer.Forwarding;

namespace FooBar.LoadBalancer.Metrics;

/// <summary>The instruments of the queue. Thread-safe.</summary>
internal sealed class QueueMetrics : IDisposable
{
    /// <summary>Seconds, from a wait that nobody notices to the longest that can be configured.</summary>
    private static readonly double[] DurationBuckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private readonly Meter _meter;
    private readonly Histogram<double> _duration;
    private long _length;

    /// <summary>Creates the instruments.</summary>
    public QueueMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(GatewayMetrics.MeterName);

        // Observed, so that the series is there from the beginning: what is counted before somebody listens is lost, a 0 included.
        _meter.CreateObservableUpDownCounter("gateway.queue.length", () => Length, "{request}", "Requests that wait for a backend now.");
        _duration = _meter.CreateHistogram(
            "gateway.queue.duration",
            "s",
            "Time that requests waited for a backend, by how the wait ended. Those that need not wait are not in it.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = DurationBuckets });
    }

    /// <summary>Requests that wait now, each with its timer.</summary>
    public long Length => Volatile.Read(ref _length);

    /// <summary>A request begins to wait.</summary>
    public void Entered() => Interlocked.Increment(ref _length);

    /// <summary>A request waits no longer.</summary>
    /// <param name="end">Why it got no backend; <see cref="Outcome.Completed"/> if it got one.</param>
    /// <param name="duration">How long it has waited.</param>
    public void Left(Outcome end, TimeSpan duration)
    {
        Interlocked.Decrement(ref _length);
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
