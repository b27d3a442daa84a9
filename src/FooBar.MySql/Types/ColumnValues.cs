using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using FooBar.MySql.Protocol;

namespace FooBar.MySql.Types;

/// <summary>
/// From the bytes of a value, in either protocol, to a .NET value. A number that does not fit the wanted type throws
/// <see cref="OverflowException"/>; a kind of column that does not convert, <see cref="InvalidCastException"/>.
/// </summary>
internal static class ColumnValues
{
    public static T ToNumber<T>(ReadOnlySpan<byte> value, ColumnDefinition column, bool isBinary)
        where T : struct, INumber<T>
    {
        switch (column.Kind)
        {
            case ValueKind.Signed:
                return T.CreateChecked(isBinary ? BinaryValues.ReadSigned(value) : TextValues.ReadSigned(value));
            case ValueKind.Unsigned or ValueKind.Year:
                return T.CreateChecked(isBinary ? BinaryValues.ReadUnsigned(value) : TextValues.ReadUnsigned(value));
            case ValueKind.Bit:
                return T.CreateChecked(ToBits(value));
            case ValueKind.Decimal:
                decimal number = TextValues.ReadDecimal(value);
                // SUM and AVG of integers are DECIMAL; as long as nothing is lost they may be read as integers.
                return IsFractional<T>() || decimal.IsInteger(number) ? T.CreateChecked(number) : throw Refused(column, typeof(T));
            case ValueKind.Float when IsFractional<T>():
                return T.CreateChecked(isBinary ? BinaryValues.ReadSingle(value) : TextValues.ReadSingle(value));
            case ValueKind.Double when IsFractional<T>():
                return T.CreateChecked(isBinary ? BinaryValues.ReadDouble(value) : TextValues.ReadDouble(value));
            default:
                throw Refused(column, typeof(T));
        }
    }

    public static bool ToBoolean(ReadOnlySpan<byte> value, ColumnDefinition column, bool isBinary) => column.Kind switch
    {
        ValueKind.Signed => ToNumber<long>(value, column, isBinary) != 0,
        ValueKind.Unsigned or ValueKind.Bit => ToNumber<ulong>(value, column, isBinary) != 0,
        ValueKind.Decimal => ToNumber<decimal>(value, column, isBinary) != 0,
        _ => throw Refused(column, typeof(bool)),
    };

    public static DateTime ToDateTime(ReadOnlySpan<byte> value, ColumnDefinition column, bool isBinary) => column.Kind switch
    {
        ValueKind.Date or ValueKind.DateTime => (isBinary ? BinaryValues.ReadDate(value) : TextValues.ReadDate(value)).ToDateTime(),
        _ => throw Refused(column, typeof(DateTime)),
    };

    public static TimeSpan ToTimeSpan(ReadOnlySpan<byte> value, ColumnDefinition column, bool isBinary) => column.Kind switch
    {
        ValueKind.Time => isBinary ? BinaryValues.ReadTime(value) : TextValues.ReadTime(value),
        _ => throw Refused(column, typeof(TimeSpan)),
    };

    /// <summary>A TIME that is the time of a day.</summary>
    /// <exception cref="OverflowException">It is negative, or a day and longer.</exception>
    public static TimeOnly ToTimeOnly(ReadOnlySpan<byte> value, ColumnDefinition column, bool isBinary)
    {
        TimeSpan time = ToTimeSpan(value, column, isBinary);
        return time >= TimeSpan.Zero && time < TimeSpan.FromDays(1) ? TimeOnly.FromTimeSpan(time) : throw new OverflowException($"The TIME {time} is no time of a day.");
    }

    /// <summary>Text, and the digits of a DECIMAL, which can have more of them than <see cref="decimal"/> holds.</summary>
    public static string ToText(ReadOnlySpan<byte> value, ColumnDefinition column) => column.Kind switch
    {
        ValueKind.Text or ValueKind.Decimal => Encoding.UTF8.GetString(value),
        _ => throw Refused(column, typeof(string)),
    };

    /// <summary>The bytes of a binary column, or the UTF-8 bytes of a text column.</summary>
    public static ReadOnlySpan<byte> ToBytes(ReadOnlySpan<byte> value, ColumnDefinition column) => column.Kind switch
    {
        ValueKind.Bytes or ValueKind.Text => value,
        _ => throw Refused(column, typeof(byte[])),
    };

    /// <summary>BINARY(16) in the order of the text form, or the text form itself.</summary>
    public static Guid ToGuid(ReadOnlySpan<byte> value, ColumnDefinition column) => column.Kind switch
    {
        ValueKind.Bytes when value.Length == 16 => new Guid(value, bigEndian: true),
        ValueKind.Text when Guid.TryParse(value, out Guid id) => id,
        _ => throw Refused(column, typeof(Guid)),
    };

    /// <summary>The value in the type that <see cref="ColumnTypes.ClrTypeOf"/> names.</summary>
    public static object ToObject(ReadOnlySpan<byte> value, ColumnDefinition column, bool isBinary) => column.Kind switch
    {
        ValueKind.Signed => column.Type switch
        {
            ColumnType.Tiny => ToNumber<sbyte>(value, column, isBinary),
            ColumnType.Short => ToNumber<short>(value, column, isBinary),
            ColumnType.LongLong => ToNumber<long>(value, column, isBinary),
            _ => (object)ToNumber<int>(value, column, isBinary),
        },
        ValueKind.Unsigned => column.Type switch
        {
            ColumnType.Tiny => ToNumber<byte>(value, column, isBinary),
            ColumnType.Short => ToNumber<ushort>(value, column, isBinary),
            ColumnType.LongLong => ToNumber<ulong>(value, column, isBinary),
            _ => (object)ToNumber<uint>(value, column, isBinary),
        },
        ValueKind.Float => ToNumber<float>(value, column, isBinary),
        ValueKind.Double => ToNumber<double>(value, column, isBinary),
        ValueKind.Decimal => ToNumber<decimal>(value, column, isBinary),
        ValueKind.Year => ToNumber<int>(value, column, isBinary),
        ValueKind.Bit => ToBits(value),
        ValueKind.Date or ValueKind.DateTime => ToDateTime(value, column, isBinary),
        ValueKind.Time => ToTimeSpan(value, column, isBinary),
        ValueKind.Text => ToText(value, column),
        ValueKind.Bytes => value.ToArray(),
        _ => throw Refused(column, typeof(object)),
    };

    private static bool IsFractional<T>() => typeof(T) == typeof(double) || typeof(T) == typeof(decimal) || typeof(T) == typeof(float);

    /// <summary>Most significant byte first, as many bytes as the column is wide.</summary>
    private static ulong ToBits(ReadOnlySpan<byte> value)
    {
        if (value.Length > sizeof(ulong)) throw new ProtocolException($"a BIT has {value.Length} bytes");

        Span<byte> whole = stackalloc byte[sizeof(ulong)];
        whole.Clear();
        value.CopyTo(whole[(sizeof(ulong) - value.Length)..]);
        return BinaryPrimitives.ReadUInt64BigEndian(whole);
    }

    private static InvalidCastException Refused(ColumnDefinition column, Type type) =>
        new($"The column '{column.Name}' of type {ColumnTypes.NameOf(column)} has no value that is a {type.Name}.");
}
