namespace FooBar.Web.Hosting;

/// <summary>Section <c>Web</c>: where this instance listens and whom it believes.</summary>
internal sealed class WebOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Web";

    /// <summary>Address to listen on. Default 127.0.0.1.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>Port to listen on with TLS. 0 to 65,535; 0 takes a free one and says so in the log. Default 8443.</summary>
    public int HttpsPort { get; set; } = 8443;

    /// <summary>PEM file with the certificate, followed by the intermediate ones if there are any. Required.</summary>
    public string CertificatePath { get; set; } = "";

    /// <summary>PEM file with the certificate's private key. Required.</summary>
    public string KeyPath { get; set; } = "";

    /// <summary>
    /// PEM file with the only authorities that a client's certificate may come from; set together with <see cref="AllowedClients"/>. Whoever
    /// has no such certificate is refused in the handshake. Default: none, then the address must be a loopback one, and clients need none.
    /// </summary>
    public string ClientCaPath { get; set; } = "";

    /// <summary>The common names of the clients that are let in, the gateways', case-sensitive. Default: none.</summary>
    public IList<string> AllowedClients { get; } = [];

    /// <summary>
    /// Addresses whose <c>X-Forwarded-*</c> and <c>X-Request-Id</c> headers are believed: the gateway's. From others they are ignored.
    /// Configured entries replace the default, which is 127.0.0.1 and ::1.
    /// </summary>
    public IList<string> KnownProxies { get; } = [];

    /// <summary>How the instance leaves.</summary>
    public DrainOptions Drain { get; set; } = new();
}
