using System.Globalization;
using System.Numerics;
using Dapper;

namespace FooBar.MySql.Tests.Types;

/// <summary>Where the type in .NET and the type in SQL are not each other's: what converts, what is refused, and what it costs.</summary>
public sealed class ConversionTests(MySqlServerFixture mysql) : IAsyncLifetime
{
    private readonly MySqlDataSource _source = mysql.CreateDataSource();
    private MySqlConnection _connection = null!;

    private enum Level : long
    {
        High = 7,
    }

    /// <summary>Both protocols: a statement without parameters, and one with.</summary>
    public static TheoryData<string> Protocols => ["", " WHERE 1 = @one"];

    public async ValueTask InitializeAsync() => _connection = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _source.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task ZeroDate_ByDefault_SaysWhatToDo(string where)
    {
        await using MySqlDataReader reader = await ReadZeroDatesAsync(_connection, where);

        Assert.False(reader.IsDBNull(0));
        Assert.Equal(
            "The date 0000-00-00 00:00:00 is none that DateTime can hold; set 'Zero Dates' to Null or MinValue in the connection string, or select it as text.",
            Assert.Throws<InvalidCastException>(() => reader.GetValue(0)).Message);
        Assert.Equal(
            "The date 2024-00-10 00:00:00 is none that DateTime can hold; set 'Zero Dates' to Null or MinValue in the connection string, or select it as text.",
            Assert.Throws<InvalidCastException>(() => reader.GetFieldValue<DateTime?>(1)).Message);
        Assert.Equal(
            "The date 2024-02-31 00:00:00 is none that DateTime can hold; select it as text.",
            Assert.Throws<InvalidCastException>(() => reader.GetDateTime(2)).Message);
        Assert.Equal(new DateTime(2026, 1, 2), reader.GetValue(3));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task ZeroDate_AsNull_IsNullInEveryWay(string where)
    {
        await using MySqlDataSource source = mysql.CreateDataSource("Zero Dates=Null");
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using MySqlDataReader reader = await ReadZeroDatesAsync(connection, where);

        Assert.True(reader.IsDBNull(0));
        Assert.Equal(DBNull.Value, reader.GetValue(0));
        Assert.Null(reader.GetFieldValue<DateTime?>(1));
        Assert.Null(reader.GetFieldValue<DateOnly?>(1));
        Assert.Equal(
            "The column 'a' is NULL in this row; ask IsDBNull first.", Assert.Throws<InvalidCastException>(() => reader.GetDateTime(0)).Message);
        Assert.False(reader.IsDBNull(2));
        Assert.Throws<InvalidCastException>(() => reader.GetDateTime(2));
        Assert.Equal(new DateTime(2026, 1, 2), reader.GetValue(3));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task ZeroDate_AsMinValue_IsTheFirstDay(string where)
    {
        await using MySqlDataSource source = mysql.CreateDataSource("Zero Dates=MinValue");
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using MySqlDataReader reader = await ReadZeroDatesAsync(connection, where);

        Assert.Equal(DateTime.MinValue, reader.GetValue(0));
        Assert.Equal(DateTime.MinValue, reader.GetFieldValue<DateTime?>(1));
        Assert.Equal(DateOnly.MinValue, reader.GetFieldValue<DateOnly>(1));
        Assert.Throws<InvalidCastException>(() => reader.GetDateTime(2));
        Assert.Equal(new DateTime(2026, 1, 2), reader.GetValue(3));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Binary16_AsGuidByChoice_IsOneWithoutBeingAsked(string where)
    {
        Guid id = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");
        await using MySqlDataSource source = mysql.CreateDataSource("Guid Format=Binary16");
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("CREATE TEMPORARY TABLE ids (id BINARY(16), v VARBINARY(16), short BINARY(15))");
        await connection.ExecuteAsync("INSERT INTO ids VALUES (@id, @id, 'x'), (NULL, NULL, NULL)", new { id });
        await using MySqlDataReader reader = await ReadAsync(connection, "SELECT id, v, short FROM ids" + where + " ORDER BY id DESC");

        Assert.Equal((typeof(Guid), "BINARY"), (reader.GetFieldType(0), reader.GetDataTypeName(0)));
        Assert.Equal(id, reader.GetValue(0));
        Assert.Equal(id, reader.GetGuid(0));
        Assert.Equal(id, reader.GetFieldValue<Guid?>(0));
        Assert.Equal(id.ToByteArray(bigEndian: true), reader.GetFieldValue<byte[]>(0));
        Assert.Equal((typeof(byte[]), typeof(byte[])), (reader.GetFieldType(1), reader.GetFieldType(2)));
        Assert.Equal(id, reader.GetGuid(1));
        Assert.Equal(
            "The column 'short' of type BINARY has no value that is a Guid.", Assert.Throws<InvalidCastException>(() => reader.GetGuid(2)).Message);
        Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal(DBNull.Value, reader.GetValue(0));
        await reader.CloseAsync();
        Assert.Equal([id, null], await connection.QueryAsync<Guid?>("SELECT id FROM ids ORDER BY id DESC"));
    }

    [Theory]
    [InlineData("99999999999999999999999999999999999999999999999999999999999999999")]
    [InlineData("-79228162514264337593543950336")]
    [InlineData("0.00000000000000000000000000001")]
    [InlineData("1.00000000000000000000000000001")]
    [InlineData("79228162514264337593543950335.5")]
    [InlineData("12345678901234567890123456789.01")]
    public async Task Decimal_OfMoreDigitsThanDotNetHas_OverflowsAndIsReadableAsText(string digits)
    {
        int point = digits.IndexOf('.', StringComparison.Ordinal);
        int scale = point < 0 ? 0 : digits.Length - point - 1;
        foreach (string where in new[] { "", " WHERE 1 = @one" })
        {
            await using MySqlDataReader reader = await ReadAsync(_connection, $"SELECT CAST('{digits}' AS DECIMAL(65,{scale})) AS d{where}");
            const string Message = "The value in the column 'd' of type DECIMAL does not fit a Decimal without loss; GetString gives all its digits.";
            Assert.Equal(Message, Assert.Throws<OverflowException>(() => reader.GetDecimal(0)).Message);
            Assert.Equal(Message, Assert.Throws<OverflowException>(() => reader.GetValue(0)).Message);
            Assert.Equal(digits, reader.GetString(0));
            Assert.Equal(double.Parse(digits, CultureInfo.InvariantCulture), reader.GetDouble(0));
            if (scale == 0) Assert.Equal(BigInteger.Parse(digits, CultureInfo.InvariantCulture), reader.GetFieldValue<BigInteger>(0));
        }
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Number_ThatDoesNotFit_IsNamedWithItsColumn(string where)
    {
        await using MySqlDataReader reader = await ReadAsync(
            _connection, "SELECT CAST(-1 AS SIGNED) AS n, CAST(18446744073709551615 AS UNSIGNED) AS u, 1e300 AS d, 1.5 AS half, 3.0 AS three" + where);

        Assert.Equal(
            "The value in the column 'n' of type BIGINT does not fit a UInt64 without loss.",
            Assert.Throws<OverflowException>(() => reader.GetFieldValue<ulong>(0)).Message);
        Assert.Equal(
            "The value in the column 'u' of type BIGINT UNSIGNED does not fit a Int64 without loss.",
            Assert.Throws<OverflowException>(() => reader.GetInt64(1)).Message);
        Assert.Equal(
            "The value in the column 'd' of type DOUBLE does not fit a Single without loss.",
            Assert.Throws<OverflowException>(() => reader.GetFloat(2)).Message);
        Assert.Throws<OverflowException>(() => reader.GetDecimal(2));
        Assert.Throws<InvalidCastException>(() => reader.GetInt32(3));
        Assert.Equal((3, 3L, 3m, 3.0), (reader.GetInt32(4), reader.GetInt64(4), reader.GetDecimal(4), reader.GetDouble(4)));
        Assert.Equal((Int128)(-1), reader.GetFieldValue<Int128>(0));
        Assert.Equal((UInt128)ulong.MaxValue, reader.GetFieldValue<UInt128?>(1));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task DateAndTime_AsTheTypesOfOneDay_FitOrOverflow(string where)
    {
        await using MySqlDataReader reader = await ReadAsync(
            _connection, "SELECT TIMESTAMP'2026-01-02 00:00:00' AS day, TIMESTAMP'2026-01-02 00:00:00.000001' AS later, TIME'24:00:00' AS long_time, TIME'-00:00:01' AS before_time" + where);

        Assert.Equal(new DateOnly(2026, 1, 2), reader.GetFieldValue<DateOnly>(0));
        Assert.Equal(
            "The value in the column 'later' of type DATETIME does not fit a DateOnly without loss.",
            Assert.Throws<OverflowException>(() => reader.GetFieldValue<DateOnly?>(1)).Message);
        Assert.Equal(
            "The value in the column 'long_time' of type TIME does not fit a TimeOnly without loss.",
            Assert.Throws<OverflowException>(() => reader.GetFieldValue<TimeOnly>(2)).Message);
        Assert.Throws<OverflowException>(() => reader.GetFieldValue<TimeOnly>(3));
        Assert.Equal(TimeSpan.FromSeconds(-1), reader.GetTimeSpan(3));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task NumbersAsBoolean_AreWhetherTheyAreNotZero(string where)
    {
        await _connection.ExecuteAsync("CREATE TEMPORARY TABLE flags (one BIT(1), none BIT(1), many BIT(64), tiny TINYINT(1), sum DECIMAL(65,0), year YEAR)");
        await _connection.ExecuteAsync("INSERT INTO flags VALUES (1, 0, 0x8000000000000000, 2, 0, 2026)");
        await using MySqlDataReader reader = await ReadAsync(_connection, "SELECT * FROM flags" + where);

        Assert.Equal(
            (true, false, true, true, false),
            (reader.GetBoolean(0), reader.GetBoolean(1), reader.GetBoolean(2), reader.GetFieldValue<bool>(3), reader.GetBoolean(4)));
        Assert.Equal(
            "The column 'year' of type YEAR has no value that is a Boolean.",
            Assert.Throws<InvalidCastException>(() => reader.GetBoolean(5)).Message);
    }

    [Fact]
    public async Task Vector_IsReadAsNumbers()
    {
        float[] numbers = [.. Enumerable.Range(0, 1_536).Select(number => number / 7f)];
        await _connection.ExecuteAsync("CREATE TEMPORARY TABLE vectors (v VECTOR(1536), b BLOB)");
        await using MySqlCommand insert = new("INSERT INTO vectors VALUES (@v, 'abc')", _connection);
        insert.Parameters.AddWithValue("v", new Memory<float>(numbers));
        await insert.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        foreach (string where in new[] { "", " WHERE 1 = @one" })
        {
            await using MySqlDataReader reader = await ReadAsync(_connection, "SELECT v, b FROM vectors" + where);
            Assert.Equal(numbers, reader.GetFieldValue<float[]>(0));
            Assert.Equal(numbers, reader.GetFieldValue<ReadOnlyMemory<float>>(0).ToArray());
            Assert.Equal(4 * numbers.Length, reader.GetFieldValue<ReadOnlyMemory<byte>>(0).Length);
            Assert.Equal(
                "The column 'b' of type BLOB has no value that is a Single[].",
                Assert.Throws<InvalidCastException>(() => reader.GetFieldValue<float[]>(1)).Message);
        }
    }

    [Fact]
    public void Parameter_OutsideWhatTheServerHolds_IsRefusedNotClamped()
    {
        foreach (TimeSpan time in new[] { TimeSpan.FromHours(839), TimeSpan.FromHours(-839), TimeSpan.MaxValue, TimeSpan.MinValue })
        {
            Assert.Equal(
                $"The TimeSpan {time} cannot be sent to MySQL: a TIME lies between -838:59:59 and 838:59:59.",
                Assert.Throws<ArgumentException>(() => _connection.ExecuteScalar("SELECT @v", new { v = time })).Message);
        }

        Assert.Equal(
            "A BigInteger of more than 65 digits cannot be sent to MySQL: a DECIMAL has no more.",
            Assert.Throws<ArgumentException>(() => Send(BigInteger.Pow(10, 65))).Message);
        Assert.Equal(new string('9', 65), Send(BigInteger.Pow(10, 65) - 1));
        Assert.Equal("-170141183460469231731687303715884105728", Send(Int128.MinValue));
        Assert.Equal("340282366920938463463374607431768211455", Send(UInt128.MaxValue));
    }

    [Fact]
    public async Task NotANumber_IsRefusedByTheServer()
    {
        await _connection.ExecuteAsync("CREATE TEMPORARY TABLE numbers (d DOUBLE)");
        foreach (double number in new[] { double.NaN, double.NegativeInfinity })
        {
            MySqlException refused = await Assert.ThrowsAsync<MySqlException>(() => _connection.ExecuteAsync("INSERT INTO numbers VALUES (@number)", new { number }));
            Assert.Equal((1264, "Out of range value for column 'd' at row 1"), (refused.Number, refused.Message));
        }
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Getters_OfValues_AllocateNothing(string where)
    {
        await using MySqlDataReader reader = await ReadAsync(
            _connection,
            "SELECT 7 AS i, CAST(7 AS UNSIGNED) AS u, 1.25 AS d, 1.5e0 AS f, TIMESTAMP'2026-01-02 03:04:05.678' AS t, TIME'01:02:03' AS span, "
            + "UUID_TO_BIN('00112233-4455-6677-8899-aabbccddeeff') AS id, DATE'2026-01-02' AS day" + where);
        long sum = 0;
        for (int round = 0; round < 100; round++) ReadAll();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 100; round++) ReadAll();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(0, sum);

        void ReadAll()
        {
            sum += reader.GetInt32(0) + reader.GetInt64(0) + reader.GetFieldValue<int>(0) + reader.GetFieldValue<long?>(0)!.Value;
            sum += (long)reader.GetFieldValue<Level>(0) + (long)reader.GetFieldValue<Level?>(0)!.Value;
            sum += (long)reader.GetFieldValue<ulong>(1) + (reader.GetBoolean(1) ? 1 : 0) + (reader.GetFieldValue<bool?>(1)!.Value ? 1 : 0);
            sum += (long)reader.GetDecimal(2) + (long)reader.GetFieldValue<decimal?>(2)!.Value;
            sum += (long)reader.GetDouble(3) + (long)reader.GetFieldValue<double?>(3)!.Value;
            sum += reader.GetDateTime(4).Ticks + reader.GetFieldValue<DateTime?>(4)!.Value.Ticks + reader.GetFieldValue<DateTimeOffset>(4).Ticks;
            sum += reader.GetTimeSpan(5).Ticks + reader.GetFieldValue<TimeOnly>(5).Ticks;
            sum += reader.GetGuid(6).Version + reader.GetFieldValue<Guid?>(6)!.Value.Version;
            sum += reader.GetFieldValue<DateOnly>(7).Day + reader.GetOrdinal("DAY");
        }
    }

    private object? Send(object value)
    {
        using MySqlCommand command = new("SELECT CAST(@v AS CHAR)", _connection);
        command.Parameters.AddWithValue("v", value);
        return command.ExecuteScalar();
    }

    private static async Task<MySqlDataReader> ReadZeroDatesAsync(MySqlConnection connection, string where)
    {
        await connection.ExecuteAsync("SET sql_mode = 'ALLOW_INVALID_DATES'");
        await connection.ExecuteAsync("CREATE TEMPORARY TABLE zero (a DATETIME NOT NULL, b DATE NOT NULL, c DATE, d TIMESTAMP(6))");
        await connection.ExecuteAsync("INSERT INTO zero VALUES ('0000-00-00', '2024-00-10', '2024-02-31', '2026-01-02')");
        return await ReadAsync(connection, "SELECT a, b, c, d FROM zero" + where);
    }

    private static async Task<MySqlDataReader> ReadAsync(MySqlConnection connection, string sql)
    {
        MySqlCommand command = new(sql, connection);
        command.Parameters.AddWithValue("one", 1);
        MySqlDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
        return reader;
    }
}
