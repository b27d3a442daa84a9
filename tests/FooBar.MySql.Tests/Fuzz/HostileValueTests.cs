using System.Globalization;
using FooBar.Testing;

namespace FooBar.MySql.Tests.Fuzz;

/// <summary>
/// Values that no server would send, in columns of every type and both protocols, through every getter: what comes is a value, or an
/// exception that the getter is documented to throw.
/// </summary>
public sealed class HostileValueTests
{
    private static readonly Action<MySqlDataReader, int>[] Getters =
    [
        (reader, ordinal) => reader.GetValue(ordinal),
        (reader, ordinal) => reader.GetValues(new object[reader.FieldCount]),
        (reader, ordinal) => reader.IsDBNull(ordinal),
        (reader, ordinal) => reader.GetFieldType(ordinal),
        (reader, ordinal) => reader.GetDataTypeName(ordinal),
        (reader, ordinal) => reader.GetBoolean(ordinal),
        (reader, ordinal) => reader.GetByte(ordinal),
        (reader, ordinal) => reader.GetInt16(ordinal),
        (reader, ordinal) => reader.GetInt32(ordinal),
        (reader, ordinal) => reader.GetInt64(ordinal),
        (reader, ordinal) => reader.GetFloat(ordinal),
        (reader, ordinal) => reader.GetDouble(ordinal),
        (reader, ordinal) => reader.GetDecimal(ordinal),
        (reader, ordinal) => reader.GetDateTime(ordinal),
        (reader, ordinal) => reader.GetTimeSpan(ordinal),
        (reader, ordinal) => reader.GetGuid(ordinal),
        (reader, ordinal) => reader.GetString(ordinal),
        (reader, ordinal) => reader.GetChar(ordinal),
        (reader, ordinal) => reader.GetBytes(ordinal, 0, null, 0, 0),
        (reader, ordinal) => reader.GetBytes(ordinal, 3, new byte[8], 1, 7),
        (reader, ordinal) => reader.GetChars(ordinal, 0, null, 0, 0),
        (reader, ordinal) => reader.GetChars(ordinal, 3, new char[8], 1, 7),
        (reader, ordinal) => reader.GetStream(ordinal).CopyTo(Stream.Null),
        (reader, ordinal) => reader.GetTextReader(ordinal).ReadToEnd(),
        (reader, ordinal) => reader.GetFieldValue<sbyte>(ordinal),
        (reader, ordinal) => reader.GetFieldValue<ushort>(ordinal),
        (reader, ordinal) => reader.GetFieldValue<uint>(ordinal),
        (reader, ordinal) => reader.GetFieldValue<ulong>(ordinal),
        (reader, ordinal) => reader.GetFieldValue<int?>(ordinal),
        (reader, ordinal) => reader.GetFieldValue<DayOfWeek>(ordinal),
        (reader, ordinal) => reader.GetFieldValue<DateOnly>(ordinal),
        (reader, ordinal) => reader.GetFieldValue<TimeOnly>(ordinal),
        (reader, ordinal) => reader.GetFieldValue<DateTimeOffset>(ordinal),
        (reader, ordinal) => reader.GetFieldValue<byte[]>(ordinal),
        (reader, ordinal) => reader.GetFieldValue<ReadOnlyMemory<byte>>(ordinal),
        (reader, ordinal) => reader.GetFieldValue<object>(ordinal),
        (reader, ordinal) => reader.GetFieldValue<Version>(ordinal),
    ];

