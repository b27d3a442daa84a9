using System.Data;
using System.Globalization;
using Dapper;

namespace FooBar.MySql.Tests.Types;

public sealed class TypeTests(MySqlServerFixture mysql)
{
    private enum Colour : byte
    {
        Red = 1,
        Blue = 200,
    }

    /// <summary>Column type, value written as a parameter, value read, its SQL name.</summary>
    public static TheoryData<string, object, object, string> RoundTrips => new()
    {
        { "TINYINT", (sbyte)-128, (sbyte)-128, "TINYINT" },
        { "TINYINT(1)", true, (sbyte)1, "TINYINT" },
        { "TINYINT UNSIGNED", (byte)255, (byte)255, "TINYINT UNSIGNED" },
        { "SMALLINT", short.MinValue, short.MinValue, "SMALLINT" },
        { "SMALLINT UNSIGNED", ushort.MaxValue, ushort.MaxValue, "SMALLINT UNSIGNED" },
        { "MEDIUMINT", -8_388_608, -8_388_608, "MEDIUMINT" },
        { "MEDIUMINT UNSIGNED", 16_777_215, 16_777_215U, "MEDIUMINT UNSIGNED" },
        { "INT", int.MinValue, int.MinValue, "INT" },
        { "INT UNSIGNED", uint.MaxValue, uint.MaxValue, "INT UNSIGNED" },
        { "BIGINT", long.MinValue, long.MinValue, "BIGINT" },
        { "BIGINT UNSIGNED", ulong.MaxValue, ulong.MaxValue, "BIGINT UNSIGNED" },
        { "TINYINT UNSIGNED", Colour.Blue, (byte)200, "TINYINT UNSIGNED" },
        { "FLOAT", 1.5f, 1.5f, "FLOAT" },
        { "DOUBLE", Math.PI, Math.PI, "DOUBLE" },
        { "DOUBLE", double.MaxValue, double.MaxValue, "DOUBLE" },
        { "DECIMAL(28,10)", -123456789012345678.0123456789m, -123456789012345678.0123456789m, "DECIMAL" },
        { "DECIMAL(10,2)", 0.10m, 0.10m, "DECIMAL" },
        { "DATE", new DateTime(2026, 2, 28), new DateTime(2026, 2, 28), "DATE" },
        { "DATE", new DateOnly(1000, 1, 1), new DateTime(1000, 1, 1), "DATE" },
        { "DATETIME", new DateTime(2026, 2, 28), new DateTime(2026, 2, 28), "DATETIME" },
        { "DATETIME", new DateTime(2026, 2, 28, 23, 59, 59), new DateTime(2026, 2, 28, 23, 59, 59), "DATETIME" },
        { "DATETIME(6)", new DateTime(9999, 12, 31, 23, 59, 59).AddTicks(9_999_999), new DateTime(9999, 12, 31, 23, 59, 59).AddTicks(9_999_990), "DATETIME" },
        { "DATETIME(6)", new DateTimeOffset(2026, 1, 1, 1, 0, 0, TimeSpan.FromHours(2)), new DateTime(2025, 12, 31, 23, 0, 0), "DATETIME" },
        { "TIMESTAMP(3)", new DateTime(2026, 2, 28, 1, 2, 3, 456), new DateTime(2026, 2, 28, 1, 2, 3, 456), "TIMESTAMP" },
        { "TIME", new TimeSpan(-838, -59, -59), new TimeSpan(-838, -59, -59), "TIME" },
        { "TIME", TimeSpan.Zero, TimeSpan.Zero, "TIME" },
        { "TIME(6)", new TimeSpan(1, 2, 3).Add(TimeSpan.FromMicroseconds(45)), new TimeSpan(1, 2, 3).Add(TimeSpan.FromMicroseconds(45)), "TIME" },
        { "TIME(6)", new TimeOnly(23, 59, 59, 999), new TimeSpan(0, 23, 59, 59, 999), "TIME" },
        { "YEAR", 2026, 2026, "YEAR" },
        { "BIT(1)", 1UL, 1UL, "BIT" },
        { "BIT(40)", 0xFF_0000_0001UL, 0xFF_0000_0001UL, "BIT" },
        { "CHAR(5)", "ab", "ab", "CHAR" },
        { "CHAR(1)", 'ß', "ß", "CHAR" },
        { "VARCHAR(20)", "naïve 🦆", "naïve 🦆", "VARCHAR" },
        { "VARCHAR(20)", "", "", "VARCHAR" },
        { "TEXT", new string('x', 60_000), new string('x', 60_000), "TEXT" },
        { "LONGTEXT", new string('é', 100_000), new string('é', 100_000), "TEXT" },
        { "JSON", """{"a": [1, "ü"]}""", """{"a": [1, "ü"]}""", "JSON" },
        { "ENUM('red','blue')", "blue", "blue", "ENUM" },
        { "SET('a','b','c')", "a,c", "a,c", "SET" },
        { "BINARY(4)", new byte[] { 1, 2 }, new byte[] { 1, 2, 0, 0 }, "BINARY" },
        { "VARBINARY(4)", new ReadOnlyMemory<byte>([0, 255]), new byte[] { 0, 255 }, "VARBINARY" },
        { "BLOB", new byte[300], new byte[300], "BLOB" },
        { "BINARY(16)", Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), Convert.FromHexString("00112233445566778899AABBCCDDEEFF"), "BINARY" },
    };

    [Theory]
    [MemberData(nameof(RoundTrips))]
    public async Task Value_WrittenAsAParameter_IsReadInBothProtocols(string type, object written, object read, string name)
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync($"CREATE TEMPORARY TABLE one_value (v {type} NULL)");
        await using (MySqlCommand insert = new("INSERT INTO one_value VALUES (@v), (@null)", connection))
        {
            insert.Parameters.AddWithValue("@v", written);
            insert.Parameters.AddWithValue("null", null);
            Assert.Equal(2, await insert.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        }

        foreach (string sql in new[] { "SELECT v FROM one_value ORDER BY v IS NULL", "SELECT v FROM one_value WHERE 1 = @one ORDER BY v IS NULL" })
        {
            await using MySqlCommand select = new(sql, connection);
            if (sql.Contains("@one", StringComparison.Ordinal)) select.Parameters.AddWithValue("one", 1);
            await using MySqlDataReader reader = await select.ExecuteReaderAsync(TestContext.Current.CancellationToken);
            Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
            Assert.Equal(read, reader.GetValue(0));
            Assert.Equal(read.GetType(), reader.GetFieldType(0));
            Assert.Equal(name, reader.GetDataTypeName(0));
            Assert.False(reader.IsDBNull(0));
            Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
            Assert.Equal(DBNull.Value, reader.GetValue(0));
            Assert.True(reader.IsDBNull(0));
            Assert.False(await reader.ReadAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task GetFieldValue_OfEachKind_Converts()
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        foreach (string where in new[] { "", " WHERE 1 = @one" })
        {
            await using MySqlCommand command = new(
                "SELECT 200, CAST(7 AS UNSIGNED), SUM(3), DATE'2026-01-02', TIME'10:11:12', TIMESTAMP'2026-01-02 03:04:05', "
                + "UUID_TO_BIN('00112233-4455-6677-8899-aabbccddeeff'), '00112233-4455-6677-8899-aabbccddeeff', 1.5E0, NULL, 'x', b'101' + 0" + where,
                connection);
            if (where.Length > 0) command.Parameters.AddWithValue("one", 1);
            await using MySqlDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
            Assert.True(reader.Read());

            Assert.Equal(200, reader.GetFieldValue<int>(0));
            Assert.Equal((byte)200, reader.GetFieldValue<byte>(0));
            Assert.Equal(Colour.Blue, reader.GetFieldValue<Colour>(0));
            Assert.Throws<OverflowException>(() => reader.GetFieldValue<sbyte>(0));
            Assert.Equal(200m, reader.GetFieldValue<decimal>(0));
            Assert.True(reader.GetFieldValue<bool>(0));
            Assert.Equal(7UL, reader.GetFieldValue<ulong>(1));
            Assert.Equal(3L, reader.GetInt64(2));
            Assert.Equal(3m, reader.GetValue(2));
            Assert.Equal(new DateOnly(2026, 1, 2), reader.GetFieldValue<DateOnly>(3));
            Assert.Equal(new TimeOnly(10, 11, 12), reader.GetFieldValue<TimeOnly>(4));
            Assert.Equal(new TimeSpan(10, 11, 12), reader.GetFieldValue<TimeSpan?>(4));
            Assert.Equal(DateTimeKind.Unspecified, reader.GetDateTime(5).Kind);
            Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), reader.GetFieldValue<DateTimeOffset>(5));
            Guid id = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");
            Assert.Equal(id, reader.GetGuid(6));
            Assert.Equal(id, reader.GetFieldValue<Guid?>(7));
            Assert.Equal(1.5f, reader.GetFloat(8));
            Assert.Throws<InvalidCastException>(() => reader.GetInt32(8));
            Assert.Null(reader.GetFieldValue<int?>(9));
            Assert.Equal(
                "The column 'NULL' is NULL in this row; ask IsDBNull first.",
                Assert.Throws<InvalidCastException>(() => reader.GetInt32(9)).Message);
            Assert.Equal('x', reader.GetChar(10));
            Assert.Equal("x"u8.ToArray(), reader.GetFieldValue<byte[]>(10));
            Assert.Equal(
                "The column 'x' of type VARCHAR has no value that is a Int32.",
                Assert.Throws<InvalidCastException>(() => reader.GetInt32(10)).Message);
            Assert.Equal(5, reader.GetInt32(11));
            Assert.Throws<IndexOutOfRangeException>(() => reader.GetInt32(12));
            Assert.Throws<IndexOutOfRangeException>(() => reader.GetOrdinal("nothing"));
        }
    }

    [Fact]
    public async Task GetDateTime_OfTheZeroDate_SaysWhatToDo()
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("SET sql_mode = ''");
        await connection.ExecuteAsync("CREATE TEMPORARY TABLE zero (d DATETIME NOT NULL)");
        await connection.ExecuteAsync("INSERT INTO zero VALUES ('0000-00-00')");
        foreach (string sql in new[] { "SELECT d FROM zero", "SELECT d FROM zero WHERE 1 = @one" })
        {
            InvalidCastException refused = await Assert.ThrowsAsync<InvalidCastException>(() => connection.ExecuteScalarAsync(sql, new { one = 1 }));
            Assert.Equal(
                "The date 0000-00-00 00:00:00 is none that DateTime can hold; select it as text, or as NULLIF(column, 0).",
                refused.Message);
        }
    }

    [Fact]
    public async Task Decimal_BeyondDotNet_OverflowsAndIsReadableAsText()
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        string digits = new('9', 60);
        await using MySqlCommand command = new("SELECT CAST(@digits AS DECIMAL(65,0))", connection);
        command.Parameters.AddWithValue("digits", digits);
        await using MySqlDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        Assert.True(reader.Read());

        Assert.Throws<OverflowException>(() => reader.GetDecimal(0));
        Assert.Equal(digits, reader.GetString(0));
    }

    [Fact]
    public async Task GetBytesAndGetChars_CopyParts()
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using MySqlCommand command = new("SELECT x'0102030405', 'hello'", connection);
        await using MySqlDataReader reader = command.ExecuteReader(CommandBehavior.SequentialAccess);
        Assert.True(reader.Read());

        byte[] bytes = new byte[4];
        Assert.Equal(5, reader.GetBytes(0, 0, null, 0, 0));
        Assert.Equal(3, reader.GetBytes(0, 2, bytes, 1, 3));
        Assert.Equal([0, 3, 4, 5], bytes);
        char[] characters = new char[2];
        Assert.Equal(2, reader.GetChars(1, 1, characters, 0, 2));
        Assert.Equal("el", new string(characters));
        using StreamReader stream = new(reader.GetStream(0));
        Assert.Equal(5, stream.ReadToEnd().Length);
    }

    [Fact]
    public async Task Parameter_OfAnUnknownType_IsRefusedBeforeAnythingIsSent()
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using MySqlCommand command = new("SELECT @v", connection);
        command.Parameters.AddWithValue("v", CultureInfo.InvariantCulture);

        NotSupportedException refused = Assert.Throws<NotSupportedException>(() => command.ExecuteScalar());
        Assert.Equal("A parameter of type System.Globalization.CultureInfo cannot be sent to MySQL; the README of FooBar.MySql lists the types.", refused.Message);
        Assert.Equal(ConnectionState.Open, connection.State);
    }

    [Fact]
    public async Task DateOnlyAndTimeOnly_GoBothWays()
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using MySqlCommand command = new("SELECT CAST(@d AS DATE), CAST(@t AS TIME)", connection);
        command.Parameters.AddWithValue("d", new DateOnly(2026, 5, 6));
        command.Parameters.AddWithValue("t", new TimeOnly(7, 8, 9));
        await using MySqlDataReader reader = command.ExecuteReader();
        Assert.True(reader.Read());

        Assert.Equal(new DateOnly(2026, 5, 6), reader.GetFieldValue<DateOnly>(0));
        Assert.Equal(new TimeOnly(7, 8, 9), reader.GetFieldValue<TimeOnly>(1));
    }
}
