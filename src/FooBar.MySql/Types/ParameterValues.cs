using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using FooBar.MySql.Protocol;

namespace FooBar.MySql.Types;

/// <summary>Parameters as they go into COM_STMT_EXECUTE. The value's type in .NET alone decides; DbType and Size are not looked at.</summary>
internal static class ParameterValues
{
    private const ushort UnsignedFlag = 0x8000;
    private const int DecimalDigits = 65;

    private static readonly TimeSpan EndOfTime = TimeSpan.FromHours(839);
    private static readonly BigInteger EndOfDecimal = BigInteger.Pow(10, DecimalDigits);

    public static bool IsNull(object? value) => value is null or DBNull;

    /// <summary>The two bytes of type and flag.</summary>
    /// <exception cref="NotSupportedException">The driver does not know how to send this type.</exception>
    public static ushort TypeOf(object? value) => value switch
    {
        null or DBNull => (ushort)ColumnType.Null,
        Stream => (ushort)ColumnType.Blob,
        TextReader => (ushort)ColumnType.VarString,
        string or char or char[] or ReadOnlyMemory<char> or Memory<char> => (ushort)ColumnType.VarString,
        int => (ushort)ColumnType.Long,
        long => (ushort)ColumnType.LongLong,
        bool or sbyte => (ushort)ColumnType.Tiny,
        byte => (ushort)ColumnType.Tiny | UnsignedFlag,
        short => (ushort)ColumnType.Short,
        ushort => (ushort)ColumnType.Short | UnsignedFlag,
        uint => (ushort)ColumnType.Long | UnsignedFlag,
        ulong => (ushort)ColumnType.LongLong | UnsignedFlag,
        float => (ushort)ColumnType.Float,
        double => (ushort)ColumnType.Double,
        decimal or Int128 or UInt128 => (ushort)ColumnType.NewDecimal,
        BigInteger number => TypeOf(number),
        DateTime or DateTimeOffset => (ushort)ColumnType.DateTime,
        DateOnly => (ushort)ColumnType.Date,
        TimeOnly => (ushort)ColumnType.Time,
        TimeSpan time => TypeOf(time),
        byte[] or ReadOnlyMemory<byte> or Memory<byte> or ArraySegment<byte> or Guid
            or float[] or ReadOnlyMemory<float> or Memory<float> => (ushort)ColumnType.Blob,
        Enum enumeration => TypeOf(Underlying(enumeration)),
        _ => throw new NotSupportedException($"A parameter of type {value.GetType()} cannot be sent to MySQL; the README of FooBar.MySql lists the types."),
    };

