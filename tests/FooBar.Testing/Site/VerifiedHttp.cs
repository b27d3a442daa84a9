using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace FooBar.Testing.Site;

/// <summary>HTTP clients that trust one CA file and nothing else.</summary>
public static class VerifiedHttp
{
    /// <summary>A client for one visitor: own cookies, redirects not followed, certificates verified against <paramref name="caPath"/> alone.</summary>
    /// <param name="address">Whom it asks.</param>
    /// <param name="caPath">PEM file of the authority.</param>
    /// <param name="version">Of HTTP, exactly; 1.1 if none is given.</param>
    /// <param name="certificate">What it shows to a server that asks for a certificate, with its key; none if null.</param>
    public static HttpClient Create(Uri address, string caPath, Version? version = null, X509Certificate2? certificate = null)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(caPath));
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            CookieContainer = new CookieContainer(),
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = policy,
                ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
            },
        };
        return new HttpClient(handler)
        {
            BaseAddress = address,
            DefaultRequestVersion = version ?? HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = TimeSpan.FromSeconds(30),
        };
    }
}
