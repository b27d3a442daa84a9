using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using FooBar.MySql.Protocol;
using FooBar.MySql.Types;

namespace FooBar.MySql;

/// <content>The columns of the current result, and the values of the current row.</content>
public sealed partial class MySqlDataReader
{
    /// <inheritdoc />
    public override object this[int ordinal] => GetValue(ordinal);

    /// <inheritdoc />
    public override object this[string name] => GetValue(GetOrdinal(name));

    /// <inheritdoc />
    public override string GetName(int ordinal) => OpenColumn(ordinal).Name;

    /// <summary>The position of a column: of the name exactly, or else without regard to case.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no such column.</exception>
    [SuppressMessage("Usage", "CA2201", Justification = "ADO.NET prescribes this exception.")]
    public override int GetOrdinal(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        RequireOpen();
        ColumnDefinition[] columns = _results.Columns;
        for (int ordinal = 0; ordinal < columns.Length; ordinal++)
        {
            if (columns[ordinal].Name == name) return ordinal;
        }

        for (int ordinal = 0; ordinal < columns.Length; ordinal++)
        {
            if (columns[ordinal].Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return ordinal;
        }

        throw new IndexOutOfRangeException($"The result has no column '{name}'.");
    }

    /// <inheritdoc />
    public override string GetDataTypeName(int ordinal) => ColumnTypes.NameOf(OpenColumn(ordinal));

    /// <inheritdoc />
    public override Type GetFieldType(int ordinal) => ColumnTypes.ClrTypeOf(OpenColumn(ordinal));

    /// <inheritdoc />
    public override bool IsDBNull(int ordinal)
    {
        if (Streamed(ordinal) is not null) MoveTo(ordinal);
        return _results.IsNull(ordinal);
    }

    /// <inheritdoc />
    public override object GetValue(int ordinal)
    {
        if (IsDBNull(ordinal)) return DBNull.Value;
        if (_results.Streamed is not null) Load(ordinal);

        ColumnDefinition column = _results.Columns[ordinal];
        try
        {
            return ColumnValues.ToObject(_results.Value(ordinal), column, _results.IsBinary);
        }
        catch (Exception failure) when (failure is ProtocolException or OverflowException)
        {
            throw Unreadable(failure, column, ColumnTypes.ClrTypeOf(column));
        }
    }

    /// <inheritdoc />
    public override int GetValues(object[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        int count = Math.Min(values.Length, FieldCount);
        for (int ordinal = 0; ordinal < count; ordinal++) values[ordinal] = GetValue(ordinal);
        return count;
    }

    /// <summary>
    /// A value in the wanted type; beside those that have a method of their own: DateOnly (of a DATETIME only at midnight), TimeOnly,
    /// DateTimeOffset (a DATETIME read as UTC), the unsigned integers and those of 128 bits, BigInteger, byte[], float[] (a VECTOR), enums
    /// over integers, Stream, TextReader, and the nullable form of each value type.
    /// </summary>
    public override T GetFieldValue<T>(int ordinal)
    {
        if (default(T) is null && typeof(T).IsValueType && IsDBNull(ordinal)) return default!;

        // typeof(T) is known to the JIT for a value type: of these lines one is left, without a box. By how often they are asked for.
        if (typeof(T) == typeof(int) || typeof(T) == typeof(int?)) return As<int, T>(GetInt32(ordinal));
        if (typeof(T) == typeof(long) || typeof(T) == typeof(long?)) return As<long, T>(GetInt64(ordinal));
        if (typeof(T) == typeof(string)) return (T)(object)GetString(ordinal);
        if (typeof(T) == typeof(bool) || typeof(T) == typeof(bool?)) return As<bool, T>(GetBoolean(ordinal));
        if (typeof(T) == typeof(DateTime) || typeof(T) == typeof(DateTime?)) return As<DateTime, T>(GetDateTime(ordinal));
        if (typeof(T) == typeof(decimal) || typeof(T) == typeof(decimal?)) return As<decimal, T>(GetDecimal(ordinal));
        if (typeof(T) == typeof(double) || typeof(T) == typeof(double?)) return As<double, T>(GetDouble(ordinal));
        if (typeof(T) == typeof(Guid) || typeof(T) == typeof(Guid?)) return As<Guid, T>(GetGuid(ordinal));
        if (typeof(T) == typeof(byte[])) return (T)(object)Bytes(ordinal).ToArray();
        if (typeof(T) == typeof(object)) return (T)GetValue(ordinal);
        if (typeof(T) == typeof(ulong) || typeof(T) == typeof(ulong?)) return As<ulong, T>(Number<ulong>(ordinal));
        if (typeof(T) == typeof(uint) || typeof(T) == typeof(uint?)) return As<uint, T>(Number<uint>(ordinal));
        if (typeof(T) == typeof(short) || typeof(T) == typeof(short?)) return As<short, T>(GetInt16(ordinal));
        if (typeof(T) == typeof(ushort) || typeof(T) == typeof(ushort?)) return As<ushort, T>(Number<ushort>(ordinal));
        if (typeof(T) == typeof(byte) || typeof(T) == typeof(byte?)) return As<byte, T>(GetByte(ordinal));
        if (typeof(T) == typeof(sbyte) || typeof(T) == typeof(sbyte?)) return As<sbyte, T>(Number<sbyte>(ordinal));
        if (typeof(T) == typeof(float) || typeof(T) == typeof(float?)) return As<float, T>(GetFloat(ordinal));
        if (typeof(T) == typeof(char) || typeof(T) == typeof(char?)) return As<char, T>(GetChar(ordinal));
        if (typeof(T) == typeof(DateOnly) || typeof(T) == typeof(DateOnly?)) return As<DateOnly, T>(GetDateOnly(ordinal));
        if (typeof(T) == typeof(TimeOnly) || typeof(T) == typeof(TimeOnly?)) return As<TimeOnly, T>(GetTimeOnly(ordinal));
        if (typeof(T) == typeof(TimeSpan) || typeof(T) == typeof(TimeSpan?)) return As<TimeSpan, T>(GetTimeSpan(ordinal));
        if (typeof(T) == typeof(DateTimeOffset) || typeof(T) == typeof(DateTimeOffset?)) return As<DateTimeOffset, T>(GetDateTimeOffset(ordinal));
        if (typeof(T) == typeof(Int128) || typeof(T) == typeof(Int128?)) return As<Int128, T>(Number<Int128>(ordinal));
        if (typeof(T) == typeof(UInt128) || typeof(T) == typeof(UInt128?)) return As<UInt128, T>(Number<UInt128>(ordinal));
        if (typeof(T) == typeof(BigInteger) || typeof(T) == typeof(BigInteger?)) return As<BigInteger, T>(Number<BigInteger>(ordinal));
        if (typeof(T) == typeof(ReadOnlyMemory<byte>)) return (T)(object)new ReadOnlyMemory<byte>(Bytes(ordinal).ToArray());
        if (typeof(T) == typeof(float[])) return (T)(object)Singles(ordinal);
        if (typeof(T) == typeof(ReadOnlyMemory<float>)) return (T)(object)new ReadOnlyMemory<float>(Singles(ordinal));
        if (typeof(T) == typeof(Stream)) return (T)(object)GetStream(ordinal);
        if (typeof(T) == typeof(TextReader)) return (T)(object)GetTextReader(ordinal);

        return EnumOver<T>.Code switch
        {
            TypeCode.SByte => As<sbyte, T>(Number<sbyte>(ordinal)),
            TypeCode.Byte => As<byte, T>(Number<byte>(ordinal)),
            TypeCode.Int16 => As<short, T>(Number<short>(ordinal)),
            TypeCode.UInt16 => As<ushort, T>(Number<ushort>(ordinal)),
            TypeCode.Int32 => As<int, T>(Number<int>(ordinal)),
            TypeCode.UInt32 => As<uint, T>(Number<uint>(ordinal)),
            TypeCode.Int64 => As<long, T>(Number<long>(ordinal)),
            TypeCode.UInt64 => As<ulong, T>(Number<ulong>(ordinal)),
            _ => (T)GetValue(ordinal),
        };
    }

    /// <summary>True for a number that is not zero.</summary>
    public override bool GetBoolean(int ordinal)
    {
        ReadOnlySpan<byte> value = NotNull(ordinal, out ColumnDefinition column);
        try
        {
            return ColumnValues.ToBoolean(value, column, _results.IsBinary);
        }
        catch (Exception failure) when (failure is ProtocolException or OverflowException)
        {
            throw Unreadable(failure, column, typeof(bool));
        }
    }

    /// <inheritdoc />
    public override byte GetByte(int ordinal) => Number<byte>(ordinal);

    /// <inheritdoc />
    public override short GetInt16(int ordinal) => Number<short>(ordinal);

    /// <inheritdoc />
    public override int GetInt32(int ordinal) => Number<int>(ordinal);

    /// <inheritdoc />
    public override long GetInt64(int ordinal) => Number<long>(ordinal);

    /// <inheritdoc />
    public override float GetFloat(int ordinal) => Number<float>(ordinal);

    /// <inheritdoc />
    public override double GetDouble(int ordinal) => Number<double>(ordinal);

    /// <summary>A number without loss: a DECIMAL of more digits than <see cref="decimal"/> holds overflows, and GetString gives them all.</summary>
    public override decimal GetDecimal(int ordinal) => Number<decimal>(ordinal);

    /// <summary>A DATE, DATETIME or TIMESTAMP, of unspecified kind: the server does not say in which zone it was meant.</summary>
    public override DateTime GetDateTime(int ordinal)
    {
        ReadOnlySpan<byte> value = NotNull(ordinal, out ColumnDefinition column);
        try
        {
            return ColumnValues.ToDateTime(value, column, _results.IsBinary);
        }
        catch (ProtocolException failure)
        {
            throw Unreadable(failure, column, typeof(DateTime));
        }
    }

    /// <summary>A TIME, which is a span: it can be negative and longer than a day.</summary>
    public TimeSpan GetTimeSpan(int ordinal)
    {
        ReadOnlySpan<byte> value = NotNull(ordinal, out ColumnDefinition column);
        try
        {
            return ColumnValues.ToTimeSpan(value, column, _results.IsBinary);
        }
        catch (ProtocolException failure)
        {
            throw Unreadable(failure, column, typeof(TimeSpan));
        }
    }

    /// <summary>A BINARY(16) in the order of the text form, or a text that is a GUID.</summary>
    public override Guid GetGuid(int ordinal) => ColumnValues.ToGuid(NotNull(ordinal, out ColumnDefinition column), column);

    /// <summary>A text, or the digits of a DECIMAL.</summary>
    public override string GetString(int ordinal) => ColumnValues.ToText(NotNull(ordinal, out ColumnDefinition column), column);

    /// <summary>A text of one character.</summary>
    public override char GetChar(int ordinal) =>
        GetString(ordinal) is { Length: 1 } text ? text[0] : throw new InvalidCastException($"The column '{GetName(ordinal)}' is not one character.");

    /// <summary>A number as T, which is its type, its nullable form, or an enum over it: all have the same bytes.</summary>
    private static T As<TValue, T>(TValue value)
        where TValue : struct
    {
        if (Unsafe.SizeOf<T>() == Unsafe.SizeOf<TValue>()) return Unsafe.As<TValue, T>(ref value);

        TValue? nullable = value;
        return Unsafe.As<TValue?, T>(ref nullable);
    }

    private T Number<T>(int ordinal)
        where T : struct, INumber<T>
    {
        ReadOnlySpan<byte> value = NotNull(ordinal, out ColumnDefinition column);
        try
        {
            return ColumnValues.ToNumber<T>(value, column, _results.IsBinary);
        }
        catch (Exception failure) when (failure is ProtocolException or OverflowException)
        {
            throw Unreadable(failure, column, typeof(T));
        }
    }

    private DateOnly GetDateOnly(int ordinal)
    {
        ReadOnlySpan<byte> value = NotNull(ordinal, out ColumnDefinition column);
        try
        {
            return ColumnValues.ToDateOnly(value, column, _results.IsBinary);
        }
        catch (Exception failure) when (failure is ProtocolException or OverflowException)
        {
            throw Unreadable(failure, column, typeof(DateOnly));
        }
    }

    private TimeOnly GetTimeOnly(int ordinal)
    {
        ReadOnlySpan<byte> value = NotNull(ordinal, out ColumnDefinition column);
        try
        {
            return ColumnValues.ToTimeOnly(value, column, _results.IsBinary);
        }
        catch (Exception failure) when (failure is ProtocolException or OverflowException)
        {
            throw Unreadable(failure, column, typeof(TimeOnly));
        }
    }

    private DateTimeOffset GetDateTimeOffset(int ordinal) => new(DateTime.SpecifyKind(GetDateTime(ordinal), DateTimeKind.Utc));

    private ReadOnlySpan<byte> Bytes(int ordinal) => ColumnValues.ToBytes(NotNull(ordinal, out ColumnDefinition column), column);

    private float[] Singles(int ordinal) => ColumnValues.ToSingles(NotNull(ordinal, out ColumnDefinition column), column);

    /// <summary>The length of the whole value when there is no buffer, else how much of it was copied.</summary>
    private static long Copy<T>(ReadOnlySpan<T> value, long dataOffset, T[]? buffer, int bufferOffset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(dataOffset);
        if (buffer is null) return value.Length;

        ArgumentOutOfRangeException.ThrowIfNegative(bufferOffset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bufferOffset, buffer.Length);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, buffer.Length - bufferOffset);
        if (dataOffset >= value.Length) return 0;

        ReadOnlySpan<T> part = value[(int)dataOffset..];
        part = part[..Math.Min(part.Length, length)];
        part.CopyTo(buffer.AsSpan(bufferOffset));
        return part.Length;
    }

    [SuppressMessage("Usage", "CA2201", Justification = "ADO.NET prescribes this exception.")]
    private ColumnDefinition Column(int ordinal)
    {
        ColumnDefinition[] columns = _results.Columns;
        if ((uint)ordinal < (uint)columns.Length) return columns[ordinal];

        RequireOpen();
        throw columns.Length > 0
            ? new IndexOutOfRangeException($"The result has {columns.Length} columns; there is no number {ordinal}.")
            : new InvalidOperationException("There is no result with columns: the statement gives none, or all results have been read.");
    }

    /// <summary>A column of a reader that is open. Who asks for a value needs no such look: a closed reader has no row.</summary>
    private ColumnDefinition OpenColumn(int ordinal)
    {
        RequireOpen();
        return Column(ordinal);
    }

    private ReadOnlySpan<byte> NotNull(int ordinal, out ColumnDefinition column)
    {
        column = Column(ordinal);
        if (!_hasRow) throw NoRow();
        if (_results.Streamed is not null) Load(ordinal);
        if (_results.IsNull(ordinal)) throw new InvalidCastException($"The column '{column.Name}' is NULL in this row; ask IsDBNull first.");

        return _results.Value(ordinal);
    }

    private Exception Unreadable(Exception failure, ColumnDefinition column, Type type)
    {
        if (failure is OverflowException)
        {
            return new OverflowException(
                $"The value in the column '{column.Name}' of type {ColumnTypes.NameOf(column)} does not fit a {type.Name} without loss"
                + (column.Kind == ValueKind.Decimal ? "; GetString gives all its digits." : "."),
                failure);
        }

        // A server that sends such a value cannot be relied on for the next answer either: the connection is not used again.
        _session.Break();
        return new MySqlException(
            $"{_session.Options.Endpoint} broke the protocol in the column '{column.Name}': {failure.Message}.",
            MySqlFailurePhase.SentUnanswered,
            MySqlFailureReason.ProtocolViolation,
            inner: failure);
    }

    private InvalidOperationException NoRow() =>
        new(_isClosed ? ReaderIsClosed : "There is no row; Read has not been called, or has returned false.");

    /// <summary>The integer under T, if it is an enum or the nullable form of one; looked up once a type.</summary>
    private static class EnumOver<T>
    {
        public static readonly TypeCode Code =
            (Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T)) is { IsEnum: true } type ? Type.GetTypeCode(type) : TypeCode.Empty;
    }
}
