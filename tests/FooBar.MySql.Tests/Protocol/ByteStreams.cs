using FooBar.MySql.Transport;

namespace FooBar.MySql.Tests.Protocol;

/// <summary>Bytes that arrive in pieces of a given size, and those that were written.</summary>
internal sealed class ByteStream(byte[] incoming, int pieceSize = int.MaxValue) : IByteStream
{
    private int _position;

    public List<byte> Written { get; } = [];

    public ValueTask<int> ReadAsync(Memory<byte> buffer, bool async)
    {
        int count = Math.Min(Math.Min(buffer.Length, pieceSize), incoming.Length - _position);
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
