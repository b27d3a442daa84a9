using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace FooBar.ServiceDefaults.Tls;

/// <summary>
/// Who gets through the TLS handshake of a listener between our own processes: a client of the configured authorities whose common name is in
/// the list; where no authority is configured, anyone.
/// </summary>
public static class ListenerHandshake
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string CommonName = "2.5.4.3";

    /// <summary>TLS 1.2 and 1.3, HTTP/1.1.</summary>
    /// <param name="certificates">The listener's own, and the authorities of its clients.</param>
    /// <param name="allowedClients">Common names, case-sensitive; without authorities they count for nothing.</param>
    public static TlsHandshakeCallbackOptions Create(ListenerCertificates certificates, IEnumerable<string> allowedClients)
    {
        ArgumentNullException.ThrowIfNull(certificates);
        SslServerAuthenticationOptions handshake = new()
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificates.Own, certificates.Intermediates, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            AllowRenegotiation = false,

            // Every connection proves its key anew, so that nobody lives on in a session that was agreed upon earlier.
            AllowTlsResume = false,
        };
        if (certificates.Authorities.Count > 0)
        {
            Require(handshake, certificates.Authorities, new HashSet<string>(allowedClients, StringComparer.Ordinal));
        }

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

    private static void Require(SslServerAuthenticationOptions handshake, X509Certificate2Collection authorities, HashSet<string> allowed)
    {
        X509ChainPolicy policy = new()
        {
            // The machine's own authorities are not asked: any public one of them could then vouch for a client.
            TrustMode = X509ChainTrustMode.CustomRootTrust,

            // The internal authority publishes no revocation list; its certificates are short-lived instead.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        policy.CustomTrustStore.AddRange(authorities);
        handshake.ClientCertificateRequired = true;
        handshake.CertificateChainPolicy = policy;
        handshake.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            errors == SslPolicyErrors.None && certificate is X509Certificate2 client && CommonNameOf(client) is { } name && allowed.Contains(name);
    }
}
