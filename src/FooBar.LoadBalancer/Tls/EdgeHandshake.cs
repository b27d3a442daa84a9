using System.Net.Security;
using System.Runtime.Versioning;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace FooBar.LoadBalancer.Tls;

/// <summary>What the gateway offers in a TLS handshake with a client.</summary>
internal static class EdgeHandshake
{
    /// <summary>How Kestrel asks for it: no more than a look into a table for each connection.</summary>
    public static TlsHandshakeCallbackOptions Create(EdgeCertificates certificates, TimeSpan timeout) => new()
    {
        HandshakeTimeout = timeout,
        OnConnection = context => ValueTask.FromResult(certificates.Table.For(context.ClientHelloInfo.ServerName)),
    };

    /// <summary>TLS 1.2 and 1.3; forward secrecy and authenticated encryption only; HTTP/2 before HTTP/1.1; sessions are resumed.</summary>
    public static SslServerAuthenticationOptions Offer(SslStreamCertificateContext certificate)
    {
        SslServerAuthenticationOptions handshake = new()
        {
            ServerCertificateContext = certificate,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowRenegotiation = false,

            // With a callback Kestrel leaves ALPN to us; without it every client would fall back to HTTP/1.1.
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        };

        // Where OpenSSL itself is not restricted, the suites are; that costs the resumption, which is the lesser evil.
        if (!OpenSslPolicy.IsInForce && !OperatingSystem.IsWindows() && !OperatingSystem.IsAndroid())
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
