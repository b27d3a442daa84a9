using System.Diagnostics.Metrics;

namespace FooBar.LoadBalancer.Metrics;

/// <summary>The instruments of the admin API. Thread-safe.</summary>
/// <remarks>Labels are bounded: <c>action</c> and <c>result</c> are the API's own words.</remarks>
internal sealed class AdminMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _auditLost;

    /// <summary>Creates the instruments.</summary>
    public AdminMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(GatewayMetrics.MeterName);
        _requests = _meter.CreateCounter<long>("gateway.admin.requests", "{request}", "Requests to the admin API, by what they wanted and what came of it.");
        _auditLost = _meter.CreateCounter<long>("gateway.audit_log.lost", "{line}", "Lines of the audit log that could not be written.");
    }

    /// <summary>Counts a request to the admin API.</summary>
    /// <param name="action">What it wanted; null when it did not get that far.</param>
    /// <param name="result">What came of it, as in the audit log.</param>
    public void Requested(string? action, string result) => _requests.Add(
        1, new KeyValuePair<string, object?>("action", action ?? "none"), new KeyValuePair<string, object?>("result", result));

    /// <summary>Counts a line of the audit log that could not be written.</summary>
    public void AuditLost() => _auditLost.Add(1);

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();
}
