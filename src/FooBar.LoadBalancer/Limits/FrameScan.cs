using System.Buffers;
using System.Buffers.Binary;

namespace FooBar.LoadBalancer.Limits;

/// <summary>
/// Reads the frames' headers out of what an HTTP/2 client sends (RFC 9113, 4.1) and counts the frames that carry nothing: each costs the server a
/// step, some an answer, and no limit on requests or bytes is about them. Takes bytes in the order of the connection, in whatever pieces. Not
/// thread-safe.
/// </summary>
internal sealed class FrameScan
{
    /// <summary>What is sent before the first frame (RFC 9113, 3.4).</summary>
    public const int PrefaceLength = 24;

    /// <summary>A window that is opened by less than this was not opened for the sake of an answer; clients wait for some thousands.</summary>
    public const int SmallIncrement = 1024;

    private const int HeaderLength = 9;
    private const int WindowUpdateLength = HeaderLength + 4;
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte ResetStream = 3;
    private const byte WindowUpdate = 8;
    private const byte EndStream = 1;

    private readonly byte[] _header = new byte[WindowUpdateLength];
    private int _have;
    private int _skip = PrefaceLength;

    /// <summary>HEADERS frames so far: each begins a request, or ends one with trailers.</summary>
    public int HeadersFrames { get; private set; }

    /// <summary>RST_STREAM frames so far: each gives up a request, unless that has its answer already.</summary>
    public int ResetFrames { get; private set; }

    /// <summary>Counts the frames that carry nothing among those that begin in these bytes.</summary>
    public int Count(in ReadOnlySequence<byte> bytes)
    {
        int count = 0;
        foreach (ReadOnlyMemory<byte> part in bytes)
            count += Count(part.Span);
        return count;
    }

    private int Count(ReadOnlySpan<byte> bytes)
    {
        int count = 0;
        while (true)
        {
            int skipped = Math.Min(_skip, bytes.Length);
            _skip -= skipped;
            bytes = bytes[skipped..];
            if (bytes.IsEmpty)
                return count;

            // Nearly always a header lies in one piece; where it does not, it is put together.
            if (_have == 0 && bytes.Length >= WindowUpdateLength)
            {
                count += Begin(bytes, HeaderLength);
                bytes = bytes[HeaderLength..];
                continue;
            }

            _header[_have++] = bytes[0];
            bytes = bytes[1..];
            if (_have >= HeaderLength && _have == (IsWindowUpdate(_header) ? WindowUpdateLength : HeaderLength))
            {
                count += Begin(_header, _have);
                _have = 0;
            }
        }
    }

    /// <summary>Begins a frame: 1 if it carries nothing.</summary>
    private int Begin(ReadOnlySpan<byte> header, int taken)
    {
        int length = (header[0] << 16) | (header[1] << 8) | header[2];
        _skip = HeaderLength + length - taken;
        if (header[3] == Headers)
            HeadersFrames++;
        else if (header[3] == ResetStream)
            ResetFrames++;
        return header[3] switch
        {
            Headers => 0,
            Data => length == 0 && (header[4] & EndStream) == 0 ? 1 : 0,
            WindowUpdate when IsWindowUpdate(header) => BinaryPrimitives.ReadUInt32BigEndian(header[HeaderLength..]) < SmallIncrement ? 1 : 0,
            _ => 1,
        };
    }

    /// <summary>Whether the frame's payload belongs to what is looked at. Of another length, it is an error that the server ends the connection for.</summary>
    private static bool IsWindowUpdate(ReadOnlySpan<byte> header) => header[3] == WindowUpdate && header[..3].SequenceEqual("\0\0\x4"u8);
}
