using System.Globalization;
using System.Net;
using FooBar.LoadBalancer.Edge;

namespace FooBar.LoadBalancer.Configuration;

/// <summary>Finds everything that is wrong with a <see cref="GatewayOptions"/>, without touching a file or a socket.</summary>
internal sealed class GatewayOptionsValidator
{
    private const int MostBackends = 64;
    private const int LongestName = 63;

    private readonly List<string> _errors = [];

    private GatewayOptionsValidator()
    {
    }

    /// <summary>Returns one message per mistake, in the order of the options; none means that the options can be used.</summary>
    public static IReadOnlyList<string> Validate(GatewayOptions options)
    {
        GatewayOptionsValidator validator = new();
        validator.CheckListeners(options);
        validator.CheckCanonicalHost(options);
        validator.CheckFiles(options);
        validator.CheckBackends(options);
        validator.CheckHealth(options.Health);
        validator.CheckForwarding(options.Forwarding);
        validator.CheckRetries(options.Retries);
        validator.Range("Drain:Delay", options.Drain.Delay, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        validator.Range("Drain:Timeout", options.Drain.Timeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        validator.Range("Drain:FirstRequest", options.Drain.FirstRequest, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        validator.CheckLimits(options.Limits);
        validator.Range("AccessLog:Capacity", options.AccessLog.Capacity, 16, 1024 * 1024);
        return validator._errors;
    }

    private void CheckListeners(GatewayOptions options)
    {
        for (int i = 0; i < options.Addresses.Count; i++)
        {
            if (!IPAddress.TryParse(options.Addresses[i], out _))
                Add($"Addresses:{i} is \"{options.Addresses[i]}\"; it must be an IP address");
        }

        Range("HttpsPort", options.HttpsPort, 0, 65535);
        Range("HttpPort", options.HttpPort, 0, 65535);
        Range("PublicHttpsPort", options.PublicHttpsPort, 0, 65535);
        if (options.HttpsPort == options.HttpPort && options.HttpsPort != 0)
            Add($"HttpsPort is {options.HttpsPort} and Gateway:HttpPort is {options.HttpPort}; they must differ");

        for (int i = 0; i < options.Hosts.Count; i++)
        {
            if (Uri.CheckHostName(options.Hosts[i]) is UriHostNameType.Unknown or UriHostNameType.Basic)
                Add($"Hosts:{i} is \"{options.Hosts[i]}\"; it must be a host name or an IP address, without a port");
        }
    }

    private void CheckCanonicalHost(GatewayOptions options)
    {
        if (options.CanonicalHost is not { } canonical)
            return;

        if (!ServedHosts.IsPublicName(canonical))
            Add($"CanonicalHost is \"{canonical}\"; it must be a name with a dot, not an IP address or localhost");
        else if (!options.Hosts.Contains(canonical, StringComparer.OrdinalIgnoreCase))
            Add($"CanonicalHost is \"{canonical}\" and Gateway:Hosts is {string.Join(", ", options.Hosts)}; it must be one of them");
    }

    private void CheckFiles(GatewayOptions options)
    {
        if (options.AcmeWebroot is { } webroot && !Path.IsPathFullyQualified(webroot))
            Add($"AcmeWebroot is \"{webroot}\"; it must be an absolute path");
        File("CertificatePath", options.CertificatePath);
        File("KeyPath", options.KeyPath);
        File("BackendCaPath", options.BackendCaPath);
    }

    private void CheckBackends(GatewayOptions options)
    {
        if (!Enum.IsDefined(options.Policy))
            Add($"Policy is {options.Policy}; it must be one of {string.Join(", ", Enum.GetNames<PolicyName>())}");

        if (options.Backends.Count is 0 or > MostBackends)
            Add($"Backends has {options.Backends.Count} entries; it must have 1 to {MostBackends}");

        Dictionary<string, int> names = new(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < options.Backends.Count; i++)
        {
            BackendOptions backend = options.Backends[i];
            if (!IsName(backend.Name))
                Add($"Backends:{i}:Name is \"{backend.Name}\"; it must be 1 to {LongestName} characters of a-z, A-Z, 0-9, dot, dash and underscore");
            else if (!names.TryAdd(backend.Name, i))
                Add($"Backends:{i}:Name is \"{backend.Name}\" and Gateway:Backends:{names[backend.Name]}:Name is the same; names must differ");

            if (!IsBackendUrl(backend.Url))
                Add($"Backends:{i}:Url is \"{backend.Url}\"; it must be https://HOST:PORT and nothing after it");
        }
    }

    private void CheckHealth(HealthOptions health)
    {
        if (!health.Path.StartsWith('/'))
            Add($"Health:Path is \"{health.Path}\"; it must start with /");
        Range("Health:Interval", health.Interval, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(60));
        Range("Health:Timeout", health.Timeout, TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(60));
        Range("Health:FailuresToDown", health.FailuresToDown, 1, 100);
        Range("Health:SuccessesToUp", health.SuccessesToUp, 1, 100);
        Range("Health:FailuresToEject", health.FailuresToEject, 1, 1_000_000);
        Range("Health:ServerErrorsToEject", health.ServerErrorsToEject, 1, 1_000_000);
    }

    private void CheckForwarding(ForwardingOptions forwarding)
    {
        Range("Forwarding:ConnectTimeout", forwarding.ConnectTimeout, TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(60));
        Range("Forwarding:ActivityTimeout", forwarding.ActivityTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        Range("Forwarding:IdleConnectionTimeout", forwarding.IdleConnectionTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Range("Forwarding:ConnectionLifetime", forwarding.ConnectionLifetime, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        Range("Forwarding:HeldAnswerBytes", forwarding.HeldAnswerBytes, 0, 64 * 1024);
    }

    private void CheckRetries(RetryOptions retries)
    {
        Range("Retries:Budget", retries.Budget, 0.0, 1.0);
        Range("Retries:Minimum", retries.Minimum, 0, 1000);
        Range("Retries:Deadline", retries.Deadline, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
    }

    private void CheckLimits(LimitOptions limits)
    {
        Range("Limits:RequestBodyBytes", limits.RequestBodyBytes, 0L, 1024 * 1024 * 1024);
        Range("Limits:RequestLineBytes", limits.RequestLineBytes, 256, 64 * 1024);
        Range("Limits:RequestHeadersBytes", limits.RequestHeadersBytes, 1024, 128 * 1024);
        Range("Limits:RequestHeaderCount", limits.RequestHeaderCount, 10, 1000);
        Range("Limits:RequestHeadersTimeout", limits.RequestHeadersTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
        Range("Limits:KeepAliveTimeout", limits.KeepAliveTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Range("Limits:TlsHandshakeTimeout", limits.TlsHandshakeTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        Range("Limits:Http2Streams", limits.Http2Streams, 1, 1000);
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

    private void File(string key, string path)
    {
        if (string.IsNullOrWhiteSpace(path))
            Add($"{key} is not set; it must name a PEM file");
    }

    private void Range<T>(string key, T value, T lowest, T highest)
        where T : IComparable<T>
    {
        if (value.CompareTo(lowest) < 0 || value.CompareTo(highest) > 0)
            Add(string.Create(CultureInfo.InvariantCulture, $"{key} is {value}; it must be from {lowest} to {highest}"));
    }

    private void Add(string message) => _errors.Add($"{GatewayOptions.Section}:{message}.");
}
