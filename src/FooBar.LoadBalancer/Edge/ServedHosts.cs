using System.Collections.Frozen;
using System.Net;

namespace FooBar.LoadBalancer.Edge;

/// <summary>The hosts that this gateway answers for. Immutable.</summary>
internal sealed class ServedHosts(IEnumerable<string> hosts)
{
    private readonly FrozenDictionary<string, bool> _isPublicByHost = hosts
        .Select(host => host.Trim('[', ']'))
        .Distinct(StringComparer.OrdinalIgnoreCase)
        .ToFrozenDictionary(host => host, IsPublicName, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a request for this host, on any port, is served.</summary>
    public bool Contains(HostString host) => _isPublicByHost.ContainsKey(NameOf(host));

    /// <summary>Whether the host is served under a public name: not an IP address, not localhost, not a name without a dot.</summary>
    public bool IsPublic(HostString host) => _isPublicByHost.GetValueOrDefault(NameOf(host));

    private static string NameOf(HostString host) => host.HasValue ? host.Host.Trim('[', ']') : "";

    private static bool IsPublicName(string host) =>
        !IPAddress.TryParse(host, out _) && host.Contains('.') && !host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
}
