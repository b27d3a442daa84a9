using System.Globalization;
using System.Net;

namespace FooBar.ServiceDefaults.Admin;

/// <summary>
/// Where metrics and health are read, and by whom. Configuration section <c>Admin</c>. Plain HTTP on loopback, or mutual TLS on any address:
/// the four settings of the latter are set together or not at all.
/// </summary>
internal sealed class AdminOptions
{
    public const string Section = "Admin";

    /// <summary>The IP address to listen on; without mutual TLS a loopback one. Default: 127.0.0.1.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>
    /// The TCP port: 1 to 65535, or 0 for one that the system chooses (tests). No default: two processes on a host must never share it.
    /// A string, so that a value which is no number is reported by the validator and not by the binder.
    /// </summary>
    public string? Port { get; set; }

    /// <summary>PEM file with the certificate, followed by the intermediate ones if there are any. Default: none.</summary>
    public string CertificatePath { get; set; } = "";

    /// <summary>PEM file with the certificate's unencrypted private key. Default: none.</summary>
    public string KeyPath { get; set; } = "";

    /// <summary>PEM file with the only authorities that a client's certificate may come from. Default: none.</summary>
    public string ClientCaPath { get; set; } = "";

    /// <summary>The common names of the clients that are let in, case-sensitive. Default: none.</summary>
    public IList<string> AllowedClients { get; } = [];

    /// <summary>The validated settings as an end point.</summary>
    public IPEndPoint EndPoint => new(IPAddress.Parse(Address), int.Parse(Port!, NumberStyles.None, CultureInfo.InvariantCulture));

    /// <summary>Whether the listener is mutual TLS. Of validated settings, all four are there then.</summary>
    public bool UsesTls => CertificatePath.Length > 0 || KeyPath.Length > 0 || ClientCaPath.Length > 0 || AllowedClients.Count > 0;
}
