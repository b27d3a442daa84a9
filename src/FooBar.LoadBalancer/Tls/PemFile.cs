using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Tls;

/// <summary>Reads certificates from the PEM files that the options name.</summary>
internal static class PemFile
{
    /// <summary>All certificates of a file, in its order; at least one.</summary>
    /// <exception cref="GatewayConfigurationException">The file cannot be read or holds no certificate.</exception>
    public static X509Certificate2Collection Certificates(string option, string path)
    {
        X509Certificate2Collection certificates = [];
        Read(option, path, () => certificates.ImportFromPemFile(path));
        return certificates.Count > 0 ? certificates : throw Error(option, path, "it holds no certificate", null);
    }

    /// <summary>The first certificate of <paramref name="path"/> with the private key from <paramref name="keyPath"/>.</summary>
    /// <exception cref="GatewayConfigurationException">A file cannot be read, or the key is not the certificate's.</exception>
    public static X509Certificate2 WithKey(string option, string path, string keyOption, string keyPath)
    {
        if (!File.Exists(keyPath))
            throw Error(keyOption, keyPath, "there is no such file", null);

        X509Certificate2? certificate = null;
        Read(option, path, () => certificate = X509Certificate2.CreateFromPemFile(path, keyPath));
        return certificate!;
    }

    private static void Read(string option, string path, Action read)
    {
        try
        {
            read();
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Error(option, path, "there is no such file", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw Error(option, path, exception.Message, exception);
        }
    }

    private static GatewayConfigurationException Error(string option, string path, string reason, Exception? cause) =>
        new([$"{GatewayOptions.Section}:{option} is \"{path}\", which cannot be used: {reason.TrimEnd('.')}."], cause);
}
