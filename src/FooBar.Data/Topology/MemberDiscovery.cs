using System.Net;

namespace FooBar.Data;

/// <summary>How members of the group that are not in the configuration are taken on.</summary>
/// <param name="Networks">
/// Where a member must be: each address that its host name resolves to lies in one of these. At least one network. It keeps a group that was told a wrong
/// address, or whose name service was, from leading the application's password to a stranger.
/// </param>
/// <param name="Connect">
/// Makes the node of a member, by the host and port that its group knows it by, or null to leave it out. The data sources must verify the member's
/// certificate and name: one that does not prove them never answers a probe, and is never used. The name must be unique, <c>host:port</c> say.
/// </param>
/// <param name="Disconnect">Told when a member that was taken on is not used any more: its data sources are the application's to dispose of.</param>
public sealed record MemberDiscovery(
    IReadOnlyList<IPNetwork> Networks, Func<string, int, DatabaseNode?> Connect, Action<DatabaseNode>? Disconnect = null)
{
    /// <summary>The addresses of a host name; a seam because a test has no names of its own.</summary>
    internal Func<string, CancellationToken, Task<IPAddress[]>> LookUp { get; init; } = Dns.GetHostAddressesAsync;
}
