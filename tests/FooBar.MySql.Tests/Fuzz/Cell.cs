using System.Buffers.Binary;
using System.Text;

namespace FooBar.MySql.Tests.Fuzz;

/// <summary>A column as a server describes it, and one value of it in both protocols; a null value is SQL NULL.</summary>
/// <param name="Type">The type byte on the wire.</param>
/// <param name="Flags">The flags on the wire.</param>
/// <param name="CharacterSet">63 for bytes, 255 for text.</param>
/// <param name="Text">The value in the text protocol, without its length.</param>
/// <param name="Binary">The value in the binary protocol, with the length that some types have in front.</param>
internal sealed record Cell(byte Type, ushort Flags, byte CharacterSet, byte[]? Text, byte[]? Binary)
{
    private const ushort Unsigned = 0x20;
    private const ushort Enumeration = 0x100;
    private const ushort Set = 0x800;
    private const byte Bytes = 63;
    private const byte Utf8 = 255;

    /// <summary>One of every column type, at usual values.</summary>
    public static Cell[] EveryType { get; } =
    [
        Number(1, "-12", [0xF4]),
        Number(1, "200", [200], Unsigned),
        Number(2, "-1234", [0x2E, 0xFB]),
        Number(2, "60000", [0x60, 0xEA], Unsigned),
        Number(9, "-8388608", [0, 0, 0x80, 0xFF]),
        Number(3, "-2147483648", [0, 0, 0, 0x80]),
        Number(3, "4294967295", [0xFF, 0xFF, 0xFF, 0xFF], Unsigned),
        Number(8, "-1", [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
        Number(8, "18446744073709551615", [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], Unsigned),
        Number(4, "1.5", BitConverter.GetBytes(1.5F)),
        Number(5, "-2.25", BitConverter.GetBytes(-2.25)),
        Sized(246, Bytes, "123456789012345678.90"u8),
        Number(13, "2026", [0xEA, 0x07]),
        Number(10, "2026-11-26", [4, 0xEA, 0x07, 11, 26]),
        Number(12, "2026-11-26 12:34:56", [7, 0xEA, 0x07, 11, 26, 12, 34, 56]),
        Number(7, "2026-11-26 12:34:56.000123", [11, 0xEA, 0x07, 11, 26, 12, 34, 56, 123, 0, 0, 0]),
        Number(11, "-26:01:02", [8, 1, 1, 0, 0, 0, 2, 1, 2]),
        Number(11, "00:00:00.500000", [12, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0xA1, 0x07, 0]),
        Sized(16, Bytes, [0x01, 0x02, 0x03], Unsigned),
        Sized(253, Utf8, "größe 🐬"u8),
        Sized(254, Utf8, "char"u8),
        Sized(254, Utf8, "one"u8, Enumeration),
        Sized(254, Utf8, "one,two"u8, Set),
        Sized(252, Utf8, "text"u8),
        Sized(252, Bytes, [0, 1, 0xFE, 0xFF]),
        Sized(254, Bytes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
        Sized(245, Utf8, "{\"a\": 1}"u8),
        Sized(255, Bytes, [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        Sized(242, Bytes, [0, 0, 128, 63, 0, 0, 0, 64]),
        new(6, 0, Bytes, null, null),
    ];

    /// <summary>A BLOB that does not fit the driver's buffer: read in sequence it is streamed.</summary>
    public static Cell Large { get; } = Sized(252, Bytes, Enumerable.Range(0, 20_000).Select(index => (byte)index).ToArray());

    /// <summary>The same column with the shortest values: nothing, zero, the empty text; dates are NULL, which zero is no date of.</summary>
    public Cell AtItsLeast() => Type switch
    {
        6 or 7 or 10 or 12 => this with { Text = null, Binary = null },
        11 => this with { Text = [.. "00:00:00"u8], Binary = [0] },
        16 => this with { Text = [0], Binary = [1, 0] },
        1 or 2 or 3 or 8 or 9 or 4 or 5 or 13 => this with { Text = [.. "0"u8], Binary = new byte[Binary!.Length] },
        246 => this with { Text = [.. "0"u8], Binary = [1, (byte)'0'] },
        _ => this with { Text = [], Binary = [0] },
    };

    public Cell AsNull() => this with { Text = null, Binary = null };

    /// <summary>Protocol::ColumnDefinition41.</summary>
    public byte[] Definition(string name) =>
    [
        3, .. "def"u8, 4, .. "shop"u8, 1, (byte)'t', 1, (byte)'t', (byte)name.Length, .. Encoding.ASCII.GetBytes(name), 0,
        12, CharacterSet, 0, 255, 0, 0, 0, Type, (byte)Flags, (byte)(Flags >> 8), 0, 0, 0,
    ];

    public static byte[] TextRow(IEnumerable<Cell> cells) =>
        [.. cells.SelectMany(cell => cell.Text is { } text ? LengthEncoded(text) : [0xFB])];

    public static byte[] BinaryRow(IReadOnlyList<Cell> cells)
    {
        byte[] nulls = new byte[(cells.Count + 9) / 8];
        for (int ordinal = 0; ordinal < cells.Count; ordinal++)
        {
            if (cells[ordinal].Binary is null) nulls[(ordinal + 2) / 8] |= (byte)(1 << ((ordinal + 2) % 8));
        }

        return [0, .. nulls, .. cells.SelectMany(cell => cell.Binary ?? [])];
    }

    public static byte[] LengthEncoded(ReadOnlySpan<byte> value)
    {
        if (value.Length < 0xFB) return [(byte)value.Length, .. value];

        byte[] length = new byte[3];
        length[0] = 0xFC;
        BinaryPrimitives.WriteUInt16LittleEndian(length.AsSpan(1), checked((ushort)value.Length));
        return [.. length, .. value];
    }

    /// <summary>An INT.</summary>
    public static Cell Integer(int value) =>
        Number(3, value.ToString(System.Globalization.CultureInfo.InvariantCulture), BitConverter.GetBytes(value));

    /// <summary>A VARCHAR.</summary>
    public static Cell Characters(string value) => Sized(253, Utf8, Encoding.UTF8.GetBytes(value));

    private static Cell Number(byte type, string text, byte[] binary, ushort flags = 0) =>
        new(type, flags, Bytes, Encoding.ASCII.GetBytes(text), binary);

    private static Cell Sized(byte type, byte characterSet, ReadOnlySpan<byte> value, ushort flags = 0) =>
        new(type, flags, characterSet, value.ToArray(), LengthEncoded(value));
}
