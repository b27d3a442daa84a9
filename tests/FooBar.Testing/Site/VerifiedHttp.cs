using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace FooBar.Testing.Site;

/// <summary>HTTP clients that trust one CA file and nothing else.</summary>
public static class VerifiedHttp
{
    /// <summary>A client for one visitor: own cookies, redirects not followed, certificates verified against <paramref name="caPath"/> alone.</summary>
    public static HttpClient Create(Uri address, string caPath, Version? version = null)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(caPath));
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            CookieContainer = new CookieContainer(),
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
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
