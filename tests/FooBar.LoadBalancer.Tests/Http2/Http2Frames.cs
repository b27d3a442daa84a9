using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace FooBar.LoadBalancer.Tests.Http2;

/// <summary>The types of frame (RFC 9113, 6).</summary>
internal enum FrameType : byte
{
    Data = 0,
    Headers = 1,
    Priority = 2,
    ResetStream = 3,
    Settings = 4,
    PushPromise = 5,
    Ping = 6,
    GoAway = 7,
    WindowUpdate = 8,
    Continuation = 9,
}

/// <summary>Error codes (RFC 9113, 7), of those that the tests meet.</summary>
internal enum Http2Error
{
    None = 0,
    Protocol = 1,
    Internal = 2,
    FlowControl = 3,
    StreamClosed = 5,
    FrameSize = 6,
    RefusedStream = 7,
    Cancel = 8,
    Compression = 9,
    EnhanceYourCalm = 11,
}

/// <summary>Writes frames one after the other, right or wrong, as a test wants them: nothing is checked. Not thread-safe.</summary>
internal sealed class Http2Frames
{
    public const byte EndStream = 0x1;
    public const byte Ack = 0x1;
    public const byte EndHeaders = 0x4;

    private const int HeaderLength = 9;

    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>All of them.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.WrittenMemory;

    /// <summary>A frame as it is given, whatever it says.</summary>
    public Http2Frames Add(FrameType type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = _bytes.GetSpan(HeaderLength);
        header[0] = (byte)(payload.Length >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(header[1..], (ushort)payload.Length);
        header[3] = (byte)type;
        header[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(header[5..], stream);
        _bytes.Advance(HeaderLength);
        _bytes.Write(payload);
        return this;
    }

    /// <summary>A request without a body, in one frame.</summary>
    public Http2Frames Get(int stream, string path = "/") =>
        Add(FrameType.Headers, EndHeaders | EndStream, stream, Block(Request("GET", path)));

    /// <summary>The headers of a request whose body follows.</summary>
    public Http2Frames Post(int stream, string path = "/", params (string Name, string Value)[] headers) =>
        Add(FrameType.Headers, EndHeaders, stream, Block([.. Request("POST", path), .. headers]));

    public Http2Frames ResetStream(int stream, Http2Error error = Http2Error.Cancel) =>
        Number(FrameType.ResetStream, stream, (int)error);

    public Http2Frames WindowUpdate(int stream, int increment) => Number(FrameType.WindowUpdate, stream, increment);

    public Http2Frames Settings(params (ushort Id, uint Value)[] settings)
    {
        byte[] payload = new byte[6 * settings.Length];
        for (int i = 0; i < settings.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(6 * i), settings[i].Id);
            BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan((6 * i) + 2), settings[i].Value);
        }

        return Add(FrameType.Settings, 0, 0, payload);
    }

    /// <summary>A header block in which every field is a literal that is not indexed and not compressed (RFC 7541, 6.2.2).</summary>
    public static byte[] Block(params (string Name, string Value)[] fields)
    {
        ArrayBufferWriter<byte> block = new();
        foreach ((string name, string value) in fields)
        {
            block.Write("\0"u8);
            Text(block, name);
            Text(block, value);
        }

        return block.WrittenSpan.ToArray();
    }

    public static (string Name, string Value)[] Request(string method, string path) =>
        [(":method", method), (":scheme", "https"), (":authority", "localhost"), (":path", path)];

    private Http2Frames Number(FrameType type, int stream, int value)
    {
        Span<byte> payload = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(payload, value);
        return Add(type, 0, stream, payload);
    }

    /// <summary>A string literal: its length as an integer with a prefix of 7 bits, then its bytes (RFC 7541, 5.1 and 5.2).</summary>
    private static void Text(ArrayBufferWriter<byte> block, string text)
    {
        int rest = text.Length;
        if (rest < 127)
        {
            block.Write<byte>([(byte)rest]);
        }
        else
        {
            block.Write<byte>([127]);
            for (rest -= 127; rest >= 128; rest >>= 7)
                block.Write<byte>([(byte)((rest & 127) | 128)]);
            block.Write<byte>([(byte)rest]);
        }

        block.Write(Encoding.Latin1.GetBytes(text));
    }
}
