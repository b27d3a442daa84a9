using System.Net;
using System.Text.Json;

namespace FooBar.Lab.Tests.Support;

/// <summary>Who may reach whom, as deploy/port-matrix.yml derives it from the inventory.</summary>
internal sealed class PortMatrix
{
    /// <summary>A user that no service runs as.</summary>
    public const string Nobody = "nobody";

    private readonly JsonElement _root;

    private PortMatrix(JsonElement root) => _root = root;

    /// <summary>Every port that it names, for whomever.</summary>
    public IEnumerable<int> NamedPorts => _root.GetProperty("admits").EnumerateObject().SelectMany(family => family.Value.EnumerateObject())
        .SelectMany(from => from.Value.EnumerateObject()).SelectMany(to => to.Value.EnumerateObject()).SelectMany(protocol => Numbers(protocol.Value)).Distinct();

    public static PortMatrix Parse(string json) => new(JsonDocument.Parse(json).RootElement.Clone());

    /// <summary>The TCP ports that a host lets in from somebody, in order.</summary>
    public IReadOnlyList<int> Tcp(string from, string to, bool ipv6)
    {
        string row = from is "visitor" or "attacker" ? "anyone" : from;
        return [.. Numbers(_root.GetProperty("admits").GetProperty(ipv6 ? "ip6" : "ip").GetProperty(row).GetProperty(to).GetProperty("tcp"))];
    }

    /// <summary>The users of a host who may open connections at all.</summary>
    public IReadOnlyList<string> Users(string host) => [.. Rules(host).Select(rule => rule.GetProperty("user").GetString()!).Distinct()];

    /// <summary>Every user of ours, on whichever host, those included who may open none.</summary>
    public IReadOnlyList<string> Services => [.. _root.GetProperty("users").EnumerateObject().Select(user => user.Name)];

    /// <summary>Whether a user of a host may send to a port of an address.</summary>
    public bool MayLeave(string host, string user, string protocol, IPAddress to, int port) => Rules(host).Any(rule =>
        rule.GetProperty("user").GetString() == user
        && rule.GetProperty("protocol").GetString() == protocol
        && Numbers(rule.GetProperty("ports")).Contains(port)
        && Covers(rule.GetProperty("destinations"), to));

    private static bool Covers(JsonElement destinations, IPAddress to) =>
        destinations.ValueKind == JsonValueKind.Null
        || (destinations.TryGetProperty(to.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? "ip" : "ip6", out JsonElement networks)
            && networks.EnumerateArray().Select(network => network.GetString()!).Any(network =>
                IPNetwork.Parse(network.Contains('/', StringComparison.Ordinal) ? network : network + (network.Contains(':', StringComparison.Ordinal) ? "/128" : "/32")).Contains(to)));

    private static IEnumerable<int> Numbers(JsonElement array) => array.EnumerateArray().Select(number => number.GetInt32());

    private JsonElement.ArrayEnumerator Rules(string host) => _root.GetProperty("outbound").GetProperty(host).EnumerateArray();
}
