using System.Data;
using System.Globalization;

namespace FooBar.MySql.Tests.Types;

public sealed class TypeTests(MySqlServerFixture mysql)
{
    private enum Colour : byte
    {
        Red = 1,
        Blue = 200,
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
