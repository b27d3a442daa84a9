using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Tls;

/// <summary>
/// Which backend certificates are believed: those of the configured authorities, for the very host that was dialled; and what the gateway
/// shows of itself. Thread-safe.
/// </summary>
internal sealed class BackendTrust : IReloadable
{
    private readonly TimeProvider _time;
    private volatile Rules _rules;

    private BackendTrust(Rules rules, TimeProvider time)
    {
        _rules = rules;
        _time = time;
    }

    /// <summary>What can be told about the certificate that backends are shown; null: none is.</summary>
    public CertificateReport? Report => _rules.Own?.Report;

    /// <summary>That certificate.</summary>
    public LoadedCertificate? Own => _rules.Own;

    /// <summary>Reads <see cref="GatewayOptions.BackendCaPath"/>, <see cref="GatewayOptions.BackendCertificatePath"/> and its key.</summary>
    /// <param name="options">Names them.</param>
    /// <param name="time">For the dates.</param>
    /// <param name="acceptsOutOfDate">As in <see cref="EdgeCertificates.Load"/>.</param>
    /// <exception cref="GatewayConfigurationException">A file cannot be used.</exception>
    public static BackendTrust Load(GatewayOptions options, TimeProvider time, bool acceptsOutOfDate) =>
        new(Read(options, time, acceptsOutOfDate, null), time);

    /// <inheritdoc />
    /// <remarks>New connections are made by the new rules; those that there are stay until <see cref="ForwardingOptions.ConnectionLifetime"/>.</remarks>
    public Action Prepare(GatewaySettings next)
    {
        Rules rules = Read(next.Options, _time, acceptsOutOfDate: false, _rules.Own);
        return () => _rules = rules;
    }

    /// <summary>The client's side of the handshake with the backend at <paramref name="host"/>, a name or an IP address, as of now.</summary>
    public SslClientAuthenticationOptions Handshake(string host, SslApplicationProtocol protocol) => _rules.For(host, protocol);

    private static Rules Read(GatewayOptions options, TimeProvider time, bool acceptsOutOfDate, LoadedCertificate? before)
    {
        X509Certificate2Collection authorities = PemFile.Certificates(nameof(options.BackendCaPath), options.BackendCaPath);
        if (options.BackendCertificateFiles is not { } files)
            return new Rules(authorities, null);

        LoadedCertificate own = LoadedCertificate.Load(files, CertificateCheck.ClientUsage, time.GetUtcNow(), before);
        if (own != before && !acceptsOutOfDate && own.OutOfDate.Count > 0)
            throw new GatewayConfigurationException([.. own.OutOfDate.Select(reason => PemFile.Message(files.CertificateOption, files.CertificatePath, reason))]);
        return new Rules(authorities, own);
    }

    /// <summary>One generation of it; the handshakes are made once for each host.</summary>
    private sealed class Rules(X509Certificate2Collection authorities, LoadedCertificate? own)
    {
        private readonly ConcurrentDictionary<(string Host, SslApplicationProtocol Protocol), SslClientAuthenticationOptions> _byHost = new();

        public LoadedCertificate? Own => own;

        public SslClientAuthenticationOptions For(string host, SslApplicationProtocol protocol) =>
            _byHost.GetOrAdd((host, protocol), static (key, rules) => rules.Create(key.Host, key.Protocol), this);

        private SslClientAuthenticationOptions Create(string host, SslApplicationProtocol protocol)
        {
            X509ChainPolicy policy = new()
            {
                // The machine's own authorities are not asked: any public one of them could then vouch for a backend.
                TrustMode = X509ChainTrustMode.CustomRootTrust,

                // The internal authority publishes no revocation list; its certificates are short-lived instead.
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
            policy.ApplicationPolicy.Add(new Oid(CertificateCheck.ServerUsage));
            policy.CustomTrustStore.AddRange(authorities);
            return new SslClientAuthenticationOptions
            {
                TargetHost = host,
                CertificateChainPolicy = policy,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ApplicationProtocols = [protocol],
                ClientCertificateContext = own?.Context,
            };
        }
    }
}
