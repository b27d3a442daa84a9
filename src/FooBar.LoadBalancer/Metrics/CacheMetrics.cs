using System.Diagnostics.Metrics;
using FooBar.LoadBalancer.Cache;

namespace FooBar.LoadBalancer.Metrics;

/// <summary>The instruments of the cache. Thread-safe. <c>result</c> is one of <see cref="CacheResultNames"/>, or <c>done</c> or <c>failed</c>.</summary>
internal sealed class CacheMetrics : IDisposable
{
    private const string ResultLabel = "result";

    private readonly Meter _meter;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _refreshes;

    /// <summary>Creates the instruments; those about the present read <paramref name="store"/> and <paramref name="fills"/> when they are collected.</summary>
    public CacheMetrics(IMeterFactory meters, CacheStore store, Fills fills)
    {
        _meter = meters.Create(GatewayMetrics.MeterName);
        _requests = _meter.CreateCounter<long>("gateway.cache.requests", "{request}", "Reads that came to the cache, by what it did for them.");
        _refreshes = _meter.CreateCounter<long>("gateway.cache.refreshes", "{refresh}", "Stored answers that were asked for anew in the background.");
        _meter.CreateObservableCounter("gateway.cache.stored", () => store.Stored, "{answer}", "Answers that were stored.");
        _meter.CreateObservableCounter("gateway.cache.evictions", () => store.Evicted, "{answer}", "Stored answers that made room for others.");
        _meter.CreateObservableUpDownCounter("gateway.cache.entries", () => store.Count, "{answer}", "Stored answers.");
        _meter.CreateObservableUpDownCounter("gateway.cache.waiting", () => fills.Waiting, "{request}", "Requests that wait for the answer to another one.");
        _meter.CreateObservableUpDownCounter("gateway.cache.bytes", () => store.Bytes, "By", "Memory that the stored answers take.");
    }

    /// <summary>Counts a request that ended, if it came to the cache.</summary>
    public void RequestEnded(CacheResult result)
    {
        if (result != CacheResult.None)
            _requests.Add(1, new KeyValuePair<string, object?>(ResultLabel, result.Text()));
    }

    /// <summary>Counts a stored answer that was asked for anew in the background.</summary>
    public void Refreshed(bool done) => _refreshes.Add(1, new KeyValuePair<string, object?>(ResultLabel, done ? "done" : "failed"));

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();
}
