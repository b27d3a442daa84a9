using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace FooBar.ServiceDefaults.Admin;

/// <summary>Who gets through the admin port's TLS handshake: a client of the configured authority whose common name is in the list.</summary>
internal static class AdminHandshake
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string CommonName = "2.5.4.3";

    /// <summary>TLS 1.2 and 1.3, HTTP/1.1.</summary>
    public static TlsHandshakeCallbackOptions Create(AdminCertificates certificates, IEnumerable<string> allowedClients)
    {
        HashSet<string> allowed = new(allowedClients, StringComparer.Ordinal);
        X509ChainPolicy policy = new()
        {
            // The machine's own authorities are not asked: any public one of them could then vouch for a client.
            TrustMode = X509ChainTrustMode.CustomRootTrust,

            // The internal authority publishes no revocation list; its certificates are short-lived instead.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        policy.CustomTrustStore.AddRange(certificates.Authorities);
        SslServerAuthenticationOptions handshake = new()
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificates.Own, certificates.Intermediates, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            AllowRenegotiation = false,

            // Every connection proves its key anew, so that nobody lives on in a session that was agreed upon earlier.
            AllowTlsResume = false,
            ClientCertificateRequired = true,
            CertificateChainPolicy = policy,
            RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                errors == SslPolicyErrors.None && certificate is X509Certificate2 client && CommonNameOf(client) is { } name && allowed.Contains(name),
        };
        return new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(handshake) };
    }

    /// <summary>
    /// The one common name of the subject; null where there is none or several. Not GetNameInfo: which part of a subject it takes for the
    /// name, when that has no common name or two, is the platform's choice.
    /// </summary>
    internal static string? CommonNameOf(X509Certificate2 certificate)
    {
        string? name = null;
        foreach (X500RelativeDistinguishedName part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (part.HasMultipleElements)
            {
                return null;
            }

            if (part.GetSingleElementType().Value == CommonName)
            {
                if (name is not null)
                {
                    return null;
                }

                name = part.GetSingleElementValue();
            }
        }

        return name;
    }
}
