using System.Buffers.Text;
using System.Globalization;
using System.Text;
using FooBar.MySql.Protocol;

namespace FooBar.MySql.Types;

/// <summary>Values as they stand in a row of the text protocol: everything is written out.</summary>
internal static class TextValues
{
    public static long ReadSigned(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out long number, out int used) && used == value.Length ? number : throw Malformed("an integer", value);

    public static ulong ReadUnsigned(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out ulong number, out int used) && used == value.Length ? number : throw Malformed("an unsigned integer", value);

    public static float ReadSingle(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out float number, out int used) && used == value.Length ? number : throw Malformed("a FLOAT", value);

    public static double ReadDouble(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out double number, out int used) && used == value.Length ? number : throw Malformed("a DOUBLE", value);

    /// <summary>A DECIMAL is text in both protocols. Digits behind the 28th or so are rounded away; a value too large overflows.</summary>
    public static decimal ReadDecimal(ReadOnlySpan<byte> value)
    {
        try
        {
            return decimal.Parse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        }
        catch (FormatException)
        {
            throw Malformed("a DECIMAL", value);
        }
    }

    /// <summary>YYYY-MM-DD, with HH:MM:SS and a fraction behind it for a DATETIME.</summary>
    public static DateParts ReadDate(ReadOnlySpan<byte> value)
    {
        if (value.Length < 10 || value[4] != '-' || value[7] != '-') throw Malformed("a date", value);

        DateParts parts = new(Digits(value[..4], value), Digits(value[5..7], value), Digits(value[8..10], value), 0, 0, 0, 0);
        if (value.Length == 10) return parts;
        if (value.Length < 19 || value[13] != ':' || value[16] != ':') throw Malformed("a date", value);

        return parts with
        {
            Hour = Digits(value[11..13], value),
            Minute = Digits(value[14..16], value),
            Second = Digits(value[17..19], value),
            Microsecond = Fraction(value[19..], value),
        };
    }

    /// <summary>[-]H…H:MM:SS with a fraction.</summary>
    public static TimeSpan ReadTime(ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> rest = value;
        bool negative = !rest.IsEmpty && rest[0] == '-';
        if (negative) rest = rest[1..];
        int colon = rest.IndexOf((byte)':');
        if (colon is < 1 or > 4 || rest.Length < colon + 6 || rest[colon + 3] != ':') throw Malformed("a TIME", value);

        long seconds = (Digits(rest[..colon], value) * 3600L)
            + (Digits(rest[(colon + 1)..(colon + 3)], value) * 60)
            + Digits(rest[(colon + 4)..(colon + 6)], value);
        long ticks = (seconds * TimeSpan.TicksPerSecond) + (Fraction(rest[(colon + 6)..], value) * TimeSpan.TicksPerMicrosecond);
        return new TimeSpan(negative ? -ticks : ticks);
    }

    private static int Fraction(ReadOnlySpan<byte> fraction, ReadOnlySpan<byte> whole)
    {
        if (fraction.IsEmpty) return 0;
        if (fraction[0] != '.' || fraction.Length is < 2 or > 7) throw Malformed("a fraction of a second", whole);

        int microsecond = Digits(fraction[1..], whole);
        for (int digits = fraction.Length - 1; digits < 6; digits++) microsecond *= 10;
        return microsecond;
    }

    private static int Digits(ReadOnlySpan<byte> digits, ReadOnlySpan<byte> whole)
    {
        int value = 0;
        foreach (byte digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9') throw Malformed("a date or time", whole);

            value = (value * 10) + (digit - '0');
        }

        return value;
    }

    private static ProtocolException Malformed(string what, ReadOnlySpan<byte> value) =>
        new($"'{Encoding.UTF8.GetString(value[..Math.Min(value.Length, 40)])}' is not {what}");
}
