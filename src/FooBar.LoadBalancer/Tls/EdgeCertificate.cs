using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Tls;

/// <summary>The site's certificate with its chain and key, ready for handshakes. Immutable.</summary>
internal sealed class EdgeCertificate
{
    private EdgeCertificate(SslStreamCertificateContext context) => Context = context;

    /// <summary>The chain, built once: built for each connection, it would cost the handshake a search through the certificate store.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>Reads <see cref="GatewayOptions.CertificatePath"/> and <see cref="GatewayOptions.KeyPath"/>.</summary>
    /// <exception cref="GatewayConfigurationException">A file cannot be used.</exception>
    public static EdgeCertificate Load(GatewayOptions options)
    {
        X509Certificate2Collection chain = PemFile.Certificates(nameof(options.CertificatePath), options.CertificatePath);
        X509Certificate2 certificate = PemFile.WithKey(
            nameof(options.CertificatePath), options.CertificatePath, nameof(options.KeyPath), options.KeyPath);
        chain.RemoveAt(0);

        // Offline: the intermediates are in the file; a start must not depend on fetching them from their issuer.
        return new EdgeCertificate(SslStreamCertificateContext.Create(certificate, chain, offline: true));
    }
}
