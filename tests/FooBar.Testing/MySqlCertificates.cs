using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FooBar.Testing;

/// <summary>
/// A certificate authority, a certificate of it for 127.0.0.1, ::1 and localhost, an expired one, one for another host, a client's, and an authority that has
/// nothing to do with them; as PEM files, ECDSA P-256.
/// </summary>
public sealed class MySqlCertificates
{
    private MySqlCertificates(string folder)
    {
        CaPath = Path.Combine(folder, "ca.crt");
        WrongCaPath = Path.Combine(folder, "wrong-ca.crt");
        CertificatePath = Path.Combine(folder, "server.crt");
        KeyPath = Path.Combine(folder, "server.key");
        ExpiredCertificatePath = Path.Combine(folder, "expired.crt");
        ExpiredKeyPath = Path.Combine(folder, "expired.key");
        WrongHostCertificatePath = Path.Combine(folder, "wrong-host.crt");
        WrongHostKeyPath = Path.Combine(folder, "wrong-host.key");
        ClientCertificatePath = Path.Combine(folder, "client.crt");
        ClientKeyPath = Path.Combine(folder, "client.key");
    }

    /// <summary>The authority to trust.</summary>
    public string CaPath { get; }

    /// <summary>An authority that did not sign anything here.</summary>
    public string WrongCaPath { get; }

    /// <summary>The server's certificate.</summary>
    public string CertificatePath { get; }

    /// <summary>The key of <see cref="CertificatePath"/>.</summary>
    public string KeyPath { get; }

    /// <summary>A certificate for the same names that is no longer valid.</summary>
    public string ExpiredCertificatePath { get; }

    /// <summary>The key of <see cref="ExpiredCertificatePath"/>.</summary>
    public string ExpiredKeyPath { get; }

    /// <summary>A valid certificate, for another host.</summary>
    public string WrongHostCertificatePath { get; }

    /// <summary>The key of <see cref="WrongHostCertificatePath"/>.</summary>
    public string WrongHostKeyPath { get; }

    /// <summary>A client's certificate, with the subject CN=client.</summary>
    public string ClientCertificatePath { get; }

    /// <summary>The key of <see cref="ClientCertificatePath"/>.</summary>
    public string ClientKeyPath { get; }

    /// <summary>Makes the files in a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="hosts">More addresses that the certificates are for.</param>
    public static MySqlCertificates Create(string folder, params IEnumerable<string> hosts)
    {
        IPAddress[] addresses = [.. hosts.Select(IPAddress.Parse).Append(IPAddress.Loopback).Append(IPAddress.IPv6Loopback).Distinct()];
        MySqlCertificates files = new(folder);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 authority = CreateAuthority("CN=test CA", now);
        using X509Certificate2 stranger = CreateAuthority("CN=another CA", now);
        File.WriteAllText(files.CaPath, authority.ExportCertificatePem());
        File.WriteAllText(files.WrongCaPath, stranger.ExportCertificatePem());
        Issue(authority, addresses, "CN=server", now, now.AddDays(1), files.CertificatePath, files.KeyPath);
        Issue(authority, addresses, "CN=server", now.AddHours(-2), now.AddHours(-1), files.ExpiredCertificatePath, files.ExpiredKeyPath);
        Issue(authority, [IPAddress.Parse("192.0.2.1")], "CN=server", now, now.AddDays(1), files.WrongHostCertificatePath, files.WrongHostKeyPath, hostName: "elsewhere.test");
        Issue(authority, addresses, "CN=client", now, now.AddDays(1), files.ClientCertificatePath, files.ClientKeyPath);
        return files;
    }

    private static X509Certificate2 CreateAuthority(string subject, DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
    }

    private static void Issue(
        X509Certificate2 authority, IPAddress[] addresses, string subject, DateTimeOffset from, DateTimeOffset until, string certificatePath, string keyPath,
        string hostName = "localhost")
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        foreach (IPAddress address in addresses) names.AddIpAddress(address);
        names.AddDnsName(hostName);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        using X509Certificate2 certificate = request.Create(authority, from.AddMinutes(-1), until, RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(certificatePath, certificate.ExportCertificatePem());
        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
    }
}
