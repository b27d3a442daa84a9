using System.Globalization;
using FooBar.LoadBalancer.Tls;

namespace FooBar.LoadBalancer.Configuration;

/// <summary>The configuration section <c>Gateway</c>. <see cref="GatewayConfiguration"/> fills and checks it; nobody changes it after that.</summary>
internal sealed class GatewayOptions
{
    /// <summary>The section's name, which starts every message about it.</summary>
    public const string Section = "Gateway";

    /// <summary>What <see cref="Addresses"/> is when nothing is configured.</summary>
    public static readonly IReadOnlyList<string> DefaultAddresses = ["127.0.0.1", "::1"];

    /// <summary>What <see cref="Hosts"/> is when nothing is configured.</summary>
    public static readonly IReadOnlyList<string> DefaultHosts = ["www.foobar.com", "foobar.com", "localhost", "127.0.0.1", "::1"];

    /// <summary>
    /// IP addresses to listen on; <c>::</c> means every address, IPv4 included. Default: <see cref="DefaultAddresses"/>.
    /// </summary>
    public IList<string> Addresses { get; } = [];

    /// <summary>TCP port for HTTPS, 0 to 65535; 0 takes any free port. Default: 8443.</summary>
    public int HttpsPort { get; set; } = 8443;

    /// <summary>TCP port for plain HTTP, which only redirects, 0 to 65535; 0 takes any free port. Default: 8080.</summary>
    public int HttpPort { get; set; } = 8080;

    /// <summary>
    /// Port that redirects point at, 0 to 65535. It differs from <see cref="HttpsPort"/> where something in front translates ports.
    /// Default: 0, the same as <see cref="HttpsPort"/>.
    /// </summary>
    public int PublicHttpsPort { get; set; }

    /// <summary>
    /// Whether HTTP/3 is served, too, on UDP at <see cref="HttpsPort"/>. It needs libmsquic, and sockets of the gateway's own, not systemd's; without
    /// them a warning says what is missing. Default: false.
    /// </summary>
    public bool Http3 { get; set; }

    /// <summary>
    /// Names and IP addresses that are served, without ports; a request for any other is refused. Case does not matter.
    /// Default: <see cref="DefaultHosts"/>.
    /// </summary>
    public IList<string> Hosts { get; } = [];

    /// <summary>
    /// The one of <see cref="Hosts"/> that the site goes by: a request for another public name among them is redirected to it. Names without a
    /// dot, localhost and IP addresses are served as they are. Default: none, every name is served.
    /// </summary>
    public string? CanonicalHost { get; set; }

    /// <summary>
    /// Absolute path of the folder in which an ACME client leaves its answers, below <c>.well-known/acme-challenge/</c> (RFC 8555, 8.3). They are
    /// read at each request, over HTTP and HTTPS. Default: none, such requests are like any other.
    /// </summary>
    public string? AcmeWebroot { get; set; }

    /// <summary>
    /// PEM file with the site's certificate first and its intermediate certificates after it: the one that a client is shown who asks for a name
    /// that none of <see cref="Certificates"/> carries, or for none. Required.
    /// </summary>
    public string CertificatePath { get; set; } = "";

    /// <summary>PEM file with the unencrypted private key of <see cref="CertificatePath"/>. Required.</summary>
    public string KeyPath { get; set; } = "";

    /// <summary>Further certificates, each for the names that it carries; 0 to 100. Default: none.</summary>
    public IList<CertificateOptions> Certificates { get; } = [];

    /// <summary>PEM file with the only certificate authorities that a backend's certificate may come from. Required.</summary>
    public string BackendCaPath { get; set; } = "";

    /// <summary>
    /// PEM file with the certificate that backends are shown, and the intermediate ones after it; set together with <see cref="BackendKeyPath"/>.
    /// Default: none, backends that demand one refuse the gateway.
    /// </summary>
    public string? BackendCertificatePath { get; set; }

    /// <summary>PEM file with the unencrypted private key of <see cref="BackendCertificatePath"/>. Default: none.</summary>
    public string? BackendKeyPath { get; set; }

