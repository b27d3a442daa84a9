using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FooBar.LoadBalancer.Tests.Support;

/// <summary>A certificate as a test wants it, right or wrong, with its key.</summary>
internal sealed record CertificateRecipe
{
    public const string Server = "1.3.6.1.5.5.7.3.1";
    public const string Client = "1.3.6.1.5.5.7.3.2";

    public static DateTimeOffset Now { get; } = TimeProvider.System.GetUtcNow();

    public string Subject { get; init; } = "CN=www.foobar.com";

    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Who signs it, with the key; null: itself.</summary>
    public X509Certificate2? Issuer { get; init; }

    public bool IsAuthority { get; init; }

    /// <summary>Whether the key of the issuer is named by its identifier, beside its subject.</summary>
    public bool NamesIssuersKey { get; init; } = true;

    public IReadOnlyList<string> Usages { get; init; } = [Server];

    public DateTimeOffset NotBefore { get; init; } = Now.AddHours(-1);

    public DateTimeOffset NotAfter { get; init; } = Now.AddDays(1);

    /// <summary>0: ECDSA.</summary>
    public int RsaBits { get; init; }

    public ECCurve Curve { get; init; } = ECCurve.NamedCurves.nistP256;

    /// <summary>The addresses of an OCSP responder and of the issuer's certificate; null: none are named.</summary>
    public (string Ocsp, string Issuers)? Access { get; init; }

    /// <summary>Null: a random one.</summary>
    public byte[]? Serial { get; init; }

    /// <summary>An authority, signed by another or by itself.</summary>
    public static CertificateRecipe Authority(string name, X509Certificate2? issuer = null) =>
        new() { Subject = $"CN={name}", Issuer = issuer, IsAuthority = true, Usages = [], NotBefore = Now.AddHours(-2), NotAfter = Now.AddDays(2) };

    public X509Certificate2 Make()
    {
        if (RsaBits > 0)
        {
            using RSA rsa = RSA.Create(RsaBits);
            return Sign(new CertificateRequest(Subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), certificate => certificate.CopyWithPrivateKey(rsa));
        }

        using ECDsa key = ECDsa.Create(Curve);
        return Sign(new CertificateRequest(Subject, key, HashAlgorithmName.SHA256), certificate => certificate.CopyWithPrivateKey(key));
    }

    /// <summary>The private key as PEM.</summary>
    public static string KeyOf(X509Certificate2 certificate)
    {
        using RSA? rsa = certificate.GetRSAPrivateKey();
        using ECDsa? elliptic = certificate.GetECDsaPrivateKey();
        return rsa?.ExportPkcs8PrivateKeyPem() ?? elliptic!.ExportPkcs8PrivateKeyPem();
    }

    private X509Certificate2 Sign(CertificateRequest request, Func<X509Certificate2, X509Certificate2> withKey)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(IsAuthority, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            IsAuthority ? X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.DigitalSignature : X509KeyUsageFlags.DigitalSignature, true));
        if (NamesIssuersKey)
            request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        if (Usages.Count > 0)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. Usages.Select(usage => new Oid(usage))], false));
        if (Hosts.Count > 0)
            request.CertificateExtensions.Add(Names());
        if (Access is { } access)
            request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension([access.Ocsp], [access.Issuers]));
        byte[] serial = Serial ?? RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        if (Issuer is null)
            return request.CreateSelfSigned(NotBefore, NotAfter);
        if (NamesIssuersKey)
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Issuer, true, false));
        using RSA? rsa = Issuer.GetRSAPrivateKey();
        using ECDsa? elliptic = Issuer.GetECDsaPrivateKey();
        X509SignatureGenerator signer = rsa is not null
            ? X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1)
            : X509SignatureGenerator.CreateForECDsa(elliptic!);
        using X509Certificate2 signed = request.Create(Issuer.SubjectName, signer, NotBefore, NotAfter, serial);
        return withKey(signed);
    }

    private X509Extension Names()
    {
        SubjectAlternativeNameBuilder names = new();
        foreach (string host in Hosts)
        {
            if (IPAddress.TryParse(host, out IPAddress? address))
                names.AddIpAddress(address);
            else
                names.AddDnsName(host);
        }

        return names.Build();
    }
}

/// <summary>PEM files of a test's own, which go with this object.</summary>
internal sealed class PemFolder : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("foobar-pem-").FullName;

    public string this[string name] => Path.Join(_folder, name);

    /// <summary>Replaces a file, as a certificate's renewal does: whoever reads it sees the old one or the new one.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(this[name] + ".new", text);
        File.Move(this[name] + ".new", this[name], overwrite: true);
        return this[name];
    }

    /// <summary>Writes a file of certificates.</summary>
    public string Write(string name, params IEnumerable<X509Certificate2> chain) =>
        Write(name, string.Concat(chain.Select(certificate => certificate.ExportCertificatePem() + "\n")));

    /// <summary>Writes NAME.crt, with the issuers behind the certificate, and NAME.key.</summary>
    public (string Certificate, string Key) WritePair(string name, X509Certificate2 certificate, params IEnumerable<X509Certificate2> issuers) =>
        (Write($"{name}.crt", [certificate, .. issuers]), Write($"{name}.key", CertificateRecipe.KeyOf(certificate)));

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
