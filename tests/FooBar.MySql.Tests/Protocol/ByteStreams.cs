using FooBar.MySql.Transport;

namespace FooBar.MySql.Tests.Protocol;

/// <summary>Bytes that arrive in pieces of the given sizes, over and over, and those that were written.</summary>
internal sealed class ByteStream(byte[] incoming, params IReadOnlyList<int> pieceSizes) : IByteStream
{
    private int _position;
    private int _piece;

    public List<byte> Written { get; } = [];

    public ValueTask<int> ReadAsync(Memory<byte> buffer, bool async)
    {
        int piece = pieceSizes.Count > 0 ? pieceSizes[_piece++ % pieceSizes.Count] : int.MaxValue;
        int count = Math.Min(Math.Min(buffer.Length, piece), incoming.Length - _position);
        incoming.AsMemory(_position, count).CopyTo(buffer);
        _position += count;
        return new ValueTask<int>(count);
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, bool async)
    {
        Written.AddRange(bytes.Span);
        return default;
    }
}