    /// <summary>Writes a value that is not null.</summary>
    public static void Write(PacketWriter writer, object value)
    {
        switch (value)
        {
            case string text:
                writer.WriteLengthEncodedString(text);
                break;
            case int number:
                writer.WriteUInt32((uint)number);
                break;
            case long number:
                writer.WriteUInt64((ulong)number);
                break;
            case bool flag:
                writer.WriteByte(flag ? (byte)1 : (byte)0);
                break;
            case byte number:
                writer.WriteByte(number);
                break;
            case sbyte number:
                writer.WriteByte((byte)number);
                break;
            case short number:
                writer.WriteUInt16((ushort)number);
                break;
            case ushort number:
                writer.WriteUInt16(number);
                break;
            case uint number:
                writer.WriteUInt32(number);
                break;
            case ulong number:
                writer.WriteUInt64(number);
                break;
            case float number:
                writer.WriteUInt32(BitConverter.SingleToUInt32Bits(number));
                break;
            case double number:
                writer.WriteUInt64(BitConverter.DoubleToUInt64Bits(number));
                break;
            case decimal number:
                WriteDecimal(writer, number);
                break;
            case DateTime moment:
                WriteDateTime(writer, moment);
                break;
            case DateTimeOffset moment:
                WriteDateTime(writer, moment.UtcDateTime);
                break;
            case DateOnly date:
                WriteDateTime(writer, date.ToDateTime(TimeOnly.MinValue));
                break;
            case TimeOnly time:
                WriteTime(writer, time.ToTimeSpan());
                break;
            case TimeSpan time:
                WriteTime(writer, time);
                break;
            case byte[] bytes:
                writer.WriteLengthEncodedBytes(bytes);
                break;
            case ReadOnlyMemory<byte> bytes:
                writer.WriteLengthEncodedBytes(bytes.Span);
                break;
            case Memory<byte> bytes:
                writer.WriteLengthEncodedBytes(bytes.Span);
                break;
            case ArraySegment<byte> bytes:
                writer.WriteLengthEncodedBytes(bytes);
                break;
            case float[] numbers:
                WriteSingles(writer, numbers);
                break;
            case ReadOnlyMemory<float> numbers:
                WriteSingles(writer, numbers.Span);
                break;
            case Memory<float> numbers:
                WriteSingles(writer, numbers.Span);
                break;
            case Int128 or UInt128 or BigInteger:
                writer.WriteLengthEncodedString(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture));
                break;
            case Guid id:
                WriteGuid(writer, id);
                break;
            case char character:
                writer.WriteLengthEncodedString([character]);
                break;
            case char[] text:
                writer.WriteLengthEncodedString(text);
                break;
            case ReadOnlyMemory<char> text:
                writer.WriteLengthEncodedString(text.Span);
                break;
            case Memory<char> text:
                writer.WriteLengthEncodedString(text.Span);
                break;
            case Enum enumeration:
                Write(writer, Underlying(enumeration));
                break;
            case Stream or TextReader:
                throw new NotSupportedException("A parameter that is a Stream or a TextReader is sent by a command of its own, not in a batch.");
            default:
                throw new NotSupportedException($"A parameter of type {value.GetType()} cannot be sent to MySQL.");
        }
    }

    /// <summary>No TIME lies beyond these. Refused before anything is sent, the connection and its transaction are as they were.</summary>
    private static ushort TypeOf(TimeSpan time) => time > -EndOfTime && time < EndOfTime
        ? (ushort)(IsRefusedInBinary(time) ? ColumnType.VarString : ColumnType.Time)
        : throw new ArgumentException($"The TimeSpan {time} cannot be sent to MySQL: a TIME lies between -838:59:59 and 838:59:59.");

    /// <summary>MySQL 9.7 takes no fraction of a second in a parameter's last hour, the 838th, though it does in a text.</summary>
    private static bool IsRefusedInBinary(TimeSpan time) =>
        Math.Abs(time.Ticks) > TimeSpan.TicksPerHour * 838 && time.Ticks % TimeSpan.TicksPerSecond != 0;

    /// <summary>No DECIMAL lies beyond these.</summary>
    private static ushort TypeOf(BigInteger number) => BigInteger.Abs(number) < EndOfDecimal
        ? (ushort)ColumnType.NewDecimal
        : throw new ArgumentException($"A BigInteger of more than {DecimalDigits} digits cannot be sent to MySQL: a DECIMAL has no more.");

    private static object Underlying(Enum value) =>
        Convert.ChangeType(value, Enum.GetUnderlyingType(value.GetType()), CultureInfo.InvariantCulture);

    private static void WriteDecimal(PacketWriter writer, decimal number)
    {
        Span<byte> digits = stackalloc byte[32]; // sign, 29 digits and the point are 31
        number.TryFormat(digits, out int length, default, CultureInfo.InvariantCulture);
        writer.WriteLengthEncodedBytes(digits[..length]);
    }

    /// <summary>Ticks finer than MySQL's microsecond are cut off, not rounded: a rounded last moment of a day would be the next day.</summary>
    private static void WriteDateTime(PacketWriter writer, DateTime moment)
    {
        int microseconds = (int)(moment.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond);
        byte length = (byte)(microseconds != 0 ? 11 : moment.TimeOfDay != TimeSpan.Zero ? 7 : 4);
        writer.WriteByte(length);
        writer.WriteUInt16((ushort)moment.Year);
        writer.WriteByte((byte)moment.Month);
        writer.WriteByte((byte)moment.Day);
        if (length == 4) return;

        writer.WriteByte((byte)moment.Hour);
        writer.WriteByte((byte)moment.Minute);
        writer.WriteByte((byte)moment.Second);
        if (length == 11) writer.WriteUInt32((uint)microseconds);
    }

    private static void WriteTime(PacketWriter writer, TimeSpan time)
    {
        TimeSpan span = time.Duration();
        if (IsRefusedInBinary(time))
        {
            string sign = time < TimeSpan.Zero ? "-" : string.Empty;
            writer.WriteLengthEncodedString(string.Create(
                CultureInfo.InvariantCulture, $"{sign}838:{span.Minutes:D2}:{span.Seconds:D2}.{span.Ticks % TimeSpan.TicksPerSecond / 10:D6}"));
            return;
        }

        uint microseconds = (uint)(span.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond);
        writer.WriteByte(12);
        writer.WriteByte(time < TimeSpan.Zero ? (byte)1 : (byte)0);
        writer.WriteUInt32((uint)span.Days);
        writer.WriteByte((byte)span.Hours);
        writer.WriteByte((byte)span.Minutes);
        writer.WriteByte((byte)span.Seconds);
        writer.WriteUInt32(microseconds);
    }

    /// <summary>As STRING_TO_VECTOR makes it: four bytes a number, the least significant first.</summary>
    private static void WriteSingles(PacketWriter writer, ReadOnlySpan<float> numbers)
    {
        writer.WriteLengthEncodedInteger((ulong)numbers.Length * sizeof(float));
        Span<byte> bytes = writer.Append(numbers.Length * sizeof(float));
        for (int index = 0; index < numbers.Length; index++) BinaryPrimitives.WriteSingleLittleEndian(bytes[(index * sizeof(float))..], numbers[index]);
    }

    /// <summary>The order of the text form, so that UUID_TO_BIN of the same id in SQL gives the same bytes.</summary>
    private static void WriteGuid(PacketWriter writer, Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        writer.WriteLengthEncodedBytes(bytes);
    }
}
