using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Tls;

/// <summary>Says what is remarkable about the certificates in use: all of it at the start, and after a reload what is new.</summary>
internal sealed partial class CertificateLog(EdgeCertificates certificates, BackendTrust trust, CurrentSettings settings, ILogger<CertificateLog> logger)
    : IHostedService, IReloadable
{
    private HashSet<string> _said = [];

    /// <summary>What may be meant so, and is a mistake more often.</summary>
    public IReadOnlyList<string> Doubts => CertificateRemarks.Doubts(certificates.Table, settings.Options);

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!OpenSslPolicy.IsInForce)
            LogUnrestricted(Environment.GetEnvironmentVariable("OPENSSL_CONF"));
        if (!OpenSslBuffers.AreReleased())
            LogKeptBuffers();
        Say(settings.Options);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Action Prepare(GatewaySettings next) => () => Say(next.Options);

    private void Say(GatewayOptions options)
    {
        IReadOnlyList<string> outOfDate = CertificateRemarks.OutOfDate(
            trust.Own is { } own ? certificates.Table.Certificates.Append(own) : certificates.Table.Certificates);
        IReadOnlyList<string> doubts = CertificateRemarks.Doubts(certificates.Table, options);
        foreach (string remark in outOfDate.Where(remark => !_said.Contains(remark)))
            LogOutOfDate(remark);
        foreach (string remark in doubts.Where(remark => !_said.Contains(remark)))
            LogDoubt(remark);
        _said = [.. outOfDate, .. doubts];
    }

    [LoggerMessage(1801, LogLevel.Error, "{Remark}")]
    private partial void LogOutOfDate(string remark);

    [LoggerMessage(1802, LogLevel.Warning, "{Remark}")]
    private partial void LogDoubt(string remark);

    [LoggerMessage(1803, LogLevel.Warning, "OpenSSL is not configured by the gateway's own openssl.cnf (OPENSSL_CONF is '{Configuration}'): only good suites are offered all the same, but TLS sessions are not resumed")]
    private partial void LogUnrestricted(string? configuration);

    [LoggerMessage(1805, LogLevel.Information, "OpenSSL 3 is not there to be told that TLS connections keep no buffers while nothing is on their way: each takes some 33 kB more")]
    private partial void LogKeptBuffers();
}
