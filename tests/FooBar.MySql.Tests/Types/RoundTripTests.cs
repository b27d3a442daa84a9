using System.Numerics;
using System.Reflection;
using Dapper;

namespace FooBar.MySql.Tests.Types;

/// <summary>
/// Every type at its edges: written as a literal and as a parameter, read by a statement without parameters (the text protocol) and by
/// one with (the binary protocol).
/// </summary>
public sealed class RoundTripTests(MySqlServerFixture mysql)
{
    private const string ReadAsText = "SELECT v FROM one_value ORDER BY id";
    private const string ReadAsBinary = "SELECT v FROM one_value WHERE 1 = @one ORDER BY id";

    private static readonly MethodInfo GetFieldValue = typeof(MySqlDataReader).GetMethod(nameof(MySqlDataReader.GetFieldValue))!;
    private static readonly Guid Id = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");
    private static readonly DateTime Moment = new DateTime(2026, 2, 28, 1, 2, 3).AddMicroseconds(123_456);

    private enum Colour : byte
    {
        Blue = 200,
    }

    /// <summary>Column type, literal, parameter, what both read as, and the type's name in SQL.</summary>
    public static TheoryData<string, string, object, object, string> Values => new()
    {
        { "TINYINT", "-128", sbyte.MinValue, sbyte.MinValue, "TINYINT" },
        { "TINYINT", "127", sbyte.MaxValue, sbyte.MaxValue, "TINYINT" },
        { "TINYINT(1)", "TRUE", true, (sbyte)1, "TINYINT" },
        { "TINYINT UNSIGNED", "255", byte.MaxValue, byte.MaxValue, "TINYINT UNSIGNED" },
        { "TINYINT UNSIGNED", "200", Colour.Blue, (byte)200, "TINYINT UNSIGNED" },
        { "SMALLINT", "-32768", short.MinValue, short.MinValue, "SMALLINT" },
        { "SMALLINT", "32767", short.MaxValue, short.MaxValue, "SMALLINT" },
        { "SMALLINT UNSIGNED", "65535", ushort.MaxValue, ushort.MaxValue, "SMALLINT UNSIGNED" },
        { "MEDIUMINT", "-8388608", -8_388_608, -8_388_608, "MEDIUMINT" },
        { "MEDIUMINT", "8388607", 8_388_607, 8_388_607, "MEDIUMINT" },
        { "MEDIUMINT UNSIGNED", "16777215", 16_777_215U, 16_777_215U, "MEDIUMINT UNSIGNED" },
        { "INT", "-2147483648", int.MinValue, int.MinValue, "INT" },
        { "INT", "2147483647", int.MaxValue, int.MaxValue, "INT" },
        { "INT UNSIGNED", "4294967295", uint.MaxValue, uint.MaxValue, "INT UNSIGNED" },
        { "INT(5) UNSIGNED ZEROFILL", "42", 42U, 42U, "INT UNSIGNED" },
        { "BIGINT", "-9223372036854775808", long.MinValue, long.MinValue, "BIGINT" },
        { "BIGINT", "9223372036854775807", long.MaxValue, long.MaxValue, "BIGINT" },
        { "BIGINT UNSIGNED", "18446744073709551615", ulong.MaxValue, ulong.MaxValue, "BIGINT UNSIGNED" },
        { "BIGINT UNSIGNED", "18446744073709551615", new BigInteger(ulong.MaxValue), ulong.MaxValue, "BIGINT UNSIGNED" },
        { "FLOAT", "-1.5", -1.5f, -1.5f, "FLOAT" },
        { "FLOAT", "0", 0f, 0f, "FLOAT" },
        { "FLOAT", "1e-20", 1e-20f, 1e-20f, "FLOAT" },
        { "DOUBLE", "3.141592653589793", Math.PI, Math.PI, "DOUBLE" },
        { "DOUBLE", "1.7976931348623157e308", double.MaxValue, double.MaxValue, "DOUBLE" },
        { "DOUBLE", "-2.2250738585072014e-308", -2.2250738585072014e-308, -2.2250738585072014e-308, "DOUBLE" },
        { "DECIMAL(10,2)", "0.10", 0.10m, 0.10m, "DECIMAL" },
        { "DECIMAL(10,2)", "-99999999.99", -99_999_999.99m, -99_999_999.99m, "DECIMAL" },
        { "DECIMAL(18,18)", "-0.000000000000000001", -0.000000000000000001m, -0.000000000000000001m, "DECIMAL" },
        { "DECIMAL(28,10)", "-123456789012345678.0123456789", -123456789012345678.0123456789m, -123456789012345678.0123456789m, "DECIMAL" },
        { "DECIMAL(29,0)", "79228162514264337593543950335", decimal.MaxValue, decimal.MaxValue, "DECIMAL" },
        { "DECIMAL(29,0)", "-79228162514264337593543950335", decimal.MinValue, decimal.MinValue, "DECIMAL" },
        { "DECIMAL(65,30)", "-1.25", -1.25m, -1.25m, "DECIMAL" },
        { "DECIMAL(30,28)", "0.0000000000000000000000000001", 0.0000000000000000000000000001m, 0.0000000000000000000000000001m, "DECIMAL" },
        { "DATE", "'1000-01-01'", new DateOnly(1000, 1, 1), new DateTime(1000, 1, 1), "DATE" },
        { "DATE", "'9999-12-31'", new DateTime(9999, 12, 31), new DateTime(9999, 12, 31), "DATE" },
        { "DATE", "'2024-02-29'", new DateOnly(2024, 2, 29), new DateTime(2024, 2, 29), "DATE" },
        { "DATE", "'0001-01-01'", DateTime.MinValue, DateTime.MinValue, "DATE" },
        { "DATETIME", "'2026-02-28'", new DateTime(2026, 2, 28), new DateTime(2026, 2, 28), "DATETIME" },
        { "DATETIME", "'2026-02-28 23:59:59'", new DateTime(2026, 2, 28, 23, 59, 59), new DateTime(2026, 2, 28, 23, 59, 59), "DATETIME" },
        { "DATETIME(0)", "'2026-02-28 01:02:03.123456'", Moment, new DateTime(2026, 2, 28, 1, 2, 3), "DATETIME" },
        { "DATETIME(1)", "'2026-02-28 01:02:03.123456'", Moment, Moment.AddMicroseconds(-23_456), "DATETIME" },
        { "DATETIME(2)", "'2026-02-28 01:02:03.123456'", Moment, Moment.AddMicroseconds(-3_456), "DATETIME" },
        { "DATETIME(3)", "'2026-02-28 01:02:03.123456'", Moment, Moment.AddMicroseconds(-456), "DATETIME" },
        { "DATETIME(4)", "'2026-02-28 01:02:03.123456'", Moment, Moment.AddMicroseconds(44), "DATETIME" },
        { "DATETIME(5)", "'2026-02-28 01:02:03.123456'", Moment, Moment.AddMicroseconds(4), "DATETIME" },
        { "DATETIME(6)", "'2026-02-28 01:02:03.123456'", Moment, Moment, "DATETIME" },
        { "DATETIME(6)", "'2026-02-28 01:02:03.000001'", Moment.AddMicroseconds(-123_455), Moment.AddMicroseconds(-123_455), "DATETIME" },
        { "DATETIME(6)", "'9999-12-31 23:59:59.999999'", DateTime.MaxValue, DateTime.MaxValue.AddTicks(-9), "DATETIME" },
        { "DATETIME(6)", "'2025-12-31 23:00:00'", new DateTimeOffset(2026, 1, 1, 1, 0, 0, TimeSpan.FromHours(2)), new DateTime(2025, 12, 31, 23, 0, 0), "DATETIME" },
        { "TIMESTAMP", "'1970-01-01 00:00:01'", new DateTime(1970, 1, 1, 0, 0, 1), new DateTime(1970, 1, 1, 0, 0, 1), "TIMESTAMP" },
        { "TIMESTAMP(3)", "'2026-02-28 01:02:03.456'", new DateTime(2026, 2, 28, 1, 2, 3, 456), new DateTime(2026, 2, 28, 1, 2, 3, 456), "TIMESTAMP" },
        { "TIMESTAMP(6)", "'2038-01-19 03:14:07.499999'", new DateTime(2038, 1, 19, 3, 14, 7).AddMicroseconds(499_999), new DateTime(2038, 1, 19, 3, 14, 7).AddMicroseconds(499_999), "TIMESTAMP" },
        { "TIME", "'838:59:59'", new TimeSpan(838, 59, 59), new TimeSpan(838, 59, 59), "TIME" },
        { "TIME", "'-838:59:59'", new TimeSpan(-838, -59, -59), new TimeSpan(-838, -59, -59), "TIME" },
        { "TIME", "'24:00:00'", TimeSpan.FromDays(1), TimeSpan.FromDays(1), "TIME" },
        { "TIME", "'00:00:00'", TimeSpan.Zero, TimeSpan.Zero, "TIME" },
        { "TIME(6)", "'838:59:58.999999'", new TimeSpan(838, 59, 59).Subtract(TimeSpan.FromMicroseconds(1)), new TimeSpan(838, 59, 59).Subtract(TimeSpan.FromMicroseconds(1)), "TIME" },
        { "TIME(6)", "'-838:59:58.999999'", TimeSpan.FromMicroseconds(1).Subtract(new TimeSpan(838, 59, 59)), TimeSpan.FromMicroseconds(1).Subtract(new TimeSpan(838, 59, 59)), "TIME" },
        { "TIME(6)", "'-00:00:00.000001'", TimeSpan.FromMicroseconds(-1), TimeSpan.FromMicroseconds(-1), "TIME" },
        { "TIME(3)", "'23:59:59.999'", new TimeOnly(23, 59, 59, 999), new TimeSpan(0, 23, 59, 59, 999), "TIME" },
        { "YEAR", "1901", 1901, 1901, "YEAR" },
        { "YEAR", "2155", (short)2155, 2155, "YEAR" },
        { "YEAR", "'0000'", "0000", 0, "YEAR" },
        { "BIT(1)", "b'1'", true, 1UL, "BIT" },
        { "BIT(1)", "b'0'", false, 0UL, "BIT" },
        { "BIT(8)", "255", (byte)255, 255UL, "BIT" },
        { "BIT(9)", "256", 256, 256UL, "BIT" },
        { "BIT(40)", "0xFF00000001", 0xFF_0000_0001UL, 0xFF_0000_0001UL, "BIT" },
        { "BIT(64)", "0xFFFFFFFFFFFFFFFF", ulong.MaxValue, ulong.MaxValue, "BIT" },
        { "CHAR(5)", "'ab'", "ab", "ab", "CHAR" },
        { "CHAR(1)", "'ß'", 'ß', "ß", "CHAR" },
        { "VARCHAR(20)", "'naïve 🦆'", "naïve 🦆", "naïve 🦆", "VARCHAR" },
        { "VARCHAR(20)", "''", "", "", "VARCHAR" },
        { "VARCHAR(20)", "' a '", " a ", " a ", "VARCHAR" },
        { "VARCHAR(20)", "_utf8mb4 0xEFBBBF00", "\uFEFF\0", "\uFEFF\0", "VARCHAR" },
        { "VARCHAR(20) CHARACTER SET latin1", "'Ünïcödé €'", "Ünïcödé €", "Ünïcödé €", "VARCHAR" },
        { "VARCHAR(20) CHARACTER SET cp1251", "'Привет'", "Привет".ToCharArray(), "Привет", "VARCHAR" },
        { "VARCHAR(20) CHARACTER SET gbk", "'汉字'", "汉字".AsMemory(), "汉字", "VARCHAR" },
        { "VARCHAR(20) CHARACTER SET utf16", "'🦆🦆'", "🦆🦆", "🦆🦆", "VARCHAR" },
        { "CHAR(3) CHARACTER SET ascii COLLATE ascii_bin", "'xyz'", "xyz", "xyz", "CHAR" },
        { "VARCHAR(20) COLLATE utf8mb4_bin", "'Ωé'", "Ωé", "Ωé", "VARCHAR" },
        { "VARCHAR(20) COLLATE utf8mb4_ja_0900_as_cs", "'日本語'", "日本語", "日本語", "VARCHAR" },
        { "TINYTEXT", "REPEAT('x', 255)", new string('x', 255), new string('x', 255), "TEXT" },
        { "TEXT", "REPEAT('x', 65535)", new string('x', 65_535), new string('x', 65_535), "TEXT" },
        { "MEDIUMTEXT", "REPEAT('🦆', 100000)", string.Concat(Enumerable.Repeat("🦆", 100_000)), string.Concat(Enumerable.Repeat("🦆", 100_000)), "TEXT" },
        { "LONGTEXT", "REPEAT('é', 200000)", new string('é', 200_000), new string('é', 200_000), "TEXT" },
        { "JSON", """'{"a": [1, "ü", 1.5, null]}'""", """{"a": [1, "ü", 1.5, null]}""", """{"a": [1, "ü", 1.5, null]}""", "JSON" },
        { "JSON", "'\"🦆\"'", "\"🦆\"", "\"🦆\"", "JSON" },
        { "ENUM('red','blue','')", "'blue'", "blue", "blue", "ENUM" },
        { "ENUM('red','blue','')", "''", "", "", "ENUM" },
        { "ENUM('red','blue')", "2", 2, "blue", "ENUM" },
        { "SET('a','b','c')", "'a,c'", "a,c", "a,c", "SET" },
        { "SET('a','b','c')", "''", "", "", "SET" },
        { "BINARY(4)", "0x0102", new byte[] { 1, 2 }, new byte[] { 1, 2, 0, 0 }, "BINARY" },
        { "BINARY(16)", "UUID_TO_BIN('00112233-4455-6677-8899-aabbccddeeff')", Id, Convert.FromHexString("00112233445566778899AABBCCDDEEFF"), "BINARY" },
        { "VARBINARY(4)", "0x00FF", new ReadOnlyMemory<byte>([0, 255]), new byte[] { 0, 255 }, "VARBINARY" },
        { "VARBINARY(4)", "''", Array.Empty<byte>(), Array.Empty<byte>(), "VARBINARY" },
        { "VARCHAR(4) CHARACTER SET binary", "0xFB00", new Memory<byte>([0xFB, 0]), new byte[] { 0xFB, 0 }, "VARBINARY" },
        { "TINYBLOB", "REPEAT(0xFF, 250)", Filled(250, 0xFF), Filled(250, 0xFF), "BLOB" },
        { "TINYBLOB", "REPEAT(0xFB, 251)", new ArraySegment<byte>(Filled(251, 0xFB)), Filled(251, 0xFB), "BLOB" },
        { "BLOB", "REPEAT(0xFE, 65535)", Filled(65_535, 0xFE), Filled(65_535, 0xFE), "BLOB" },
        { "MEDIUMBLOB", "REPEAT(0x00, 65536)", Filled(65_536, 0), Filled(65_536, 0), "BLOB" },
        { "LONGBLOB", "REPEAT(0x01, 300000)", Filled(300_000, 1), Filled(300_000, 1), "BLOB" },
        { "POINT", "ST_GeomFromText('POINT(1 2)')", Point, Point, "GEOMETRY" },
        { "GEOMETRY", "ST_GeomFromText('POINT(1 2)')", Point, Point, "GEOMETRY" },
        { "VECTOR(3)", "STRING_TO_VECTOR('[1,-2.5,3e10]')", new float[] { 1, -2.5f, 3e10f }, Vector, "VECTOR" },
        { "VECTOR(3)", "STRING_TO_VECTOR('[1,-2.5,3e10]')", new ReadOnlyMemory<float>([1, -2.5f, 3e10f]), Vector, "VECTOR" },
        { "VECTOR(3)", "STRING_TO_VECTOR('[1,-2.5,3e10]')", Vector, Vector, "VECTOR" },
    };

