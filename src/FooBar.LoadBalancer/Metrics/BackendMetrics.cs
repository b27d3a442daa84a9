using System.Diagnostics.Metrics;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Health;

namespace FooBar.LoadBalancer.Metrics;

/// <summary>The instruments that read the backends when they are collected. <c>backend</c> is a configured name. Thread-safe.</summary>
internal static class BackendMetrics
{
    /// <summary>Adds them to the gateway's meter.</summary>
    public static void Create(Meter meter, BackendPool pool, TimeProvider time)
    {
        meter.CreateObservableUpDownCounter(
            "gateway.backend.in_flight", () => Each(pool, backend => backend.InFlight), "{request}", "Requests at a backend now.");
        meter.CreateObservableGauge(
            "gateway.backend.in_flight.most",
            () => Each(pool, backend => backend.MostInFlight),
            "{request}",
            "The most requests that were at a backend at once, since the start.");
        meter.CreateObservableGauge(
            "gateway.backend.weight",
            () => Each(pool, backend => backend.Weight),
            description: "A backend's weight, as configured or as a person has set it.");
        meter.CreateObservableGauge(
            "gateway.backend.slow_start",
            () => Each(pool, backend => backend.Share),
            description: "The share of its weight that a backend has: less than 1 after its return.");
        meter.CreateObservableGauge(
            "gateway.backend.up",
            () => Each(pool, backend => backend is { IsOffered: true, Health.State.Status: BackendStatus.Up } ? 1 : 0),
            description: "Whether a backend takes traffic: 1 or 0.");
        meter.CreateObservableGauge(
            "gateway.backend.state", () => pool.All.SelectMany(States), description: "1 for the state that a backend is in, 0 for the others.");
        meter.CreateObservableCounter(
            "gateway.backend.downtime",
            () => Each(pool, backend => backend.Health.DowntimeAt(time.GetTimestamp(), time).TotalSeconds),
            "s",
            "Time that a backend was down for its health. Maintenance is not in it.");
        meter.CreateObservableGauge(
            "gateway.backend.check_age",
            () => pool.All
                .Where(backend => backend.Health.LastPassed is not null)
                .Select(backend => Measure(backend, (time.GetUtcNow() - backend.Health.LastPassed!.Value).TotalSeconds)),
            "s",
            "Time since a backend last passed a health check.");
    }

    private static IEnumerable<Measurement<T>> Each<T>(BackendPool pool, Func<Backend, T> value)
        where T : struct => pool.All.Select(backend => Measure(backend, value(backend)));

    private static IEnumerable<Measurement<int>> States(Backend backend)
    {
        string state = BackendStateNames.Of(backend.AdminState, backend.Health.State.Status);
        return BackendStateNames.All.Select(name => new Measurement<int>(
            name == state ? 1 : 0, Label(backend), new KeyValuePair<string, object?>("state", name)));
    }

    private static Measurement<T> Measure<T>(Backend backend, T value)
        where T : struct => new(value, Label(backend));

    private static KeyValuePair<string, object?> Label(Backend backend) => new(GatewayMetrics.BackendLabel, backend.Name);
}
