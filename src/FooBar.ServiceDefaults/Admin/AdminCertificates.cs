using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FooBar.ServiceDefaults.Admin;

/// <summary>What the files of the section <c>Admin</c> hold.</summary>
/// <param name="Own">The admin port's certificate with its key.</param>
/// <param name="Intermediates">What stands behind it in its file.</param>
/// <param name="Authorities">The clients' authorities; never empty.</param>
internal sealed record AdminCertificates(
    X509Certificate2 Own, X509Certificate2Collection Intermediates, X509Certificate2Collection Authorities) : IDisposable
{
    /// <summary>Reads the files. What cannot be used is added to <paramref name="failures"/>, a line each, and the result is null.</summary>
    public static AdminCertificates? Load(AdminOptions options, List<string> failures)
    {
        X509Certificate2? own = null;
        X509Certificate2Collection chain = [];
        X509Certificate2Collection authorities = [];
        string pair = $"Admin:CertificatePath '{options.CertificatePath}' and Admin:KeyPath '{options.KeyPath}'";
        bool usable = Read(pair, () =>
        {
            own = X509Certificate2.CreateFromPemFile(options.CertificatePath, options.KeyPath);
            chain.ImportFromPemFile(options.CertificatePath);
            chain.RemoveAt(0);
        });
        usable &= Read($"Admin:ClientCaPath '{options.ClientCaPath}'", () =>
        {
            authorities.ImportFromPemFile(options.ClientCaPath);
            if (authorities.Count == 0)
            {
                throw new CryptographicException("it holds no certificate");
            }
        });
        AdminCertificates? certificates = own is null ? null : new AdminCertificates(own, chain, authorities);
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

    public void Dispose()
    {
        Own.Dispose();
        foreach (X509Certificate2 certificate in Intermediates.Concat(Authorities))
        {
            certificate.Dispose();
        }
    }
}
