using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FooBar.Testing;

/// <summary>
/// A certificate authority of a test's own (ECDSA P-256) and the certificates it issues. Everything lives in memory unless a test asks for
/// files, which go with this object.
/// </summary>
public sealed class TestCertificates : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly string _folder = Directory.CreateTempSubdirectory("foobar-certificates-").FullName;
    private readonly DateTimeOffset _notBefore = TimeProvider.System.GetUtcNow().AddHours(-1);

    /// <summary>Makes the authority.</summary>
    public TestCertificates()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=FooBar test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        Authority = request.CreateSelfSigned(_notBefore, _notBefore.AddDays(1));
        AuthorityPath = Write("authority.pem", Authority.ExportCertificatePem());
    }

    /// <summary>The authority, with its key.</summary>
    public X509Certificate2 Authority { get; }

    /// <summary>PEM file with the authority's certificate.</summary>
    public string AuthorityPath { get; }

    /// <summary>Issues a server certificate, with its key, for host names and IP addresses.</summary>
    public X509Certificate2 Issue(params ReadOnlySpan<string> hosts) => Issue(ServerAuthentication, hosts);

    /// <summary>Issues a certificate, with its key, that may not be used by a server.</summary>
    public X509Certificate2 IssueForClient(params ReadOnlySpan<string> hosts) => Issue(ClientAuthentication, hosts);

    /// <summary>Writes a certificate and its key as two PEM files and returns their paths.</summary>
    public (string CertificatePath, string KeyPath) Write(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        using ECDsa key = certificate.GetECDsaPrivateKey()
            ?? throw new ArgumentException("The certificate carries no ECDSA key.", nameof(certificate));
        return (
            Write($"{certificate.SerialNumber}.pem", certificate.ExportCertificatePem()),
            Write($"{certificate.SerialNumber}.key", key.ExportPkcs8PrivateKeyPem()));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private X509Certificate2 Issue(string usage, ReadOnlySpan<string> hosts)
    {
        SubjectAlternativeNameBuilder names = new();
        foreach (string host in hosts)
        {
            if (IPAddress.TryParse(host, out IPAddress? address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(host);
            }
        }

        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={hosts[0]}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Authority, true, false));
        using X509Certificate2 publicPart = request.Create(
            Authority, _notBefore, Authority.NotAfter, RandomNumberGenerator.GetBytes(16));
        return publicPart.CopyWithPrivateKey(key);
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text + "\n");
        return path;
    }
}
