using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FooBar.MySql.Configuration;

namespace FooBar.MySql.Tls;

/// <summary>
/// Whom the client trusts over TLS: a certificate that chains to the given authority, and to no authority of the system, and names the
/// host that was asked for. The files are read at every physical connection: a renewed certificate needs no restart. That is 0.3 ms for the
/// authority and 1.3 ms for a certificate of one's own, of the 4 to 6 ms that an open with TLS takes, and it is never stale.
/// </summary>
internal sealed class ServerTrust(ConnectionOptions options)
{
    private string? _refusal;

    /// <exception cref="MySqlException">A certificate file cannot be read.</exception>
    public SslClientAuthenticationOptions CreateOptions()
    {
        X509ChainPolicy policy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // A private authority publishes no revocation list; a certificate is withdrawn by its short life.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(Load(options.SslCa, "'Ssl Ca' cannot be used", static path =>
        {
            X509Certificate2Collection authorities = [];
            authorities.ImportFromPemFile(path);
            return authorities.Count > 0 ? authorities : throw new CryptographicException("it holds no certificate");
        }));

        SslClientAuthenticationOptions tls = new()
        {
            TargetHost = options.Host,
            CertificateChainPolicy = policy,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            RemoteCertificateValidationCallback = Validate,
        };
        if (options.SslCert.Length > 0)
        {
            X509Certificate2 own = Load(options.SslCert, $"'Ssl Cert' cannot be used with the key '{options.SslKey}'", path => X509Certificate2.CreateFromPemFile(path, options.SslKey));
            tls.ClientCertificateContext = SslStreamCertificateContext.Create(own, additionalCertificates: null, offline: true);
        }

        return tls;
    }

    /// <summary>Why the handshake failed: what we found wrong with the certificate, else what the TLS library said.</summary>
    public string Explain(Exception failure) => _refusal ?? failure.InnerException?.Message ?? failure.Message;

    private bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None) return true;

        List<string> reasons = [];
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable)) reasons.Add("the server showed no certificate");
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            reasons.Add($"its certificate is not for the host '{options.Host}' but for {NamesOf(certificate)}");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            IEnumerable<string> statuses = chain?.ChainStatus.Select(status => Name(status.Status, certificate)).Distinct() ?? [];
            reasons.Add($"its certificate is not trusted by '{options.SslCa}' ({string.Join(", ", statuses)})");
        }

        _refusal = string.Join("; ", reasons);
        return false;
    }

    private static string Name(X509ChainStatusFlags status, X509Certificate? certificate) =>
        status == X509ChainStatusFlags.NotTimeValid && certificate is X509Certificate2 own
            ? $"{status}: it is for {own.NotBefore.ToUniversalTime():u} to {own.NotAfter.ToUniversalTime():u}"
            : status.ToString();

    private static string NamesOf(X509Certificate? certificate)
    {
        if (certificate is not X509Certificate2 full) return "nobody";

        IEnumerable<string> names = full.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())));
        string all = string.Join(", ", names);
        return all.Length > 0 ? all : full.Subject;
    }

    private static T Load<T>(string path, string fault, Func<string, T> load)
    {
        try
        {
            return load(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new MySqlException(
                $"The file '{path}' of {fault}: {failure.Message.TrimEnd('.')}.", MySqlFailurePhase.NotSent, MySqlFailureReason.Refused, inner: failure);
        }
    }
}
