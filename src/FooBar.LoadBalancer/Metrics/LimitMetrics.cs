using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using FooBar.LoadBalancer.Limits;

namespace FooBar.LoadBalancer.Metrics;

/// <summary>The instruments of the limits. Thread-safe. The one label, <c>reason</c>, is one of <see cref="ShedReasonNames"/>.</summary>
internal sealed class LimitMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _shed;
    private readonly FrozenDictionary<ShedReason, KeyValuePair<string, object?>> _reasons =
        ShedReasonNames.All.ToFrozenDictionary(reason => reason, reason => new KeyValuePair<string, object?>("reason", reason.Text()));

    /// <summary>Creates the instruments; but for the counter, they read what they are given when they are collected.</summary>
    public LimitMetrics(IMeterFactory meters, Occupancy occupancy, ClientTable clients, MemoryWatch memory)
    {
        _meter = meters.Create(GatewayMetrics.MeterName);
        _shed = GatewayMetrics.ShedCounter(_meter);
        _meter.CreateObservableUpDownCounter("gateway.connections", () => occupancy.Connections, "{connection}", "Connections of clients now.");
        _meter.CreateObservableUpDownCounter("gateway.handshakes", () => occupancy.Handshakes, "{handshake}", "TLS handshakes with clients under way now.");
        _meter.CreateObservableUpDownCounter("gateway.in_flight", () => occupancy.Requests, "{request}", "Requests in hand now.");
        _meter.CreateObservableUpDownCounter("gateway.clients", () => clients.Size, "{client}", "Clients that are kept account of now.");
        _meter.CreateObservableGauge("gateway.memory.share", () => memory.Share, description: "Memory in use as a share of what there is, 0 to 1, at the last look.");
    }

    /// <summary>Counts a connection or request that was refused.</summary>
    public void Shed(ShedReason reason) => _shed.Add(1, _reasons[reason]);

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();
}
