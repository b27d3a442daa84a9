using System.Buffers.Binary;
using System.Text;

namespace FooBar.MySql.Protocol;

/// <summary>
/// Reads the fields of one packet. Every read is checked against what is there: a packet that promises more than it holds throws
/// <see cref="ProtocolException"/>.
/// </summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> payload)
{
    /// <summary>In place of a value's length in a row of the text protocol: SQL NULL.</summary>
    public const byte NullValue = 0xFB;

    private readonly int _length = payload.Length;
    private ReadOnlySpan<byte> _rest = payload;

    public readonly int Remaining => _rest.Length;

    public readonly int Position => _length - _rest.Length;

    public byte ReadByte() => Take(1)[0];

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public ulong ReadLengthEncodedInteger()
    {
        byte first = ReadByte();
        switch (first)
        {
            case < 0xFB:
                return first;
            case 0xFC:
                return ReadUInt16();
            case 0xFD:
                ReadOnlySpan<byte> three = Take(3);
                return (uint)(three[0] | (three[1] << 8) | (three[2] << 16));
            case 0xFE:
                return ReadUInt64();
            default:
                throw NoInteger(first);
        }
    }

    /// <summary>How many bytes follow the first of a length-encoded integer that is not the integer itself.</summary>
    public static int BytesOfLength(byte first) => first switch
    {
        0xFC => 2,
        0xFD => 3,
        0xFE => 8,
        _ => throw NoInteger(first),
    };

    /// <summary>True and no value for SQL NULL, as it stands in a row of the text protocol.</summary>
    public bool TryReadNull()
    {
        if (_rest.IsEmpty || _rest[0] != NullValue) return false;

        _rest = _rest[1..];
        return true;
    }

    public ReadOnlySpan<byte> ReadLengthEncodedBytes()
    {
        ulong length = ReadLengthEncodedInteger();
        return length <= (ulong)_rest.Length ? Take((int)length) : throw Short(length);
    }

    public ReadOnlySpan<byte> ReadNullTerminated()
    {
        int end = _rest.IndexOf((byte)0);
        if (end < 0) throw new ProtocolException("a string has no end");

        ReadOnlySpan<byte> value = _rest[..end];
        _rest = _rest[(end + 1)..];
        return value;
    }

    public ReadOnlySpan<byte> ReadRest() => Take(_rest.Length);

    public ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)_rest.Length) throw Short((ulong)count);

        ReadOnlySpan<byte> value = _rest[..count];
        _rest = _rest[count..];
        return value;
    }

    public string ReadLengthEncodedString() => Encoding.UTF8.GetString(ReadLengthEncodedBytes());

    private static ProtocolException NoInteger(byte first) => new($"0x{first:X2} does not begin a length-encoded integer");

    private readonly ProtocolException Short(ulong wanted) =>
        new($"a packet of {_length} bytes ends where {wanted} more should follow (at byte {Position})");
}
