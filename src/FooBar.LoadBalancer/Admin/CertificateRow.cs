using FooBar.LoadBalancer.Tls;

namespace FooBar.LoadBalancer.Admin;

/// <summary>A certificate as the admin API shows it. Immutable.</summary>
/// <param name="Name">Its label in metrics: <c>default</c>, the number of the entry in <c>Certificates</c>, or <c>backends</c> for the one that backends are shown.</param>
/// <param name="Path">The file that it was read from.</param>
/// <param name="Names">The hosts and addresses that it vouches for.</param>
/// <param name="Subject">Its subject.</param>
/// <param name="Issuer">Who has issued it.</param>
/// <param name="Key">The kind and length of its key.</param>
/// <param name="NotBefore">From when on it holds.</param>
/// <param name="NotAfter">Until when it holds.</param>
/// <param name="DaysLeft">Until then; negative when it has expired.</param>
/// <param name="Sha256">What tells it from any other, hexadecimal.</param>
/// <param name="LoadedAt">When this process began to use it.</param>
internal sealed record CertificateRow(
    string Name,
    string Path,
    IReadOnlyList<string> Names,
    string Subject,
    string Issuer,
    string Key,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter,
    double DaysLeft,
    string Sha256,
    DateTimeOffset LoadedAt)
{
    /// <summary>The certificate as it is now.</summary>
    public static CertificateRow Of(CertificateReport report, DateTimeOffset now) => new(
        report.Name,
        report.File,
        report.Hosts,
        report.Subject,
        report.Issuer,
        report.Key,
        report.NotBefore,
        report.NotAfter,
        Math.Round((report.NotAfter - now).TotalDays, 1),
        report.Sha256,
        report.LoadedAt);
}
