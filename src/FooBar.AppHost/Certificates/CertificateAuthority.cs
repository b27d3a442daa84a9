using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Certificates;

/// <summary>A certificate and its private key, both PEM files.</summary>
internal sealed record CertificateFiles(string CertificatePath, string KeyPath);

/// <summary>
/// The stack's own certificate authority: one ECDSA P-256 root, one leaf per process, reissued when less than a third of its life is left
/// when its names change, or when anything about it is not as it was issued. Only this root is trusted between the processes. The root
/// itself is made anew when no leaf could live its whole life below it: then who imported it must do so again. A damaged root is never
/// replaced unasked for the same reason. Not thread-safe.
/// </summary>
internal sealed class CertificateAuthority : IDisposable
{
    private static readonly TimeSpan RootLifetime = TimeSpan.FromDays(5 * 365);
    private static readonly TimeSpan LeafLifetime = TimeSpan.FromDays(90);

    // A clock that is a little behind must not find the certificate "not yet valid".
    private static readonly TimeSpan ClockSlack = TimeSpan.FromHours(1);

    private readonly X509Certificate2 _root;
    private readonly TimeProvider _time;

    private CertificateAuthority(X509Certificate2 root, TimeProvider time)
    {
        _root = root;
        _time = time;
    }

    /// <summary>Opens the authority of a state folder, or makes it where a file of it is missing.</summary>
    /// <exception cref="FoobarException">Its certificate and its key are there, and damaged or not each other's.</exception>
    public static CertificateAuthority Open(StateFolder state, TimeProvider time)
    {
        string keyPath = Path.Combine(state.Certificates, "ca.key");
        X509Certificate2? root = LoadRoot(state.CaCertificate, keyPath);
        DateTimeOffset now = time.GetUtcNow();
        if (root is null || root.NotBefore.ToUniversalTime() > now || root.NotAfter.ToUniversalTime() - LeafLifetime <= now)
        {
            root?.Dispose();
            Create(state.CaCertificate, keyPath, now);
            root = X509Certificate2.CreateFromPemFile(state.CaCertificate, keyPath);
        }

        return new CertificateAuthority(root, time);
    }

    /// <summary>The leaf of that name, usable as server and as client; issued anew when it is missing, ageing or for other names.</summary>
    /// <param name="name">The file's name and the subject.</param>
    /// <param name="folder">Where the two files lie.</param>
    /// <param name="hosts">The host names and addresses that it vouches for.</param>
    public CertificateFiles Issue(string name, string folder, IReadOnlyList<string> hosts)
    {
        CertificateFiles files = new(Path.Combine(folder, name + ".crt"), Path.Combine(folder, name + ".key"));
        if (!IsCurrent(files, hosts))
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")], false));
            request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_root, true, false));
            request.CertificateExtensions.Add(AlternativeNames(hosts).Build());
            DateTimeOffset now = _time.GetUtcNow();

            // A leaf that reaches beyond its root is refused; after a clock that was set back, the root may be younger than the slack.
            DateTimeOffset from = now - ClockSlack > _root.NotBefore ? now - ClockSlack : _root.NotBefore;
            DateTimeOffset until = now + LeafLifetime < _root.NotAfter ? now + LeafLifetime : _root.NotAfter;
            using X509Certificate2 leaf = request.Create(_root, from, until, RandomNumberGenerator.GetBytes(16));
            PrivateFile.Write(files.KeyPath, key.ExportPkcs8PrivateKeyPem());
            PrivateFile.Write(files.CertificatePath, FileText(leaf, _root));
        }

        return files;
    }

    public void Dispose() => _root.Dispose();

    private static void Create(string certificatePath, string keyPath, DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=FooBar local CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using X509Certificate2 root = request.CreateSelfSigned(now - ClockSlack, now + RootLifetime);

        // In this order a crash leaves a file missing, which makes the next start begin again, and never a pair that does not match.
        File.Delete(keyPath);
        PrivateFile.Write(certificatePath, root.ExportCertificatePem(), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        PrivateFile.Write(keyPath, key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>The root with its key; null when a file of it is missing.</summary>
    private static X509Certificate2? LoadRoot(string certificatePath, string keyPath)
    {
        if (!File.Exists(certificatePath) || !File.Exists(keyPath))
        {
            return null;
        }

        X509Certificate2? root = Load(certificatePath, keyPath);
        if (root is { } found && VerifiesItself(found))
        {
            return found;
        }

        root?.Dispose();
        throw new FoobarException(
            $"The certificate {certificatePath} and the key {keyPath} are damaged or do not belong together. Put back the files that belong there; or remove both, and ./foobar up makes a new authority, which you then trust anew where you had trusted this one.");
    }

    /// <summary>Whether nothing in the certificate was changed since its own key signed it; chains never ask that of a root. RFC 5280, 4.1.</summary>
    private static bool VerifiesItself(X509Certificate2 root)
    {
        AsnReader certificate = new AsnReader(root.RawDataMemory, AsnEncodingRules.DER).ReadSequence();
        ReadOnlyMemory<byte> signed = certificate.ReadEncodedValue();
        certificate.ReadSequence();
        byte[] signature = certificate.ReadBitString(out _);
        using ECDsa? key = root.GetECDsaPublicKey();
        return key?.VerifyData(signed.Span, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence) == true;
    }

    private static bool ChainEndsAt(X509Certificate2 certificate, X509Certificate2 root, DateTime time)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = time;
        return chain.Build(certificate);
    }

    /// <summary>
    /// A certificate with its key; null when a file is missing or torn, or when the two do not belong together, as when one was copied from
    /// elsewhere.
    /// </summary>
    private static X509Certificate2? Load(string certificatePath, string keyPath)
    {
        if (!File.Exists(certificatePath) || !File.Exists(keyPath))
        {
            return null;
        }

        try
        {
            return X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    private static SubjectAlternativeNameBuilder AlternativeNames(IReadOnlyList<string> hosts)
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

        return names;
    }

    private static string FileText(X509Certificate2 leaf, X509Certificate2 root) => leaf.ExportCertificatePem() + "\n" + root.ExportCertificatePem() + "\n";

    private bool IsCurrent(CertificateFiles files, IReadOnlyList<string> hosts)
    {
        using X509Certificate2? leaf = Load(files.CertificatePath, files.KeyPath);
        if (leaf is null)
        {
            return false;
        }

        // The file goes on with the root: servers send both. Compared whole, because each reader of it stumbles over other damage.
        if (File.ReadAllText(files.CertificatePath) != FileText(leaf, _root))
        {
            return false;
        }

        X509SubjectAlternativeNameExtension? names = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        IEnumerable<string> found = names is null ? [] : names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString()));
        return leaf.NotAfter.ToUniversalTime() - _time.GetUtcNow().UtcDateTime > LeafLifetime / 3
            && ChainEndsAt(leaf, _root, _time.GetLocalNow().DateTime)
            && found.ToHashSet(StringComparer.OrdinalIgnoreCase).SetEquals(hosts);
    }
}
