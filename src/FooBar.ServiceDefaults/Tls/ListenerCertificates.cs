using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FooBar.ServiceDefaults.Tls;

/// <summary>What the PEM files of a TLS listener hold.</summary>
/// <param name="Own">The listener's certificate with its key.</param>
/// <param name="Intermediates">What stands behind it in its file.</param>
/// <param name="Authorities">The clients' authorities; empty where clients need no certificate.</param>
public sealed record ListenerCertificates(
    X509Certificate2 Own, X509Certificate2Collection Intermediates, X509Certificate2Collection Authorities) : IDisposable
{
    /// <summary>Reads the files. What cannot be used is added to <paramref name="failures"/>, a line each, and the result is null.</summary>
    /// <param name="section">The section whose settings CertificatePath, KeyPath and ClientCaPath name the files, for the lines.</param>
    /// <param name="certificatePath">The certificate, followed by the intermediate ones if there are any.</param>
    /// <param name="keyPath">Its unencrypted private key.</param>
    /// <param name="clientCaPath">The only authorities of the clients' certificates; empty: clients need none.</param>
    /// <param name="failures">Takes the lines.</param>
    public static ListenerCertificates? Load(string section, string certificatePath, string keyPath, string clientCaPath, IList<string> failures)
    {
        ArgumentNullException.ThrowIfNull(clientCaPath);
        ArgumentNullException.ThrowIfNull(failures);
        X509Certificate2? own = null;
        X509Certificate2Collection chain = [];
        X509Certificate2Collection authorities = [];
        bool usable = Read($"{section}:CertificatePath '{certificatePath}' and {section}:KeyPath '{keyPath}'", () =>
        {
            own = X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
            chain.ImportFromPemFile(certificatePath);
            chain.RemoveAt(0);
        });
        usable &= clientCaPath.Length == 0 || Read($"{section}:ClientCaPath '{clientCaPath}'", () =>
        {
            authorities.ImportFromPemFile(clientCaPath);
            if (authorities.Count == 0)
            {
                throw new CryptographicException("it holds no certificate");
            }
        });
        ListenerCertificates? certificates = own is null ? null : new ListenerCertificates(own, chain, authorities);
        if (usable)
        {
            return certificates;
        }

        certificates?.Dispose();
        return null;

        bool Read(string files, Action read)
        {
            try
            {
                read();
                return true;
            }
            // A certificate that does not fit its key is an ArgumentException.
            catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
            {
                failures.Add($"{files} cannot be used: {BindingMistake.OneLine(e.Message).TrimEnd('.')}.");
                return false;
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Own.Dispose();
        foreach (X509Certificate2 certificate in Intermediates.Concat(Authorities))
        {
            certificate.Dispose();
        }
    }
}
