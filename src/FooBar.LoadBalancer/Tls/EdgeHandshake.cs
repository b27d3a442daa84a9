using System.Net.Security;
using System.Runtime.Versioning;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace FooBar.LoadBalancer.Tls;

/// <summary>What the gateway offers in a TLS handshake with a client.</summary>
internal static class EdgeHandshake
{
    /// <summary>How Kestrel asks for it: no more than a read of a field for each connection.</summary>
    public static TlsHandshakeCallbackOptions Create(EdgeCertificate certificate, TimeSpan timeout) => new()
    {
        HandshakeTimeout = timeout,
        OnConnection = _ => ValueTask.FromResult(certificate.Handshake),
    };

    /// <summary>TLS 1.2 and 1.3; forward secrecy and authenticated encryption only; HTTP/2 before HTTP/1.1.</summary>
    public static SslServerAuthenticationOptions Offer(SslStreamCertificateContext certificate)
    {
        // One object for all connections: it is not changed after this. Sessions are not resumed: .NET keeps no OpenSSL context from one
        // connection to the next where the suites are named.
        SslServerAuthenticationOptions handshake = new()
        {
            ServerCertificateContext = certificate,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowRenegotiation = false,

            // With a callback Kestrel leaves ALPN to us; without it every client would fall back to HTTP/1.1.
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        };
        if (!OperatingSystem.IsWindows() && !OperatingSystem.IsAndroid())
            handshake.CipherSuitesPolicy = Suites();
        return handshake;
    }

    [UnsupportedOSPlatform("windows")]
    [UnsupportedOSPlatform("android")]
    private static CipherSuitesPolicy Suites() => new(
    [
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]);
}
