using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Tls;

/// <summary>A certificate that was read, checked and made ready for handshakes. Immutable; shared by the connections that use it.</summary>
internal sealed class LoadedCertificate
{
    private readonly string _digest;

    private LoadedCertificate(CertificatePair pair, CertificateFindings findings, CertificateReport report)
    {
        _digest = pair.Digest;
        Report = report;
        OutOfDate = findings.OutOfDate;
        Stranger = findings.Stranger;

        // .NET staples what the responder says only if it may go online, and then it would also look for issuers that are missing: a start would
        // depend on the network. Where it has them all, only the responder is asked, in the background.
        bool staples = findings.Stranger is null && NamesResponder(pair.Certificate);
        Context = SslStreamCertificateContext.Create(pair.Certificate, pair.Issuers, offline: !staples);
    }

    /// <summary>The chain, built once: built for each connection, it would cost the handshake a search through the certificate store.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>What can be told about it.</summary>
    public CertificateReport Report { get; }

    /// <summary>What in its file has expired or is not valid yet, in words; as of when it was read.</summary>
    public IReadOnlyList<string> OutOfDate { get; }

    /// <summary>The authority to which it leads, if neither its file nor the machine knows that one.</summary>
    public string? Stranger { get; }

    /// <summary>Reads and checks the files.</summary>
    /// <param name="files">Their paths.</param>
    /// <param name="usage">One of the usages of <see cref="CertificateCheck"/>.</param>
    /// <param name="now">For the dates.</param>
    /// <param name="before">What was loaded for the same purpose. If the files are as they were then, it is what is returned, whatever its dates:
    /// with it, its sessions and its stapled answer go on.</param>
    /// <exception cref="GatewayConfigurationException">They cannot be used.</exception>
    public static LoadedCertificate Load(CertificateFiles files, string usage, DateTimeOffset now, LoadedCertificate? before)
    {
        CertificatePair pair = PemFile.Pair(files);
        if (before is not null && before._digest == pair.Digest && before.Report.Name == files.Name && before.Report.File == files.CertificatePath)
            return before;

        CertificateFindings findings = CertificateCheck.Of(pair, usage, now);
        if (findings.Mistakes.Count > 0)
            throw new GatewayConfigurationException([.. findings.Mistakes.Select(mistake => PemFile.Message(files.CertificateOption, files.CertificatePath, mistake))]);
        return new LoadedCertificate(pair, findings, ReportOn(files, pair.Certificate, now));
    }

    private static CertificateReport ReportOn(CertificateFiles files, X509Certificate2 certificate, DateTimeOffset now)
    {
        X509SubjectAlternativeNameExtension? names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        return new CertificateReport(
            files.Name,
            files.CertificatePath,
            names is null ? [] : [.. names.EnumerateDnsNames(), .. names.EnumerateIPAddresses().Select(address => address.ToString())],
            certificate.Subject,
            certificate.Issuer,
            Key(certificate),
            certificate.NotBefore.ToUniversalTime(),
            certificate.NotAfter.ToUniversalTime(),
            certificate.GetCertHashString(HashAlgorithmName.SHA256),
            now);
    }

    private static string Key(X509Certificate2 certificate)
    {
        using RSA? rsa = certificate.GetRSAPublicKey();
        using ECDsa? elliptic = certificate.GetECDsaPublicKey();
        return rsa is not null ? $"RSA {rsa.KeySize}" : $"ECDSA {elliptic!.KeySize}";
    }

    private static bool NamesResponder(X509Certificate2 certificate) => certificate.Extensions
        .OfType<X509AuthorityInformationAccessExtension>()
        .Any(access => access.EnumerateOcspUris().Any(uri => uri.StartsWith("http://", StringComparison.OrdinalIgnoreCase)));
}
