namespace FooBar.LoadBalancer.Tls;

/// <summary>A certificate and its key as the options name them.</summary>
/// <param name="Name">In metrics and reports: <c>default</c>, the number of the entry in <c>Certificates</c>, or <c>backends</c>.</param>
/// <param name="CertificateOption">The option's key below the section.</param>
/// <param name="CertificatePath">PEM file with the certificate first and its issuers after it.</param>
/// <param name="KeyOption">The option's key below the section.</param>
/// <param name="KeyPath">PEM file with the unencrypted private key.</param>
internal sealed record CertificateFiles(string Name, string CertificateOption, string CertificatePath, string KeyOption, string KeyPath)
{
    /// <summary>The name of the one that a client is shown for whose name there is none.</summary>
    public const string Default = "default";

    /// <summary>The name of the one that backends are shown.</summary>
    public const string Backends = "backends";
}
