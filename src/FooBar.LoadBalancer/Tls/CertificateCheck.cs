using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FooBar.LoadBalancer.Tls;

/// <summary>Whether a certificate and what stands behind it in its file can be used. Pure, but for the machine's own authorities, which it asks.</summary>
internal static class CertificateCheck
{
    public const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    public const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    private const string AnyUsage = "2.5.29.37.0";
    private const int LeastRsaBits = 2048;
    private const int LeastEllipticBits = 256;

    /// <summary>Finds everything that is wrong with it.</summary>
    /// <param name="pair">The certificate and its issuers.</param>
    /// <param name="usage">What it is to be used for: <see cref="ServerUsage"/> or <see cref="ClientUsage"/>.</param>
    /// <param name="now">For the dates.</param>
    public static CertificateFindings Of(CertificatePair pair, string usage, DateTimeOffset now)
    {
        X509Certificate2[] file = [pair.Certificate, .. pair.Issuers];
        List<string> mistakes = [];
        foreach (X509Certificate2 certificate in file)
        {
            if (Weakness(certificate) is { } weakness)
                mistakes.Add($"the key of {Name(certificate)} {weakness}");
        }

        if (!IsFor(pair.Certificate, usage))
            mistakes.Add($"{Name(pair.Certificate)} is not for {(usage == ServerUsage ? "servers" : "clients")}");
        for (int i = 1; i < file.Length; i++)
        {
            if (!MayHaveIssued(file[i], file[i - 1]))
                mistakes.Add($"its certificate {i + 1}, {Name(file[i])}, is not the issuer of the one before it, {Name(file[i - 1])}");
        }

        string? stranger = null;
        if (mistakes.Count == 0)
            stranger = Follow(pair, mistakes);
        return new CertificateFindings(mistakes, [.. file.Select(certificate => OutOfDate(certificate, now)).OfType<string>()], stranger);
    }

    /// <summary>A certificate in a message.</summary>
    public static string Name(X509Certificate2 certificate) => $"'{(certificate.Subject.Length > 0 ? certificate.Subject : certificate.SerialNumber)}'";

    private static string? OutOfDate(X509Certificate2 certificate, DateTimeOffset now)
    {
        if (certificate.NotBefore > now.LocalDateTime)
            return $"{Name(certificate)} is not valid before {Date(certificate.NotBefore)}";
        return certificate.NotAfter < now.LocalDateTime ? $"{Name(certificate)} expired on {Date(certificate.NotAfter)}" : null;
    }

    private static string Date(DateTime local) => local.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string? Weakness(X509Certificate2 certificate)
    {
        using RSA? rsa = certificate.GetRSAPublicKey();
        if (rsa is not null)
            return rsa.KeySize < LeastRsaBits ? $"has {rsa.KeySize} bits; RSA needs {LeastRsaBits}" : null;
        using ECDsa? elliptic = certificate.GetECDsaPublicKey();
        if (elliptic is not null)
            return elliptic.KeySize < LeastEllipticBits ? $"has {elliptic.KeySize} bits; ECDSA needs {LeastEllipticBits}" : null;
        return "is neither RSA nor ECDSA";
    }

    private static bool IsFor(X509Certificate2 certificate, string usage) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is not { } usages
        || usages.EnhancedKeyUsages.Cast<Oid>().Any(oid => oid.Value == usage || oid.Value == AnyUsage);

    private static bool MayHaveIssued(X509Certificate2 issuer, X509Certificate2 certificate)
    {
        if (!certificate.IssuerName.RawData.AsSpan().SequenceEqual(issuer.SubjectName.RawData))
            return false;
        ReadOnlyMemory<byte>? wanted = certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier;
        ReadOnlyMemory<byte>? own = issuer.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()?.SubjectKeyIdentifierBytes;
        return wanted is null || own is null || wanted.Value.Span.SequenceEqual(own.Value.Span);
    }

    /// <summary>Verifies the signatures. Returns whom nobody here knows, or null.</summary>
    private static string? Follow(CertificatePair pair, List<string> mistakes)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.ExtraStore.AddRange(pair.Issuers);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;

        // The dates are another question, and an authority of our own is not among the machine's.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid | X509VerificationFlags.AllowUnknownCertificateAuthority;
        bool isWhole = chain.Build(pair.Certificate);
        X509Certificate2 last = chain.ChainElements[^1].Certificate;
        string? stranger = chain.ChainStatus.Any(status => status.Status.HasFlag(X509ChainStatusFlags.PartialChain)) ? $"'{last.Issuer}'" : null;
        if (!isWhole)
        {
            foreach (X509ChainStatus status in chain.ChainStatus.Where(status => !Passes(status.Status)))
                mistakes.Add($"{Name(pair.Certificate)} does not verify: {status.StatusInformation.TrimEnd('.')}");
        }

        foreach (X509ChainElement element in chain.ChainElements)
            element.Certificate.Dispose();
        return stranger;
    }

    private static bool Passes(X509ChainStatusFlags status) =>
        (status & ~(X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.NotTimeValid)) == 0;
}

/// <summary>What was found about a certificate.</summary>
/// <param name="Mistakes">Why it cannot be used; none: it can.</param>
/// <param name="OutOfDate">What in its file has expired or is not valid yet.</param>
/// <param name="Stranger">The authority to which it leads, if neither its file nor the machine knows that one.</param>
internal sealed record CertificateFindings(IReadOnlyList<string> Mistakes, IReadOnlyList<string> OutOfDate, string? Stranger);
