using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using FooBar.MySql.Protocol;

namespace FooBar.MySql.Types;

/// <summary>
/// From the bytes of a value, in either protocol, to a .NET value. A value that does not fit the wanted type without loss throws
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
            case ValueKind.Decimal when typeof(T) == typeof(decimal):
                return T.CreateChecked(TextValues.ReadDecimal(value));
            case ValueKind.Decimal when IsFloating<T>():
                return Finite(T.CreateChecked(TextValues.ReadDouble(value)));
            case ValueKind.Decimal:
                // SUM and AVG of integers are DECIMAL; as long as nothing is lost they may be read as integers.
                return TextValues.TryReadInteger(value, out T number) ? number : throw Refused(column, typeof(T));
            case ValueKind.Float when IsFloating<T>() || typeof(T) == typeof(decimal):
                return T.CreateChecked(isBinary ? BinaryValues.ReadSingle(value) : TextValues.ReadSingle(value));
            case ValueKind.Double when IsFloating<T>() || typeof(T) == typeof(decimal):
                return Finite(T.CreateChecked(isBinary ? BinaryValues.ReadDouble(value) : TextValues.ReadDouble(value)));
            default:
                throw Refused(column, typeof(T));
        }
    }

    public static bool ToBoolean(ReadOnlySpan<byte> value, ColumnDefinition column, bool isBinary) => column.Kind switch
    {
        ValueKind.Signed => ToNumber<long>(value, column, isBinary) != 0,
        ValueKind.Unsigned or ValueKind.Bit => ToNumber<ulong>(value, column, isBinary) != 0,
        ValueKind.Decimal => ToNumber<double>(value, column, isBinary) != 0,
        _ => throw Refused(column, typeof(bool)),
    };

    public static DateTime ToDateTime(ReadOnlySpan<byte> value, ColumnDefinition column, bool isBinary) => column.Kind switch
    {
        ValueKind.Date or ValueKind.DateTime =>
            (isBinary ? BinaryValues.ReadDate(value) : TextValues.ReadDate(value)).ToDateTime(column.ZeroDates),
        _ => throw Refused(column, typeof(DateTime)),
    };

    /// <summary>A DATE, or a DATETIME at midnight.</summary>
    public static DateOnly ToDateOnly(ReadOnlySpan<byte> value, ColumnDefinition column, bool isBinary)
    {
        DateTime moment = ToDateTime(value, column, isBinary);
        return moment.TimeOfDay == TimeSpan.Zero ? DateOnly.FromDateTime(moment) : throw new OverflowException();
    }

    public static TimeSpan ToTimeSpan(ReadOnlySpan<byte> value, ColumnDefinition column, bool isBinary) => column.Kind switch
    {
        ValueKind.Time => isBinary ? BinaryValues.ReadTime(value) : TextValues.ReadTime(value),
        _ => throw Refused(column, typeof(TimeSpan)),
    };

    /// <summary>A TIME that is one of a day.</summary>
    public static TimeOnly ToTimeOnly(ReadOnlySpan<byte> value, ColumnDefinition column, bool isBinary)
    {
        TimeSpan time = ToTimeSpan(value, column, isBinary);
        return time >= TimeSpan.Zero && time < TimeSpan.FromDays(1) ? TimeOnly.FromTimeSpan(time) : throw new OverflowException();
    }

    /// <summary>Text, and the digits of a DECIMAL, which can have more of them than <see cref="decimal"/> holds.</summary>
    public static string ToText(ReadOnlySpan<byte> value, ColumnDefinition column) => column.Kind switch
    {
        ValueKind.Text or ValueKind.Decimal => Encoding.UTF8.GetString(value),
        _ => throw Refused(column, typeof(string)),
    };

    /// <summary>The bytes of a binary column, or the UTF-8 bytes of a text column.</summary>
    public static ReadOnlySpan<byte> ToBytes(ReadOnlySpan<byte> value, ColumnDefinition column) =>
        HasBytes(column) ? value : throw Refused(column, typeof(byte[]));

    public static bool HasBytes(ColumnDefinition column) => column.Kind is ValueKind.Bytes or ValueKind.Text or ValueKind.Guid;

    /// <summary>A VECTOR, or the bytes of one: four a number, the least significant first.</summary>
    public static float[] ToSingles(ReadOnlySpan<byte> value, ColumnDefinition column)
    {
        if (column.Kind != ValueKind.Bytes || value.Length % sizeof(float) != 0) throw Refused(column, typeof(float[]));

        float[] numbers = new float[value.Length / sizeof(float)];
        for (int index = 0; index < numbers.Length; index++) numbers[index] = BinaryValues.ReadSingle(value[(index * sizeof(float))..]);
        return numbers;
    }

    /// <summary>BINARY(16) in the order of the text form, or the text form itself.</summary>
    public static Guid ToGuid(ReadOnlySpan<byte> value, ColumnDefinition column) => column.Kind switch
    {
        ValueKind.Bytes or ValueKind.Guid when value.Length == 16 => new Guid(value, bigEndian: true),
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
        ValueKind.Guid => ToGuid(value, column),
        _ => throw Refused(column, typeof(object)),
    };

    public static InvalidCastException Refused(ColumnDefinition column, Type type) =>
        new($"The column '{column.Name}' of type {ColumnTypes.NameOf(column)} has no value that is a {type.Name}.");

    private static bool IsFloating<T>() => typeof(T) == typeof(double) || typeof(T) == typeof(float);

    /// <summary>The columns hold no infinity: one that appears is a DOUBLE beyond the range of a float.</summary>
    private static T Finite<T>(T number)
        where T : struct, INumber<T> => T.IsInfinity(number) ? throw new OverflowException() : number;

    /// <summary>Most significant byte first, as many bytes as the column is wide.</summary>
    private static ulong ToBits(ReadOnlySpan<byte> value)
    {
        if (value.Length > sizeof(ulong)) throw new ProtocolException($"a BIT has {value.Length} bytes");

        Span<byte> whole = stackalloc byte[sizeof(ulong)];
        whole.Clear();
        value.CopyTo(whole[(sizeof(ulong) - value.Length)..]);
        return BinaryPrimitives.ReadUInt64BigEndian(whole);
    }
}
