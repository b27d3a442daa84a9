using System.Diagnostics.CodeAnalysis;
using System.Numerics;
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
        int ordinal = Array.FindIndex(columns, column => column.Name == name);
        if (ordinal < 0) ordinal = Array.FindIndex(columns, column => column.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return ordinal >= 0 ? ordinal : throw new IndexOutOfRangeException($"The result has no column '{name}'.");
    }

    /// <inheritdoc />
    public override string GetDataTypeName(int ordinal) => ColumnTypes.NameOf(OpenColumn(ordinal));

    /// <inheritdoc />
    public override Type GetFieldType(int ordinal) => ColumnTypes.ClrTypeOf(OpenColumn(ordinal));

    /// <inheritdoc />
    public override bool IsDBNull(int ordinal)
    {
        Column(ordinal);
        return _hasRow ? _results.IsNull(ordinal) : throw NoRow();
    }

    /// <inheritdoc />
    public override object GetValue(int ordinal)
    {
        if (IsDBNull(ordinal)) return DBNull.Value;

        try
        {
            return ColumnValues.ToObject(_results.Value(ordinal), Column(ordinal), _results.IsBinary);
        }
        catch (ProtocolException malformed)
        {
            throw Malformed(ordinal, malformed);
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
    /// A value in the wanted type; beside those that have a method of their own: DateOnly, TimeOnly, TimeSpan, DateTimeOffset (a DATETIME
    /// read as UTC), byte[], the unsigned integers, enums over integers, and the nullable form of each.
    /// </summary>
    public override T GetFieldValue<T>(int ordinal)
    {
        // For a value type the comparisons are made by the JIT, and the casts cost nothing.
        if (typeof(T) == typeof(int)) return (T)(object)GetInt32(ordinal);
        if (typeof(T) == typeof(long)) return (T)(object)GetInt64(ordinal);
        if (typeof(T) == typeof(ulong)) return (T)(object)Number<ulong>(ordinal);
        if (typeof(T) == typeof(uint)) return (T)(object)Number<uint>(ordinal);
        if (typeof(T) == typeof(bool)) return (T)(object)GetBoolean(ordinal);
        if (typeof(T) == typeof(DateTime)) return (T)(object)GetDateTime(ordinal);
        if (typeof(T) == typeof(decimal)) return (T)(object)GetDecimal(ordinal);
        if (typeof(T) == typeof(double)) return (T)(object)GetDouble(ordinal);
        if (typeof(T) == typeof(Guid)) return (T)(object)GetGuid(ordinal);

        if (Nullable.GetUnderlyingType(typeof(T)) is { } underlying) return IsDBNull(ordinal) ? default! : (T)GetAs(underlying, ordinal);

        return (T)GetAs(typeof(T), ordinal);
    }

    /// <summary>True for a number that is not zero.</summary>
    public override bool GetBoolean(int ordinal) => Convert(ordinal, ColumnValues.ToBoolean);

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

    /// <inheritdoc />
    public override decimal GetDecimal(int ordinal) => Number<decimal>(ordinal);

    /// <summary>A DATE, DATETIME or TIMESTAMP, of unspecified kind: the server does not say in which zone it was meant.</summary>
    public override DateTime GetDateTime(int ordinal) => Convert(ordinal, ColumnValues.ToDateTime);

    /// <summary>A TIME, which is a span: it can be negative and longer than a day.</summary>
    public TimeSpan GetTimeSpan(int ordinal) => Convert(ordinal, ColumnValues.ToTimeSpan);

    /// <summary>A BINARY(16) in the order of the text form, or a text that is a GUID.</summary>
    public override Guid GetGuid(int ordinal) => Convert(ordinal, static (value, column, _) => ColumnValues.ToGuid(value, column));

    /// <summary>A text, or the digits of a DECIMAL.</summary>
    public override string GetString(int ordinal) => Convert(ordinal, static (value, column, _) => ColumnValues.ToText(value, column));

    /// <summary>A text of one character.</summary>
    public override char GetChar(int ordinal) =>
        GetString(ordinal) is { Length: 1 } text ? text[0] : throw new InvalidCastException($"The column '{GetName(ordinal)}' is not one character.");

    /// <inheritdoc />
    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length)
    {
        ReadOnlySpan<byte> value = ColumnValues.ToBytes(NotNull(ordinal), Column(ordinal));
        return Copy(value, dataOffset, buffer, bufferOffset, length);
    }

    /// <inheritdoc />
    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        Copy<char>(GetString(ordinal), dataOffset, buffer, bufferOffset, length);

    private delegate T Conversion<T>(ReadOnlySpan<byte> value, ColumnDefinition column, bool isBinary);

    private T Number<T>(int ordinal)
        where T : struct, INumber<T> => Convert(ordinal, ColumnValues.ToNumber<T>);

    private T Convert<T>(int ordinal, Conversion<T> conversion)
    {
        ReadOnlySpan<byte> value = NotNull(ordinal);
        try
        {
            return conversion(value, _results.Columns[ordinal], _results.IsBinary);
        }
        catch (ProtocolException malformed)
        {
            throw Malformed(ordinal, malformed);
        }
    }

    private object GetAs(Type type, int ordinal)
    {
        if (type == typeof(int)) return GetInt32(ordinal);
        if (type == typeof(long)) return GetInt64(ordinal);
        if (type == typeof(short)) return GetInt16(ordinal);
        if (type == typeof(sbyte)) return Number<sbyte>(ordinal);
        if (type == typeof(byte)) return GetByte(ordinal);
        if (type == typeof(ushort)) return Number<ushort>(ordinal);
        if (type == typeof(uint)) return Number<uint>(ordinal);
        if (type == typeof(ulong)) return Number<ulong>(ordinal);
        if (type == typeof(float)) return GetFloat(ordinal);
        if (type == typeof(double)) return GetDouble(ordinal);
        if (type == typeof(decimal)) return GetDecimal(ordinal);
        if (type == typeof(bool)) return GetBoolean(ordinal);
        if (type == typeof(char)) return GetChar(ordinal);
        if (type == typeof(DateTime)) return GetDateTime(ordinal);
        if (type == typeof(DateTimeOffset)) return new DateTimeOffset(DateTime.SpecifyKind(GetDateTime(ordinal), DateTimeKind.Utc));
        if (type == typeof(DateOnly)) return DateOnly.FromDateTime(GetDateTime(ordinal));
        if (type == typeof(TimeSpan)) return GetTimeSpan(ordinal);
        if (type == typeof(TimeOnly)) return Convert(ordinal, ColumnValues.ToTimeOnly);
        if (type == typeof(Guid)) return GetGuid(ordinal);
        if (type == typeof(string)) return GetString(ordinal);
        if (type == typeof(byte[])) return ColumnValues.ToBytes(NotNull(ordinal), Column(ordinal)).ToArray();
        if (type == typeof(ReadOnlyMemory<byte>)) return new ReadOnlyMemory<byte>(ColumnValues.ToBytes(NotNull(ordinal), Column(ordinal)).ToArray());
        if (type == typeof(Stream)) return GetStream(ordinal);
        if (type == typeof(TextReader)) return GetTextReader(ordinal);
        if (type.IsEnum) return Enum.ToObject(type, GetAs(Enum.GetUnderlyingType(type), ordinal));

        return GetValue(ordinal);
    }

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

    private ReadOnlySpan<byte> NotNull(int ordinal) => IsDBNull(ordinal)
        ? throw new InvalidCastException($"The column '{_results.Columns[ordinal].Name}' is NULL in this row; ask IsDBNull first.")
        : _results.Value(ordinal);

    /// <summary>A server that sends such a value cannot be relied on for the next answer either: the connection is not used again.</summary>
    private MySqlException Malformed(int ordinal, ProtocolException malformed)
    {
        _session.Break();
        return new MySqlException(
            $"{_session.Options.Endpoint} broke the protocol in the column '{_results.Columns[ordinal].Name}': {malformed.Message}.",
            MySqlFailurePhase.SentUnanswered,
            MySqlFailureReason.ProtocolViolation,
            inner: malformed);
    }

    private InvalidOperationException NoRow() =>
        new(_isClosed ? ReaderIsClosed : "There is no row; Read has not been called, or has returned false.");
}
