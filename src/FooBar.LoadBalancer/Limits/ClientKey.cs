using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace FooBar.LoadBalancer.Limits;

/// <summary>
/// Who counts as one client: an IPv4 address, or the network that an IPv6 address lies in, for whoever has one such address has all of its
/// network. An IPv4 address that is written as an IPv6 one is the same client.
/// </summary>
/// <param name="Network">The address's leading bits, the first one highest; the rest is 0.</param>
/// <param name="Bits">How many: 32 for IPv4; for IPv6, what <see cref="Configuration.LimitOptions.Ipv6Prefix"/> says, with <see cref="Ipv6"/> added.</param>
internal readonly record struct ClientKey(ulong Network, byte Bits)
{
    private const byte Ipv6 = 128;
    private const int Ipv4Offset = 12;

    /// <summary>The client at an address. Allocates nothing.</summary>
    /// <param name="address">Its address.</param>
    /// <param name="ipv6Prefix">How many leading bits of an IPv6 address count, 1 to 64.</param>
    public static ClientKey Of(IPAddress address, int ipv6Prefix)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return Ipv4(bytes);
        if (address.IsIPv4MappedToIPv6)
            return Ipv4(bytes[Ipv4Offset..]);
        ulong network = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        return new ClientKey(network & (ulong.MaxValue << (64 - ipv6Prefix)), (byte)(Ipv6 | ipv6Prefix));
    }

    /// <summary>The address, or the network with its length: for logs.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Network);
        return (Bits & Ipv6) == 0
            ? new IPAddress(bytes[..4]).ToString()
            : string.Create(CultureInfo.InvariantCulture, $"{new IPAddress(bytes)}/{Bits & ~Ipv6}");
    }

    private static ClientKey Ipv4(ReadOnlySpan<byte> bytes) => new((ulong)BinaryPrimitives.ReadUInt32BigEndian(bytes) << 32, 32);
}
