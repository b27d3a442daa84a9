using System.Text;

namespace FooBar.LoadBalancer.Upstream;

/// <summary>Grows as a request's head is written into it. Not thread-safe.</summary>
internal sealed class RequestBuffer
{
    private byte[] _bytes = new byte[1024];
    private int _length;

    /// <summary>What was written.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    /// <summary>Forgets it.</summary>
    public void Clear() => _length = 0;

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>Appends text, a byte for each character, as the listeners have read it.</summary>
    public void Append(ReadOnlySpan<char> text)
    {
        // The server has refused them already. Here they would end the line: nothing behind the server may depend on its care alone.
        if (text.ContainsAny('\r', '\n', '\0'))
            throw new InvalidOperationException("A request's head would have a control character.");
        _length += Encoding.Latin1.GetBytes(text, Room(text.Length));
    }

    /// <summary>Appends a field line.</summary>
    public void AppendField(string name, ReadOnlySpan<char> value)
    {
        Append(name);
        Append(": "u8);
        Append(value);
        Append("\r\n"u8);
    }

    private Span<byte> Room(int count)
    {
        if (_bytes.Length - _length < count)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
        return _bytes.AsSpan(_length);
    }
}
