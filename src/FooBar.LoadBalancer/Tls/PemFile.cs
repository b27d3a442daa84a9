using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Tls;

/// <summary>Reads certificates from the PEM files that the options name, each file once: it may be replaced at any time.</summary>
internal static class PemFile
{
    /// <summary>All certificates of a file, in its order; at least one.</summary>
    /// <exception cref="GatewayConfigurationException">The file cannot be read or holds no certificate.</exception>
    public static X509Certificate2Collection Certificates(string option, string path) => Certificates(option, path, Text(option, path));

    /// <summary>A certificate with its key, and what stands behind it in its file.</summary>
    /// <exception cref="GatewayConfigurationException">A file cannot be read, or the key is not the certificate's.</exception>
    public static CertificatePair Pair(CertificateFiles files)
    {
        // The certificate first: where both are missing, its name says more.
        string certificateText = Text(files.CertificateOption, files.CertificatePath);
        string keyText = Text(files.KeyOption, files.KeyPath);
        X509Certificate2Collection chain = Certificates(files.CertificateOption, files.CertificatePath, certificateText);
        try
        {
            X509Certificate2 certificate = X509Certificate2.CreateFromPem(certificateText, keyText);
            chain[0].Dispose();
            chain.RemoveAt(0);
            return new CertificatePair(certificate, chain, Digest(certificateText, keyText));
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw Error(
                files.CertificateOption,
                files.CertificatePath,
                $"Gateway:{files.KeyOption} \"{files.KeyPath}\" is not the unencrypted key of its first certificate",
                exception);
        }
    }

    /// <summary>Says that a file cannot be used.</summary>
    public static GatewayConfigurationException Error(string option, string path, string reason, Exception? cause = null) =>
        new([Message(option, path, reason)], cause);

    /// <summary>The line for a file that cannot be used.</summary>
    public static string Message(string option, string path, string reason) =>
        $"{GatewayOptions.Section}:{option} is \"{path}\", which cannot be used: {reason.TrimEnd('.')}.";

    private static X509Certificate2Collection Certificates(string option, string path, string text)
    {
        X509Certificate2Collection certificates = [];
        try
        {
            certificates.ImportFromPem(text);
        }
        catch (CryptographicException exception)
        {
            throw Error(option, path, exception.Message, exception);
        }

        return certificates.Count > 0 ? certificates : throw Error(option, path, "it holds no certificate");
    }

    private static string Text(string option, string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Error(option, path, "there is no such file", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Error(option, path, exception.Message, exception);
        }
    }

    private static string Digest(string certificateText, string keyText) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{certificateText}\0{keyText}")));
}

/// <summary>What two PEM files hold.</summary>
/// <param name="Certificate">The first certificate, with its key.</param>
/// <param name="Issuers">Those behind it.</param>
/// <param name="Digest">Of the files' whole content: equal for equal files.</param>
internal sealed record CertificatePair(X509Certificate2 Certificate, X509Certificate2Collection Issuers, string Digest);
