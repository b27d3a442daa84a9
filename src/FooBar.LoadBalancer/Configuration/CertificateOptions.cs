namespace FooBar.LoadBalancer.Configuration;

/// <summary>A further certificate of the site: <c>Gateway:Certificates:N</c>.</summary>
internal sealed class CertificateOptions
{
    /// <summary>PEM file with the certificate first and its intermediate certificates after it. It must carry a name. Required.</summary>
    public string CertificatePath { get; set; } = "";

    /// <summary>PEM file with the unencrypted private key of <see cref="CertificatePath"/>. Required.</summary>
    public string KeyPath { get; set; } = "";
}
