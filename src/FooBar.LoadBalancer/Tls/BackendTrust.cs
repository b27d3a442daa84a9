using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Tls;

/// <summary>Which backend certificates are believed: those of the configured authorities, for the very host that was dialled.</summary>
internal sealed class BackendTrust : IReloadable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private readonly ConcurrentDictionary<(string Host, SslApplicationProtocol Protocol), SslClientAuthenticationOptions> _byHost = new();
    private volatile X509Certificate2Collection _authorities;

    private BackendTrust(X509Certificate2Collection authorities) => _authorities = authorities;

    /// <summary>Reads <see cref="GatewayOptions.BackendCaPath"/>.</summary>
    /// <exception cref="GatewayConfigurationException">The file cannot be used.</exception>
    public static BackendTrust Load(GatewayOptions options) =>
        new(PemFile.Certificates(nameof(options.BackendCaPath), options.BackendCaPath));

    /// <inheritdoc />
    /// <remarks>New connections are made by the new rules; those that there are stay until <see cref="ForwardingOptions.ConnectionLifetime"/>.</remarks>
    public Action Prepare(GatewaySettings next)
    {
        BackendTrust loaded = Load(next.Options);
        return () =>
        {
            _authorities = loaded._authorities;
            _byHost.Clear();
        };
    }

    /// <summary>The client's side of the handshake with the backend at <paramref name="host"/>, as of now.</summary>
    public SslClientAuthenticationOptions Handshake(string host, SslApplicationProtocol protocol) =>
        _byHost.GetOrAdd((host, protocol), static (key, trust) => trust.For(key.Host, key.Protocol), this);

    /// <summary>The client's side of the handshake with the backend at <paramref name="host"/>, a name or an IP address.</summary>
    public SslClientAuthenticationOptions For(string host, SslApplicationProtocol protocol)
    {
        X509ChainPolicy policy = new()
        {
            // The machine's own authorities are not asked: any public one of them could then vouch for a backend.
            TrustMode = X509ChainTrustMode.CustomRootTrust,

            // The internal authority publishes no revocation list; its certificates are short-lived instead.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        policy.CustomTrustStore.AddRange(_authorities);
        return new SslClientAuthenticationOptions
        {
            TargetHost = host,
            CertificateChainPolicy = policy,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [protocol],
        };
    }
}