    private static readonly string[] Texts =
    [
        "", "-", "+", ".", "0", "-0", "00", "1e400", "-1e-400", "NaN", "inf", "1.", ".5", "1,5", "1_0", " 1", "1 ", "0x10", "99999999999999999999",
        "-9223372036854775809", "18446744073709551616", "79228162514264337593543950336", "0000-00-00", "0000-00-00 00:00:00", "9999-12-31 23:59:59.9999999",
        "2026-13-01", "2026-02-30", "2026-01-01 24:00:00", "2026-01-01T00:00:00", "2026-01-01 00:00:60", "2026-01-01 00:00:00.", "20260101", "10000-01-01",
        "838:59:59", "-838:59:59.000001", "9999:59:59", "99999:00:00", "00:60:00", "00:00:61", ":00:00", "0:00:00", "-:00:00", "12:00", "--1:00:00", "00:00:00.1234567",
        "00000000-0000-0000-0000-00000000000", "{00000000-0000-0000-0000-000000000000}", "\ud83d\udc2c", "true", "null",
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Value_OfNoServer_IsAValueOrADocumentedException(bool isBinary)
    {
        int seen = 0;
        Scenario scenario = new("every getter", async client =>
        {
            await client.OpenAsync();
            await client.ReadAsync(isBinary ? "SELECT all_types @v" : "SELECT all_types", isBinary ? 1 : null, reader => seen += ReadAll(reader));
            await client.CloseAsync();
        });
        using Rig rig = new(LogIn.AtOnce, async: true);
        Recording recording = await rig.RecordAsync(scenario, fromTheGreeting: false);
        int reply = recording.Replies.Count - 1;
        int rounds = Catalogue.Times(250, 5_000);
        for (int round = 0; round < rounds; round++)
        {
            Random random = new(unchecked((Catalogue.Seed * 1_000_003) + round));
            Cell[] cells = [.. Cell.EveryType.Select(cell => Hostile(cell, isBinary, random))];
            byte[][] packets =
            [
                [(byte)cells.Length],
                .. cells.Select(cell => cell.Definition("c")),
                isBinary ? Cell.BinaryRow(cells) : Cell.TextRow(cells),
                [0xFE, 0, 0, 2, 0, 0, 0],
            ];
            Damage damage = new($"FOOBAR_TEST_SEED={Catalogue.Seed}, row {round}", new Reply(1, packets).ToBytes(), Verdict.Anything);
            await rig.RunAsync(recording, reply, damage, Aftermath.GoOn, cancel: false);
        }

        Assert.InRange(seen, rounds * 25, int.MaxValue);
    }

    /// <summary>How many values it has tried.</summary>
    private static int ReadAll(MySqlDataReader reader)
    {
        if (!reader.Read()) return 0;

        for (int ordinal = 0; ordinal < reader.FieldCount; ordinal++)
        {
            for (int getter = 0; getter < Getters.Length; getter++)
            {
                try
                {
                    Getters[getter](reader, ordinal);
                }
                catch (Exception documented) when (documented is InvalidCastException or OverflowException or MySqlException { Reason: MySqlFailureReason.ProtocolViolation })
                {
                    // As it should.
                }
                catch (Exception failure)
                {
                    throw new Xunit.Sdk.XunitException(
                        string.Create(CultureInfo.InvariantCulture, $"Getter {getter} of column {ordinal}, {reader.GetDataTypeName(ordinal)}: {failure}"), failure);
                }
            }
        }

        return reader.FieldCount;
    }

    private static Cell Hostile(Cell cell, bool isBinary, Random random)
    {
        ushort flags = random.Next(8) == 0 ? (ushort)random.Next(ushort.MaxValue) : cell.Flags;
        byte characterSet = random.Next(8) == 0 ? (byte)random.Next(256) : cell.CharacterSet;
        if (random.Next(20) == 0) return cell with { Flags = flags, CharacterSet = characterSet, Text = null, Binary = null };

        return isBinary
            ? cell with { Flags = flags, CharacterSet = characterSet, Binary = HostileBinary(cell, random) }
            : cell with { Flags = flags, CharacterSet = characterSet, Text = HostileText(cell, random) };
    }

    private static byte[] HostileText(Cell cell, Random random)
    {
        if (random.Next(2) == 0) return System.Text.Encoding.UTF8.GetBytes(Texts[random.Next(Texts.Length)]);

        byte[] text = [.. cell.Text ?? []];
        for (int changes = random.Next(3); changes > 0 && text.Length > 0; changes--)
        {
            text[random.Next(text.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)"0123456789-:. e"[random.Next(15)];
        }

        return random.Next(4) == 0 ? text[..random.Next(text.Length + 1)] : text;
    }

    /// <summary>A layout that a row can have; what is in it is anything.</summary>
    private static byte[]? HostileBinary(Cell cell, Random random)
    {
        int[] sizes = cell.Type switch
        {
            7 or 10 or 12 => [0, 4, 7, 11],
            11 => [0, 8, 12],
            16 => [1, 2, 3, 4, 5, 6, 7, 8],
            _ => [0, 1, 3, 15, 16, 17, random.Next(250)],
        };
        bool isFixed = cell.Type is 1 or 2 or 3 or 4 or 5 or 8 or 9 or 13;
        if (cell.Type == 6) return null;

        byte[] value = new byte[isFixed ? cell.Binary!.Length : sizes[random.Next(sizes.Length)]];
        if (cell.Type == 246 && random.Next(2) == 0) value = HostileText(cell, random);
        else random.NextBytes(value);

        // Near what is right, so that not everything fails at the first look.
        if (cell.Type is 7 or 10 or 12 && value.Length >= 4 && random.Next(2) == 0) (value[0], value[1], value[2], value[3]) = ((byte)random.Next(256), (byte)random.Next(40), (byte)random.Next(14), (byte)random.Next(33));
        if (value.Length >= 7 && cell.Type is 7 or 12 && random.Next(2) == 0) (value[4], value[5], value[6]) = ((byte)random.Next(25), (byte)random.Next(61), (byte)random.Next(61));
        if (cell.Type == 11 && value.Length >= 8 && random.Next(4) > 0) value.AsSpan(2, 3).Clear();
        return isFixed ? value : Cell.LengthEncoded(value);
    }
}
