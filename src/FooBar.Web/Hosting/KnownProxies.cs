using System.Net;
using Microsoft.Extensions.Options;

namespace FooBar.Web.Hosting;

/// <summary>The peers whose word about a request is taken. Immutable.</summary>
internal sealed class KnownProxies(IOptions<WebOptions> options)
{
    public IReadOnlyList<IPAddress> Addresses { get; } = options.Value.KnownProxies.Count == 0
        ? [IPAddress.Loopback, IPAddress.IPv6Loopback]
        : [.. options.Value.KnownProxies.Select(IPAddress.Parse)];

    /// <summary>An IPv4 peer of a dual-stack socket comes as ::ffff:a.b.c.d; that is the same peer.</summary>
    public bool Contains(IPAddress? peer) =>
        peer is not null && Addresses.Contains(peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer);
}
