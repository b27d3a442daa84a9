using System.Diagnostics.Metrics;

namespace FooBar.LoadBalancer.Metrics;

/// <summary>The instruments of the reload. Thread-safe.</summary>
internal sealed class ReloadMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _reloads;
    private int _generation = 1;
    private long _reloadedAt;

    /// <summary>Creates the instruments.</summary>
    public ReloadMetrics(IMeterFactory meters, TimeProvider time)
    {
        _reloadedAt = time.GetUtcNow().ToUnixTimeSeconds();
        _meter = meters.Create(GatewayMetrics.MeterName);
        _reloads = _meter.CreateCounter<long>("gateway.config.reloads", "{reload}", "Reloads of the configuration, by what came of them.");
        _meter.CreateObservableGauge(
            "gateway.config.generation", () => Volatile.Read(ref _generation), description: "The settings in force: 1 at the start, one more with each reload.");
        _meter.CreateObservableGauge(
            "gateway.config.loaded_at", () => Volatile.Read(ref _reloadedAt), "s", "When the settings in force were loaded, in seconds since 1970.");
    }

    /// <summary>New settings are in force.</summary>
    public void Reloaded(int generation, DateTimeOffset at)
    {
        Volatile.Write(ref _generation, generation);
        Volatile.Write(ref _reloadedAt, at.ToUnixTimeSeconds());
        _reloads.Add(1, new KeyValuePair<string, object?>("result", "done"));
    }

    /// <summary>New settings were refused.</summary>
    public void Refused() => _reloads.Add(1, new KeyValuePair<string, object?>("result", "refused"));

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();
}
