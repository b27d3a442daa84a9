using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
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

    /// <summary>
    /// A DECIMAL is text in both protocols, and can have 65 digits. One with more of them than a <see cref="decimal"/> holds, zeros at
    /// the end not counted, overflows: a silently rounded amount is worse than an exception.
    /// </summary>
    public static decimal ReadDecimal(ReadOnlySpan<byte> value)
    {
        if (TryReadShortDecimal(value, out decimal number)) return number;

        int digits = FractionDigits(value);
        decimal exact = ParseDecimal(value);
        if (exact.Scale == digits) return exact;

        ReadOnlySpan<byte> shorter = TrimFraction(value);
        digits = FractionDigits(shorter);
        decimal trimmed = ParseDecimal(shorter);
        return trimmed.Scale == digits ? trimmed : throw new OverflowException();
    }

    /// <summary>A DECIMAL without a fraction but zeros; false when it has one.</summary>
    /// <exception cref="OverflowException">It has more digits than the type holds.</exception>
    public static bool TryReadInteger<T>(ReadOnlySpan<byte> value, out T number)
        where T : struct, INumber<T>
    {
        ReadOnlySpan<byte> whole = TrimFraction(value);
        number = default;
        if (whole.Contains((byte)'.')) return false;

        try
        {
            number = T.Parse(whole, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            return true;
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

    /// <summary>What is short enough for an integer of 64 bits, which is most: ten times as fast as the general way.</summary>
    private static bool TryReadShortDecimal(ReadOnlySpan<byte> value, out decimal number)
    {
        const int MostDigits = 18;
        number = default;
        bool isNegative = value.Length > 0 && value[0] == '-';
        ReadOnlySpan<byte> rest = isNegative ? value[1..] : value;
        if (rest.Length is 0 or > MostDigits) return false;

        ulong digits = 0;
        int point = -1;
        for (int index = 0; index < rest.Length; index++)
        {
            byte digit = rest[index];
            if (digit == '.' && point < 0) point = index;
            else if (char.IsAsciiDigit((char)digit)) digits = (digits * 10) + digit - '0';
            else throw Malformed("a DECIMAL", value);
        }

        byte scale = (byte)(point < 0 ? 0 : rest.Length - point - 1);
        number = new decimal((int)digits, (int)(digits >> 32), 0, isNegative, scale);
        return true;
    }

    private static decimal ParseDecimal(ReadOnlySpan<byte> value)
    {
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        try
        {
            return decimal.Parse(value, Style, CultureInfo.InvariantCulture);
        }
        catch (FormatException)
        {
            throw Malformed("a DECIMAL", value);
        }
    }

    private static int FractionDigits(ReadOnlySpan<byte> value)
    {
        int point = value.IndexOf((byte)'.');
        return point < 0 ? 0 : value.Length - point - 1;
    }

    /// <summary>Without the zeros that end a fraction, and without the point if nothing is left behind it.</summary>
    private static ReadOnlySpan<byte> TrimFraction(ReadOnlySpan<byte> value) =>
        value.Contains((byte)'.') ? value.TrimEnd((byte)'0').TrimEnd((byte)'.') : value;

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