    /// <summary>
    /// How often the settings files and the files that they name are looked at for changes, 100 ms to 1 h; 0: never, only on SIGHUP and by the
    /// admin port. Default: 5 s.
    /// </summary>
    public TimeSpan ReloadInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Absolute path of the file in which the gateway keeps what people have ordered of the backends, so that it holds over a restart. Its folder must be
    /// there. Default: none, and a restart makes every backend ready.
    /// </summary>
    public string? StatePath { get; set; }

    /// <summary>The files that the options name: a change in one of them is a change of the configuration.</summary>
    internal IEnumerable<string> Files =>
    [
        .. EdgeCertificateFiles.Concat(BackendCertificateFiles is { } own ? [own] : []).SelectMany(files => new[] { files.CertificatePath, files.KeyPath }),
        BackendCaPath,
        .. Admin.TokenPath is { } token ? [token] : Array.Empty<string>(),
    ];

    /// <summary>The site's certificates, the default one first.</summary>
    internal IEnumerable<CertificateFiles> EdgeCertificateFiles =>
    [
        new(CertificateFiles.Default, nameof(CertificatePath), CertificatePath, nameof(KeyPath), KeyPath),
        .. Certificates.Select((certificate, i) => new CertificateFiles(
            i.ToString(CultureInfo.InvariantCulture), $"Certificates:{i}:CertificatePath", certificate.CertificatePath, $"Certificates:{i}:KeyPath", certificate.KeyPath)),
    ];

    /// <summary>The certificate that backends are shown; null: none.</summary>
    internal CertificateFiles? BackendCertificateFiles => BackendCertificatePath is { Length: > 0 } certificate && BackendKeyPath is { Length: > 0 } key
        ? new CertificateFiles(CertificateFiles.Backends, nameof(BackendCertificatePath), certificate, nameof(BackendKeyPath), key)
        : null;

    /// <summary>How a backend is chosen. Default: <see cref="PolicyName.LeastConnections"/>.</summary>
    public PolicyName Policy { get; set; } = PolicyName.LeastConnections;

    /// <summary>The instances that requests are spread over, 1 to 64. Required.</summary>
    public IList<BackendOptions> Backends { get; } = [];

    /// <summary>What is special about some paths, at most 64. Default: nothing.</summary>
    public IList<RouteOptions> Routes { get; } = [];

    /// <summary>
    /// Headers that each answer gets unless its backend has set them, by name. What is written here is added to the defaults; an empty value takes
    /// one of them out. Default: <c>X-Content-Type-Options: nosniff</c>, <c>X-Frame-Options: SAMEORIGIN</c>,
    /// <c>Referrer-Policy: strict-origin-when-cross-origin</c>.
    /// </summary>
    public Dictionary<string, string> SecurityHeaders { get; } = new(StringComparer.OrdinalIgnoreCase)
    {
        ["X-Content-Type-Options"] = "nosniff",
        ["X-Frame-Options"] = "SAMEORIGIN",
        ["Referrer-Policy"] = "strict-origin-when-cross-origin",
    };

    /// <summary>Requests that wait while every backend has as many as it may have.</summary>
    public QueueOptions Queue { get; init; } = new();

    /// <summary>When a backend takes traffic.</summary>
    public HealthOptions Health { get; init; } = new();

    /// <summary>Connections and time limits towards the backends.</summary>
    public ForwardingOptions Forwarding { get; init; } = new();

    /// <summary>Second tries at another backend.</summary>
    public RetryOptions Retries { get; init; } = new();

    /// <summary>How the gateway stops.</summary>
    public DrainOptions Drain { get; init; } = new();

    /// <summary>What a client may ask for at most.</summary>
    public LimitOptions Limits { get; init; } = new();

    /// <summary>The shared cache.</summary>
    public CacheOptions Cache { get; init; } = new();

    /// <summary>Traces.</summary>
    public TracingOptions Tracing { get; init; } = new();

    /// <summary>The access log.</summary>
    public AccessLogOptions AccessLog { get; init; } = new();

    /// <summary>The admin API.</summary>
    public AdminApiOptions Admin { get; init; } = new();
}
