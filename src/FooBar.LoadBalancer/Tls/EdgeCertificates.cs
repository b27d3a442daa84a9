using System.Net.Security;
using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Tls;

/// <summary>The site's certificates with their chains and keys, ready for handshakes. Thread-safe.</summary>
internal sealed class EdgeCertificates : IReloadable
{
    private static readonly SslClientAuthenticationOptions _anyClient = new() { TargetHost = "rehearsal", AllowTlsResume = false };

    private readonly TimeProvider _time;
    private volatile CertificateTable _table;

    private EdgeCertificates(CertificateTable table, TimeProvider time)
    {
        _table = table;
        _time = time;
    }

    /// <summary>Those that are shown to a client that connects now.</summary>
    public CertificateTable Table => _table;

    /// <summary>What can be told about them, the default one first.</summary>
    public IReadOnlyList<CertificateReport> Report => [.. _table.Certificates.Select(certificate => certificate.Report)];

    /// <summary>Reads the files of <see cref="GatewayOptions.EdgeCertificateFiles"/>.</summary>
    /// <param name="options">Names them.</param>
    /// <param name="time">For the dates.</param>
    /// <param name="acceptsOutOfDate">
    /// Whether a certificate is taken that has expired or is not valid yet. At a start it is: clients that do not look, and the redirects, are better
    /// than a site that is gone after a boot.
    /// </param>
    /// <exception cref="GatewayConfigurationException">A file cannot be used.</exception>
    public static EdgeCertificates Load(GatewayOptions options, TimeProvider time, bool acceptsOutOfDate) =>
        new(Read(options, time, acceptsOutOfDate, []), time);

    /// <inheritdoc />
    /// <remarks>Connections that there are go on with the certificate that they began with.</remarks>
    public Action Prepare(GatewaySettings next)
    {
        CertificateTable table = Read(next.Options, _time, acceptsOutOfDate: false, _table.Certificates);
        return () => _table = table;
    }

    private static CertificateTable Read(GatewayOptions options, TimeProvider time, bool acceptsOutOfDate, IReadOnlyList<LoadedCertificate> before)
    {
        List<LoadedCertificate> loaded = [];
        List<string> errors = [];
        foreach (CertificateFiles files in options.EdgeCertificateFiles)
        {
            try
            {
                LoadedCertificate? old = before.FirstOrDefault(candidate => candidate.Report.Name == files.Name);
                LoadedCertificate certificate = LoadedCertificate.Load(files, CertificateCheck.ServerUsage, time.GetUtcNow(), old);
                loaded.Add(certificate);

                // One that is in use already is not asked again: it may have expired meanwhile, and other settings must be changeable all the same.
                if (certificate != old)
                    errors.AddRange(Mistakes(files, certificate, acceptsOutOfDate));
            }
            catch (GatewayConfigurationException mistakes)
            {
                errors.AddRange(mistakes.Errors);
            }
        }

        return errors.Count == 0 ? new CertificateTable(loaded) : throw new GatewayConfigurationException(errors);
    }

    private static IEnumerable<string> Mistakes(CertificateFiles files, LoadedCertificate certificate, bool acceptsOutOfDate)
    {
        if (!acceptsOutOfDate)
        {
            foreach (string reason in certificate.OutOfDate)
                yield return Message(reason);
        }

        if (files.Name != CertificateFiles.Default && certificate.Report.Hosts.Count == 0)
            yield return Message("it carries no name, so that no client would be shown it");
        if (Rehearsal.Failure(EdgeHandshake.Offer(certificate.Context), _anyClient) is { } failure)
            yield return Message($"OpenSSL makes no handshake with it: {failure}");

        string Message(string reason) => PemFile.Message(files.CertificateOption, files.CertificatePath, reason);
    }
}
