using System.Collections.Frozen;
using System.Net;

namespace FooBar.LoadBalancer.Edge;

/// <summary>The hosts that this gateway answers for. Immutable.</summary>
/// <param name="hosts">Their names and addresses.</param>
/// <param name="canonical">The public one among them that stands for all public ones; null: each is as good as the other.</param>
internal sealed class ServedHosts(IEnumerable<string> hosts, string? canonical = null)
{
    private readonly FrozenDictionary<string, bool> _isPublicByHost = hosts
        .Select(host => host.Trim('[', ']'))
        .Distinct(StringComparer.OrdinalIgnoreCase)
        .ToFrozenDictionary(host => host, IsPublicName, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a request for this host, on any port, is served.</summary>
    public bool Contains(HostString host) => _isPublicByHost.ContainsKey(NameOf(host));

    /// <summary>Whether a name or an address, without port and brackets, is served.</summary>
    public bool Contains(string name) => _isPublicByHost.ContainsKey(name);

    /// <summary>Whether the host is served under a public name.</summary>
    public bool IsPublic(HostString host) => _isPublicByHost.GetValueOrDefault(NameOf(host));

    /// <summary>The name that the site goes by; null when there is no such one.</summary>
    public string? Canonical => canonical;

    /// <summary>Whether the host is served under a public name while the site goes by another.</summary>
    public bool IsOtherThanCanonical(HostString host) =>
        canonical is not null && IsPublic(host) && !canonical.Equals(NameOf(host), StringComparison.OrdinalIgnoreCase);

    private static string NameOf(HostString host) => host.HasValue ? host.Host.Trim('[', ']') : "";

    /// <summary>Not an IP address, not localhost, not a name without a dot.</summary>
    public static bool IsPublicName(string host) =>
        !IPAddress.TryParse(host, out _) && host.Contains('.') && !host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
}
