using FooBar.MySql.Protocol;
using FooBar.MySql.Types;

namespace FooBar.MySql.Results;

/// <summary>Where the values of the current row lie in its packet. One a session, reused for every row.</summary>
internal sealed class Row
{
    private const int Null = -1;

    /// <summary>The bitmap of NULLs begins at its third bit.</summary>
    private const int FirstNullBit = 2;

    private int[] _offsets = new int[32];
    private int[] _lengths = new int[32];

    public bool IsNull(int ordinal) => _lengths[ordinal] == Null;

    public ReadOnlySpan<byte> Value(ReadOnlySpan<byte> payload, int ordinal) => payload.Slice(_offsets[ordinal], _lengths[ordinal]);

    /// <summary>Size of the bitmap of NULLs in a binary row, in bytes.</summary>
    public static int NullBytes(int columns) => (columns + FirstNullBit + 7) / 8;

    public static bool IsNull(ReadOnlySpan<byte> nulls, int ordinal)
    {
        int bit = ordinal + FirstNullBit;
        return (nulls[bit / 8] & (1 << (bit % 8))) != 0;
    }

    public static ProtocolException BadHeader() => new("a row begins with something else than 0");

    public void Locate(ReadOnlySpan<byte> payload, ColumnDefinition[] columns, bool isBinary)
    {
        if (_offsets.Length < columns.Length)
        {
            _offsets = new int[columns.Length];
            _lengths = new int[columns.Length];
        }

        PayloadReader reader = new(payload);
        if (isBinary) LocateBinary(ref reader, columns);
        else LocateText(ref reader, columns);

        if (reader.Remaining > 0) throw new ProtocolException($"a row has {reader.Remaining} bytes more than its columns");
    }

    /// <summary>Makes the dates with a zero in them NULL.</summary>
    public void NullZeroDates(ReadOnlySpan<byte> payload, ColumnDefinition[] columns, bool isBinary)
    {
        for (int ordinal = 0; ordinal < columns.Length; ordinal++)
        {
            if (columns[ordinal].Kind is not (ValueKind.Date or ValueKind.DateTime) || IsNull(ordinal)) continue;

            ReadOnlySpan<byte> value = Value(payload, ordinal);
            if ((isBinary ? BinaryValues.ReadDate(value) : TextValues.ReadDate(value)).HasZero) _lengths[ordinal] = Null;
        }
    }

    private void LocateText(ref PayloadReader reader, ColumnDefinition[] columns)
    {
        for (int ordinal = 0; ordinal < columns.Length; ordinal++)
        {
            int length = reader.TryReadNull() ? Null : reader.ReadLengthEncodedBytes().Length;
            Set(ordinal, reader.Position, length);
        }
    }

    private void LocateBinary(ref PayloadReader reader, ColumnDefinition[] columns)
    {
        if (reader.ReadByte() != OkPacket.Header) throw BadHeader();

        ReadOnlySpan<byte> nulls = reader.Take(NullBytes(columns.Length));
        for (int ordinal = 0; ordinal < columns.Length; ordinal++)
        {
            int length = IsNull(nulls, ordinal) ? Null : BinaryValues.Skip(ref reader, columns[ordinal]);
            Set(ordinal, reader.Position, length);
        }
    }

    private void Set(int ordinal, int end, int length)
    {
        _offsets[ordinal] = end - Math.Max(length, 0);
        _lengths[ordinal] = length;
    }
}
