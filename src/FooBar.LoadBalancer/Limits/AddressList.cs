using System.Net;
using System.Net.Sockets;

namespace FooBar.LoadBalancer.Limits;

/// <summary>Addresses and networks, as they are configured. Immutable; a search takes as long as the list, which is short.</summary>
internal sealed class AddressList
{
    /// <summary>The one entry of a list that is to be empty: a list without any entry has its default.</summary>
    public const string None = "none";

    private readonly IPNetwork[] _networks;

    /// <summary>The networks of entries that <see cref="TryParse"/> understands; others are left out.</summary>
    public AddressList(IEnumerable<string> entries) =>
        _networks = [.. entries.Select(entry => TryParse(entry, out IPNetwork network) ? network : (IPNetwork?)null).OfType<IPNetwork>()];

    /// <summary>An address, or a network as ADDRESS/BITS with no bit set after the first BITS. IPv4 has four numbers.</summary>
    public static bool TryParse(string text, out IPNetwork network)
    {
        network = default;
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string plain = slash < 0 ? text : text[..slash];
        if (!IPAddress.TryParse(plain, out IPAddress? address))
            return false;

        // .NET takes "10" for 0.0.0.10, and "10.1" for 10.0.0.1.
        bool isIpv4 = address.AddressFamily == AddressFamily.InterNetwork;
        if (isIpv4 && address.ToString() != plain)
            return false;
        if (slash >= 0)
            return IPNetwork.TryParse(text, out network) && network.BaseAddress.Equals(address);
        network = new IPNetwork(address, isIpv4 ? 32 : 128);
        return true;
    }

    /// <summary>Whether one of them holds the address. An IPv4 address in the form of IPv6 is looked for as what it is.</summary>
    public bool Contains(IPAddress address)
    {
        if (_networks.Length == 0)
            return false;
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        foreach (IPNetwork network in _networks)
        {
            if (network.Contains(plain))
                return true;
        }

        return false;
    }
}
