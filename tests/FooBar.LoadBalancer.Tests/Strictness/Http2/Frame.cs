using System.Buffers.Binary;

namespace FooBar.LoadBalancer.Tests.Strictness.Http2;

/// <summary>One frame of HTTP/2 (RFC 9113, 4.1).</summary>
internal sealed record Frame(byte Type, byte Flags, int Stream, byte[] Payload)
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Reset = 3;
    public const byte Settings = 4;
    public const byte Ping = 6;
    public const byte GoAway = 7;
    public const byte WindowUpdate = 8;
    public const byte Continuation = 9;

    public const byte EndStream = 1;
    public const byte Ack = 1;
    public const byte EndHeaders = 4;
    public const byte Padded = 8;

    private const int HeaderLength = 9;

    /// <summary>The frame as it is sent.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[HeaderLength + Payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(bytes, Payload.Length << 8);
        bytes[3] = Type;
        bytes[4] = Flags;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(5), Stream);
        Payload.CopyTo(bytes, HeaderLength);
        return bytes;
    }

    /// <summary>Reads the next frame; null at the connection's end.</summary>
    public static async Task<Frame?> ReadAsync(Stream stream, CancellationToken cancel)
    {
        try
        {
            byte[] header = new byte[HeaderLength];
            await stream.ReadExactlyAsync(header, cancel);
            byte[] payload = new byte[(header[0] << 16) | (header[1] << 8) | header[2]];
            await stream.ReadExactlyAsync(payload, cancel);
            return new Frame(header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)), payload);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
