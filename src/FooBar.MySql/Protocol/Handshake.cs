using System.Text;

namespace FooBar.MySql.Protocol;

/// <summary>The server's first packet, Protocol::HandshakeV10. All of it came before TLS: nothing in it is to be trusted.</summary>
internal sealed record Handshake(string ServerVersion, uint ThreadId, Capabilities Capabilities, byte[] Nonce, string Plugin)
{
    private const byte Version = 10;
    private const int FirstNoncePart = 8;

    public static Handshake Parse(ReadOnlySpan<byte> payload)
    {
        PayloadReader reader = new(payload);
        byte version = reader.ReadByte();
        if (version != Version) throw new ProtocolException($"the server greets with protocol version {version}, not {Version}: is it MySQL?");

        string serverVersion = Encoding.UTF8.GetString(reader.ReadNullTerminated());
        uint threadId = reader.ReadUInt32();
        ReadOnlySpan<byte> first = reader.Take(FirstNoncePart);
        reader.Take(1);
        uint capabilities = reader.ReadUInt16();
        reader.Take(1 + 2); // character set and status: both are set by what follows
        capabilities |= (uint)reader.ReadUInt16() << 16;
        int nonceLength = reader.ReadByte();
        reader.Take(10);

        // An old server ends here: it is told what it lacks.
        if (reader.Remaining == 0) return new Handshake(serverVersion, threadId, (Capabilities)capabilities, [], string.Empty);

        ReadOnlySpan<byte> second = reader.Take(Math.Max(13, nonceLength - FirstNoncePart));
        string plugin = Encoding.UTF8.GetString(reader.ReadNullTerminated());
        return new Handshake(serverVersion, threadId, (Capabilities)capabilities, [.. first, .. second.TrimEnd((byte)0)], plugin);
    }
}
