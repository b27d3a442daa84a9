using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Tls;

/// <summary>The site's certificate with its chain and key, ready for handshakes. Thread-safe.</summary>
internal sealed class EdgeCertificate : IReloadable
{
    private volatile SslServerAuthenticationOptions _handshake;

    private EdgeCertificate(SslStreamCertificateContext context) => _handshake = EdgeHandshake.Offer(context);

    /// <summary>The chain, built once: built for each connection, it would cost the handshake a search through the certificate store.</summary>
    public SslStreamCertificateContext Context => _handshake.ServerCertificateContext!;

    /// <summary>What is offered to a client that connects now. Shared by all connections, never changed.</summary>
    public SslServerAuthenticationOptions Handshake => _handshake;

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

    /// <inheritdoc />
    /// <remarks>Connections that there are go on with the certificate that they began with.</remarks>
    public Action Prepare(GatewaySettings next)
    {
        EdgeCertificate loaded = Load(next.Options);
        return () => _handshake = loaded._handshake;
    }
}
