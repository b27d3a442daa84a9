using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Edge;

namespace FooBar.LoadBalancer.Tls;

/// <summary>What a person should know about certificates that are in use all the same. Pure functions.</summary>
internal static class CertificateRemarks
{
    /// <summary>Why clients or backends refuse a certificate now: it has expired, or is not valid yet; a line each.</summary>
    public static IReadOnlyList<string> OutOfDate(IEnumerable<LoadedCertificate> certificates) =>
    [
        .. certificates.SelectMany(certificate => certificate.OutOfDate.Select(
            reason => $"{reason}, and is used all the same; whoever looks at the dates refuses it. Replace {certificate.Report.File}")),
    ];

    /// <summary>What may be meant so, and is a mistake more often; a line each.</summary>
    public static IReadOnlyList<string> Doubts(CertificateTable table, GatewayOptions options)
    {
        List<string> doubts =
        [
            .. table.Certificates.Where(certificate => certificate.Stranger is not null).Select(certificate =>
                $"{certificate.Report.File} leads to {certificate.Stranger}, which neither it nor this machine knows: is an intermediate certificate missing in it?"),
        ];
        string[] uncovered = [.. options.Hosts.Where(ServedHosts.IsPublicName).Where(host => !table.Covers(host))];
        if (uncovered.Length > 0)
            doubts.Add($"No certificate carries {string.Join(", ", uncovered)}: a client that asks for it is shown {options.CertificatePath} and refuses it");
        return doubts;
    }
}
