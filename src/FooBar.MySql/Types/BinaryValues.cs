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
        switch (column.Type)
        {
            case ColumnType.Tiny:
                return reader.Take(1).Length;
            case ColumnType.Short or ColumnType.Year:
                return reader.Take(2).Length;
            case ColumnType.Int24 or ColumnType.Long or ColumnType.Float:
                return reader.Take(4).Length;
            case ColumnType.LongLong or ColumnType.Double:
                return reader.Take(8).Length;
            case ColumnType.Date or ColumnType.DateTime or ColumnType.Timestamp:
                return Sized(ref reader, column, 0, 4, 7, 11);
            case ColumnType.Time:
                return Sized(ref reader, column, 0, 8, 12);
            case ColumnType.Bit:
                return Sized(ref reader, column, 1, 2, 3, 4, 5, 6, 7, 8);
            case ColumnType.Null:
                throw new ProtocolException($"the column '{column.Name}' of NULLs holds a value");
            default:
                return reader.ReadLengthEncodedBytes().Length;
        }
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

    private static int Sized(ref PayloadReader reader, ColumnDefinition column, params ReadOnlySpan<int> allowed)
    {
        int length = reader.ReadLengthEncodedBytes().Length;
        return allowed.Contains(length) ? length : throw new ProtocolException($"a {column.Type} in '{column.Name}' has {length} bytes");
    }
}
