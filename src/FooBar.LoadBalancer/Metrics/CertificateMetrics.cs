using System.Diagnostics.Metrics;
using FooBar.LoadBalancer.Tls;

namespace FooBar.LoadBalancer.Metrics;

/// <summary>
/// The instruments of the certificates in use. <c>certificate</c> is <c>default</c>, the number of an entry in <c>Gateway:Certificates</c>, or
/// <c>backends</c>. Thread-safe.
/// </summary>
internal sealed class CertificateMetrics : IDisposable
{
    private readonly Meter _meter;

    /// <summary>Creates the instruments; they read the certificates when they are collected.</summary>
    public CertificateMetrics(IMeterFactory meters, EdgeCertificates certificates, BackendTrust trust)
    {
        _meter = meters.Create(GatewayMetrics.MeterName);
        _meter.CreateObservableGauge(
            "gateway.certificate.not_after", () => Measure(report => report.NotAfter), "s", "When a certificate in use ends, in seconds since 1970.");
        _meter.CreateObservableGauge(
            "gateway.certificate.loaded_at", () => Measure(report => report.LoadedAt), "s", "When a certificate in use was loaded, in seconds since 1970.");

        IEnumerable<Measurement<long>> Measure(Func<CertificateReport, DateTimeOffset> time) =>
            certificates.Report.Concat(trust.Report is { } own ? [own] : []).Select(report => new Measurement<long>(
                time(report).ToUnixTimeSeconds(), new KeyValuePair<string, object?>("certificate", report.Name)));
    }

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();
}