    private static byte[] Point => Convert.FromHexString("000000000101000000000000000000F03F0000000000000040");

    private static byte[] Vector => Convert.FromHexString("0000803F000020C0" + Convert.ToHexString(BitConverter.GetBytes(3e10f)));

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Value_WrittenAsLiteralAndParameter_IsReadInBothProtocols(string type, string literal, object written, object read, string name)
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES'");
        await connection.ExecuteAsync($"CREATE TEMPORARY TABLE one_value (id INT AUTO_INCREMENT PRIMARY KEY, v {type} NULL)");
        await connection.ExecuteAsync($"INSERT INTO one_value (v) VALUES ({literal})");
        await using (MySqlCommand insert = new("INSERT INTO one_value (v) VALUES (@v), (@null)", connection))
        {
            insert.Parameters.AddWithValue("@v", written);
            insert.Parameters.AddWithValue("null", null);
            Assert.Equal(2, await insert.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        }

        foreach (string sql in new[] { ReadAsText, ReadAsBinary })
        {
            await using MySqlCommand select = new(sql, connection);
            if (sql == ReadAsBinary) select.Parameters.AddWithValue("one", 1);
            await using MySqlDataReader reader = await select.ExecuteReaderAsync(TestContext.Current.CancellationToken);
            Assert.Equal(name, reader.GetDataTypeName(0));
            Assert.Equal(read.GetType(), reader.GetFieldType(0));
            Assert.Equal(read.GetType(), reader.GetProviderSpecificFieldType(0));
            for (int row = 0; row < 2; row++)
            {
                Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
                Assert.False(reader.IsDBNull(0));
                Assert.Equal(read, reader.GetValue(0));
                Assert.Equal(read, reader.GetProviderSpecificValue(0));
                Assert.Equal(read, GetFieldValue.MakeGenericMethod(read.GetType()).Invoke(reader, [0]));
                if (read.GetType().IsValueType)
                {
                    Assert.Equal(read, GetFieldValue.MakeGenericMethod(typeof(Nullable<>).MakeGenericType(read.GetType())).Invoke(reader, [0]));
                }
            }

            Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
            Assert.True(reader.IsDBNull(0));
            Assert.Equal(DBNull.Value, reader.GetValue(0));
            Assert.False(await reader.ReadAsync(TestContext.Current.CancellationToken));
        }
    }

    private static byte[] Filled(int length, byte value)
    {
        byte[] bytes = new byte[length];
        Array.Fill(bytes, value);
        return bytes;
    }
}
