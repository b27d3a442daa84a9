using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FooBar.LoadBalancer.Admin;

/// <summary>A certificate as the admin API shows it. Immutable.</summary>
/// <param name="Path">The file that it was read from.</param>
/// <param name="Names">The hosts and addresses that it vouches for.</param>
/// <param name="Subject">Its subject.</param>
/// <param name="Issuer">Who has issued it.</param>
/// <param name="NotBefore">From when on it holds.</param>
/// <param name="NotAfter">Until when it holds.</param>
/// <param name="DaysLeft">Until then; negative when it has expired.</param>
/// <param name="Sha256">What tells it from any other, hexadecimal.</param>
internal sealed record CertificateReport(
    string Path, IReadOnlyList<string> Names, string Subject, string Issuer, DateTimeOffset NotBefore, DateTimeOffset NotAfter, double DaysLeft, string Sha256)
{
    /// <summary>The certificate as it is now.</summary>
    public static CertificateReport Of(X509Certificate2 certificate, string path, DateTimeOffset now)
    {
        X509SubjectAlternativeNameExtension? names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        DateTimeOffset notAfter = certificate.NotAfter.ToUniversalTime();
        return new CertificateReport(
            path,
            names is null ? [] : [.. names.EnumerateDnsNames(), .. names.EnumerateIPAddresses().Select(address => address.ToString())],
            certificate.Subject,
            certificate.Issuer,
            certificate.NotBefore.ToUniversalTime(),
            notAfter,
            Math.Round((notAfter - now).TotalDays, 1),
            certificate.GetCertHashString(HashAlgorithmName.SHA256));
    }
}
