using System.Buffers;
using System.Globalization;
using System.Text;

namespace FooBar.ServiceDefaults.Prometheus;

/// <summary>A growing UTF-8 text in a rented array. One writer; after <see cref="Dispose"/> the text is gone.</summary>
internal sealed class PooledBuffer : IDisposable
{
    // The longest text of a double or a long is 24 bytes.
    private const int LongestNumber = 32;

    private byte[] _bytes;
    private int _length;

    public PooledBuffer(int capacity) => _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length => _length;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    public void Clear() => _length = 0;

    public void Write(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Room(text.Length));
        _length += text.Length;
    }

    public void Write(ReadOnlySpan<char> text)
    {
        // An unpaired surrogate becomes U+FFFD: the page stays valid UTF-8 whatever a label holds.
        _length += Encoding.UTF8.GetBytes(text, Room(Encoding.UTF8.GetMaxByteCount(text.Length)));
    }

    public void Write(long value)
    {
        value.TryFormat(Room(LongestNumber), out int written, default, CultureInfo.InvariantCulture);
        _length += written;
    }

    /// <summary>The shortest text that reads back as the same number, and Prometheus' own names for what is none.</summary>
    public void Write(double value)
    {
        if (double.IsPositiveInfinity(value))
        {
            Write("+Inf"u8);
        }
        else if (double.IsNegativeInfinity(value))
        {
            Write("-Inf"u8);
        }
        else
        {
            value.TryFormat(Room(LongestNumber), out int written, default, CultureInfo.InvariantCulture);
            _length += written;
        }
    }

    public void Dispose()
    {
        byte[] bytes = _bytes;
        _bytes = [];
        _length = 0;
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private Span<byte> Room(int size)
    {
        if (_bytes.Length - _length < size)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, _length + size));
            _bytes.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        return _bytes.AsSpan(_length);
    }
}
