using System.Diagnostics.Metrics;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Forwarding;

namespace FooBar.LoadBalancer.Metrics;

/// <summary>The instruments of what goes to the backends and comes from them. They read <see cref="BackendTraffic"/> when they are collected: a request costs nothing here.</summary>
/// <remarks>Labels are bounded: <c>backend</c> is a configured name, <c>outcome</c> one of <see cref="OutcomeNames"/>, <c>class</c> is 1xx to 5xx.</remarks>
internal sealed class TrafficMetrics : IDisposable
{
    private readonly BackendPool _pool;
    private readonly Meter _meter;

    /// <summary>Creates the instruments.</summary>
    public TrafficMetrics(IMeterFactory meters, BackendPool pool)
    {
        _pool = pool;
        _meter = meters.Create(GatewayMetrics.MeterName);
        _meter.CreateObservableCounter(
            "gateway.backend.tries",
            () => from backend in pool.All
                  from outcome in Enum.GetValues<Outcome>()
                  let count = backend.Traffic.Ended(outcome)
                  where count > 0
                  select Measure(count, backend, "outcome", outcome.Text()),
            "{try}",
            "Times that a request was sent to a backend, by how that ended.");
        _meter.CreateObservableCounter(
            "gateway.backend.responses",
            () => from backend in pool.All
                  from hundreds in Enumerable.Range(1, 5)
                  select Measure(backend.Traffic.Answers(hundreds), backend, "class", $"{hundreds}xx"),
            "{response}",
            "Answers of a backend, by the first digit of their status.");
        _meter.CreateObservableCounter(
            "gateway.backend.redispatches",
            () => pool.All.Select(backend => Measure(backend.Traffic.Redispatched, backend)),
            "{request}",
            "Requests that failed at a backend and were sent to another.");
        _meter.CreateObservableCounter(
            "gateway.backend.connections",
            () => pool.All.SelectMany(backend => new[]
            {
                Measure(backend.Traffic.Opened, backend, "kind", "opened"), Measure(backend.Traffic.Reused, backend, "kind", "reused"),
            }),
            "{request}",
            "Requests by the connection to the backend that they went over: one that was made for them, or one that was kept.");
        _meter.CreateObservableGauge(
            "gateway.backend.connections.idle",
            () => pool.All.Select(backend => Measure(backend.Upstream?.Idle ?? 0, backend)),
            "{connection}",
            "Connections to a backend that wait for a request.");
        _meter.CreateObservableCounter(
            "gateway.backend.io",
            () => pool.All.SelectMany(backend => new[]
            {
                Measure(backend.Traffic.Sent, backend, "direction", "sent"), Measure(backend.Traffic.Received, backend, "direction", "received"),
            }),
            "By",
            "Bytes of requests to a backend and of its answers, heads included, before TLS.");
        Times("gateway.backend.time.mean", "Mean of the last 1,024: from choosing a backend to a connection, to the head and to the end of its answer.", times => times.Mean);
        Times("gateway.backend.time.longest", "The longest since the start: from choosing a backend to a connection, to the head and to the end of its answer.", times => times.Longest);
    }

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();

    private void Times(string name, string description, Func<RollingTimes, TimeSpan> read) => _meter.CreateObservableGauge(
        name,
        () => _pool.All.SelectMany(backend => new[]
        {
            Measure(read(backend.Traffic.Connect).TotalSeconds, backend, "phase", "connect"),
            Measure(read(backend.Traffic.FirstByte).TotalSeconds, backend, "phase", "first_byte"),
            Measure(read(backend.Traffic.Total).TotalSeconds, backend, "phase", "total"),
        }),
        "s",
        description);

    private static Measurement<T> Measure<T>(T value, Backend backend)
        where T : struct => new(value, new KeyValuePair<string, object?>("backend", backend.Name));

    private static Measurement<T> Measure<T>(T value, Backend backend, string label, string text)
        where T : struct => new(value, new KeyValuePair<string, object?>("backend", backend.Name), new KeyValuePair<string, object?>(label, text));
}
