using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Certificates;

/// <summary>A certificate and its private key, both PEM files.</summary>
internal sealed record CertificateFiles(string CertificatePath, string KeyPath);

/// <summary>
/// The stack's own certificate authority: one ECDSA P-256 root, one leaf per process, reissued when less than a third of its life is left
/// or when its names change. Only this root is trusted between the processes. The root itself is made anew when no leaf could live its
/// whole life below it: then who imported it must do so again. Not thread-safe.
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

    /// <summary>Opens the authority of a state folder, or makes it.</summary>
    public static CertificateAuthority Open(StateFolder state, TimeProvider time)
    {
        string keyPath = Path.Combine(state.Certificates, "ca.key");
        X509Certificate2? root = Load(state.CaCertificate, keyPath);
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
            PrivateFile.Write(files.CertificatePath, leaf.ExportCertificatePem() + "\n" + _root.ExportCertificatePem() + "\n");
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
        PrivateFile.Write(keyPath, key.ExportPkcs8PrivateKeyPem());
        PrivateFile.Write(certificatePath, root.ExportCertificatePem(), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }

    /// <summary>
    /// A certificate with its key; null when a file is missing or torn, or when the two do not belong together, as after a crash between
    /// writing the one and the other.
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

    private bool IsCurrent(CertificateFiles files, IReadOnlyList<string> hosts)
    {
        using X509Certificate2? leaf = Load(files.CertificatePath, files.KeyPath);
        if (leaf is null)
        {
            return false;
        }

        X509SubjectAlternativeNameExtension? names = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        IEnumerable<string> found = names is null ? [] : names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString()));
        return leaf.NotAfter.ToUniversalTime() - _time.GetUtcNow().UtcDateTime > LeafLifetime / 3
            && leaf.Issuer == _root.Subject
            && leaf.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier?.Span.SequenceEqual(
                _root.Extensions.OfType<X509SubjectKeyIdentifierExtension>().First().SubjectKeyIdentifierBytes.Span) == true
            && found.ToHashSet(StringComparer.OrdinalIgnoreCase).SetEquals(hosts);
    }
}
