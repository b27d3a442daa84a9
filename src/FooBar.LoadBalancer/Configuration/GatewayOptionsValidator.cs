using System.Net;
using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Edge.Strictness;

namespace FooBar.LoadBalancer.Configuration;

/// <summary>Finds everything that is wrong with a <see cref="GatewayOptions"/>, without touching a file or a socket.</summary>
internal static class GatewayOptionsValidator
{
    private const int MostBackends = 64;
    private const int MostRoutes = 64;
    private const int LongestName = 63;
    private const int MostCertificates = 100;

    /// <summary>What the gateway itself says in every answer, or says how long it is.</summary>
    private static readonly string[] OwnHeaders = ["Content-Length", "Date", "Server", "Strict-Transport-Security", GatewayRequest.IdHeader];

    /// <summary>Returns one message per mistake, in the order of the options; none means that the options can be used.</summary>
    public static IReadOnlyList<string> Validate(GatewayOptions options)
    {
        OptionErrors errors = new();
        CheckListeners(options, errors);
        CheckCanonicalHost(options, errors);
        CheckFiles(options, errors);
        CheckBackends(options, errors);
        CheckRoutes(options, errors);
        CheckSecurityHeaders(options, errors);
        options.Queue.Check(errors);
        options.Health.Check(errors);
        options.Forwarding.Check(errors);
        options.Retries.Check(errors);
        options.Drain.Check(errors);
        options.Limits.Check(errors);
        options.Cache.Check(errors);
        options.Tracing.Check(errors);
        options.AccessLog.Check(errors);
        options.Admin.Check(errors);
        return errors.Messages;
    }

    private static void CheckListeners(GatewayOptions options, OptionErrors errors)
    {
        for (int i = 0; i < options.Addresses.Count; i++)
        {
            if (!IPAddress.TryParse(options.Addresses[i], out _))
                errors.Add($"Addresses:{i} is \"{options.Addresses[i]}\"; it must be an IP address");
        }

        errors.Range("HttpsPort", options.HttpsPort, 0, 65535);
        errors.Range("HttpPort", options.HttpPort, 0, 65535);
        errors.Range("PublicHttpsPort", options.PublicHttpsPort, 0, 65535);
        if (options.HttpsPort == options.HttpPort && options.HttpsPort != 0)
            errors.Add($"HttpsPort is {options.HttpsPort} and Gateway:HttpPort is {options.HttpPort}; they must differ");

        for (int i = 0; i < options.Hosts.Count; i++)
        {
            if (Uri.CheckHostName(options.Hosts[i]) is UriHostNameType.Unknown or UriHostNameType.Basic)
                errors.Add($"Hosts:{i} is \"{options.Hosts[i]}\"; it must be a host name or an IP address, without a port");
        }
    }

    private static void CheckCanonicalHost(GatewayOptions options, OptionErrors errors)
    {
        if (options.CanonicalHost is not { } canonical)
            return;

        if (!ServedHosts.IsPublicName(canonical))
            errors.Add($"CanonicalHost is \"{canonical}\"; it must be a name with a dot, not an IP address or localhost");
        else if (!options.Hosts.Contains(canonical, StringComparer.OrdinalIgnoreCase))
            errors.Add($"CanonicalHost is \"{canonical}\" and Gateway:Hosts is {string.Join(", ", options.Hosts)}; it must be one of them");
    }

    private static void CheckSecurityHeaders(GatewayOptions options, OptionErrors errors)
    {
        foreach ((string name, string? value) in options.SecurityHeaders)
        {
            if (!HeaderForm.IsName(name))
                errors.Add($"SecurityHeaders has \"{name}\"; a header's name has letters, digits and hyphens only");
            else if (HopByHop.Contains(name) || OwnHeaders.Contains(name, StringComparer.OrdinalIgnoreCase))
                errors.Add($"SecurityHeaders has \"{name}\", which the gateway sees to by itself");
            else if (value is null || value.Any(c => c is < ' ' or > '~'))
                errors.Add($"SecurityHeaders:{name} is \"{value}\"; it must be of visible ASCII characters and spaces, or empty");
        }
    }

    private static void CheckFiles(GatewayOptions options, OptionErrors errors)
    {
        errors.AbsolutePath("AcmeWebroot", options.AcmeWebroot);
        errors.AbsolutePath("StatePath", options.StatePath);
        errors.File("CertificatePath", options.CertificatePath);
        errors.File("KeyPath", options.KeyPath);
        if (options.Certificates.Count > MostCertificates)
            errors.Add($"Certificates has {options.Certificates.Count} entries; it must have 0 to {MostCertificates}");
        for (int i = 0; i < options.Certificates.Count; i++)
        {
            errors.File($"Certificates:{i}:CertificatePath", options.Certificates[i].CertificatePath);
            errors.File($"Certificates:{i}:KeyPath", options.Certificates[i].KeyPath);
        }

        errors.File("BackendCaPath", options.BackendCaPath);
        if (string.IsNullOrWhiteSpace(options.BackendCertificatePath) != string.IsNullOrWhiteSpace(options.BackendKeyPath))
            errors.Add($"BackendCertificatePath is \"{options.BackendCertificatePath}\" and Gateway:BackendKeyPath is \"{options.BackendKeyPath}\"; they are set together or not at all");
        if (options.ReloadInterval != TimeSpan.Zero)
            errors.Range("ReloadInterval", options.ReloadInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
    }

    private static void CheckBackends(GatewayOptions options, OptionErrors errors)
    {
        if (!Enum.IsDefined(options.Policy))
            errors.Add($"Policy is {options.Policy}; it must be one of {string.Join(", ", Enum.GetNames<PolicyName>())}");

        if (options.Backends.Count is 0 or > MostBackends)
            errors.Add($"Backends has {options.Backends.Count} entries; it must have 1 to {MostBackends}");

        Dictionary<string, int> names = new(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < options.Backends.Count; i++)
        {
            BackendOptions backend = options.Backends[i];
            if (!IsName(backend.Name))
                errors.Add($"Backends:{i}:Name is \"{backend.Name}\"; it must be 1 to {LongestName} characters of a-z, A-Z, 0-9, dot, dash and underscore");
            else if (!names.TryAdd(backend.Name, i))
                errors.Add($"Backends:{i}:Name is \"{backend.Name}\" and Gateway:Backends:{names[backend.Name]}:Name is the same; names must differ");

            if (!IsBackendUrl(backend.Url))
                errors.Add($"Backends:{i}:Url is \"{backend.Url}\"; it must be https://HOST:PORT and nothing after it");
            backend.Check($"Backends:{i}", errors);
        }
    }

    private static void CheckRoutes(GatewayOptions options, OptionErrors errors)
    {
        if (options.Routes.Count > MostRoutes)
            errors.Add($"Routes has {options.Routes.Count} entries; it must have at most {MostRoutes}");

        Dictionary<string, int> paths = new(StringComparer.Ordinal);
        for (int i = 0; i < options.Routes.Count; i++)
        {
            options.Routes[i].Check($"Routes:{i}", errors);
            if (!paths.TryAdd(options.Routes[i].Path, i))
                errors.Add($"Routes:{i}:Path is \"{options.Routes[i].Path}\" and Gateway:Routes:{paths[options.Routes[i].Path]}:Path is the same; paths must differ");
        }
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static bool IsBackendUrl(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out Uri? uri)
        && uri.Scheme == Uri.UriSchemeHttps
        && uri.Host.Length > 0
        && uri.UserInfo.Length == 0
        && uri.PathAndQuery == "/"
        && uri.Fragment.Length == 0;
}
