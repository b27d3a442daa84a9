namespace FooBar.MySql.Protocol;

/// <summary>What the client answers to the greeting: the request for TLS, and Protocol::HandshakeResponse41 behind it.</summary>
internal static class HandshakeResponse
{
    /// <summary>utf8mb4_0900_ai_ci. The server derives character_set_client, _connection and _results from it.</summary>
    private const byte Collation = 255;

    public static void WriteTlsRequest(PacketWriter writer, Capabilities capabilities, byte sequence)
    {
        writer.Begin(sequence);
        WriteHead(writer, capabilities);
        writer.End();
    }

    public static void Write(
        PacketWriter writer, Capabilities capabilities, byte sequence, string user, ReadOnlySpan<byte> proof, string? database,
        string plugin, IReadOnlyList<KeyValuePair<string, string>> attributes)
    {
        writer.Begin(sequence);
        WriteHead(writer, capabilities);
        writer.WriteNullTerminated(user);
        writer.WriteLengthEncodedBytes(proof);
        if (capabilities.HasFlag(Capabilities.ConnectWithDatabase)) writer.WriteNullTerminated(database);
        writer.WriteNullTerminated(plugin);
        if (capabilities.HasFlag(Capabilities.ConnectAttributes)) WriteAttributes(writer, attributes);
        writer.End();
    }

    private static void WriteHead(PacketWriter writer, Capabilities capabilities)
    {
        writer.WriteUInt32((uint)capabilities);
        writer.WriteUInt32(PacketReader.MaxPacket);
        writer.WriteByte(Collation);
        writer.WriteZeros(23);
    }

    private static void WriteAttributes(PacketWriter writer, IReadOnlyList<KeyValuePair<string, string>> attributes)
    {
        int total = 0;
        foreach ((string key, string value) in attributes) total += Size(key) + Size(value);
        writer.WriteLengthEncodedInteger((ulong)total);
        foreach ((string key, string value) in attributes)
        {
            writer.WriteLengthEncodedString(key);
            writer.WriteLengthEncodedString(value);
        }
    }

    private static int Size(string value)
    {
        int bytes = System.Text.Encoding.UTF8.GetByteCount(value);
        return bytes + (bytes < 0xFB ? 1 : 3);
    }
}
