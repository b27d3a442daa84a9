using System.Buffers.Binary;
using FooBar.MySql.Protocol;

namespace FooBar.MySql.Types;

/// <summary>
/// Values as they stand in a row of the binary protocol. The row's layout has checked the lengths (<see cref="Skip"/>), so the
/// reads here are of the size that the type has.
/// </summary>
internal static class BinaryValues
{
    /// <summary>Whole days in the largest TIME, 838:59:59.</summary>
    private const uint MaxDays = 34;

    /// <summary>Steps over one value and says how many of its bytes are the value proper, which end where the reader then stands.</summary>
    public static int Skip(ref PayloadReader reader, ColumnDefinition column)
    {
        int length = FixedLength(column);
        return length > 0 ? reader.Take(length).Length : Checked(column, reader.ReadLengthEncodedBytes().Length);
    }

    /// <summary>Bytes of every value of a column; 0 where they stand in front of each.</summary>
    public static int FixedLength(ColumnDefinition column) => column.Type switch
    {
        ColumnType.Tiny => 1,
        ColumnType.Short or ColumnType.Year => 2,
        ColumnType.Int24 or ColumnType.Long or ColumnType.Float => 4,
        ColumnType.LongLong or ColumnType.Double => 8,
        ColumnType.Null => throw new ProtocolException($"the column '{column.Name}' of NULLs holds a value"),
        _ => 0,
    };

    /// <summary>The length of a value that came with it, if it is one that the type can have.</summary>
    public static int Checked(ColumnDefinition column, int length)
    {
        bool isRight = column.Kind switch
        {
            ValueKind.Date or ValueKind.DateTime => length is 0 or 4 or 7 or 11,
            ValueKind.Time => length is 0 or 8 or 12,
            ValueKind.Bit => length is >= 1 and <= 8,
            _ => true,
        };
        return isRight ? length : throw new ProtocolException($"a {column.Type} in '{column.Name}' has {length} bytes");
    }

    public static long ReadSigned(ReadOnlySpan<byte> value) => value.Length switch
    {
        1 => (sbyte)value[0],
        2 => BinaryPrimitives.ReadInt16LittleEndian(value),
        4 => BinaryPrimitives.ReadInt32LittleEndian(value),
        _ => BinaryPrimitives.ReadInt64LittleEndian(value),
    };

    public static ulong ReadUnsigned(ReadOnlySpan<byte> value) => value.Length switch
    {
        1 => value[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(value),
        4 => BinaryPrimitives.ReadUInt32LittleEndian(value),
        _ => BinaryPrimitives.ReadUInt64LittleEndian(value),
    };

    public static float ReadSingle(ReadOnlySpan<byte> value) => BinaryPrimitives.ReadSingleLittleEndian(value);

    public static double ReadDouble(ReadOnlySpan<byte> value) => BinaryPrimitives.ReadDoubleLittleEndian(value);

    public static DateParts ReadDate(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return default;

        int year = BinaryPrimitives.ReadUInt16LittleEndian(value);
        if (value.Length == 4) return new DateParts(year, value[2], value[3], 0, 0, 0, 0);

        int microsecond = value.Length == 11 ? BinaryPrimitives.ReadInt32LittleEndian(value[7..]) : 0;
        return new DateParts(year, value[2], value[3], value[4], value[5], value[6], microsecond);
    }

    public static TimeSpan ReadTime(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return TimeSpan.Zero;

        long microsecond = value.Length == 12 ? BinaryPrimitives.ReadUInt32LittleEndian(value[8..]) : 0;
        uint days = BinaryPrimitives.ReadUInt32LittleEndian(value[1..]);
        if (days > MaxDays) throw new ProtocolException($"a TIME has {days} days");

        long seconds = (((days * 24L) + value[5]) * 3600) + (value[6] * 60) + value[7];
        long ticks = (seconds * TimeSpan.TicksPerSecond) + (microsecond * TimeSpan.TicksPerMicrosecond);
        return new TimeSpan(value[0] == 0 ? ticks : -ticks);
    }
}
