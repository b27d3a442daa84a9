using System.Globalization;
using Dapper;

namespace FooBar.MySql.Tests;

public sealed class ParameterTests(MySqlServerFixture mysql) : IAsyncLifetime
{
    private readonly MySqlDataSource _source = mysql.CreateDataSource();
    private MySqlConnection _connection = null!;

    public async ValueTask InitializeAsync() => _connection = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _source.DisposeAsync();
    }

    [Theory]
    [InlineData("'; DROP TABLE x; --")]
    [InlineData("\\'; DROP TABLE x; #")]
    [InlineData("\" OR \"\"=\"")]
    [InlineData("a\0b\u001a\r\n")]
    [InlineData("\u00bf\u5c27 OR 1=1")]
    [InlineData("@v ? :x {0}")]
    public async Task Value_ThatLooksLikeSql_StaysText(string value)
    {
        Assert.Equal(value, await _connection.ExecuteScalarAsync<string>("SELECT @v", new { v = value }));
        Assert.Equal(value.Length == 0 ? 0 : 1, await _connection.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM (SELECT @v AS t) x WHERE t = @v", new { v = value }));
    }

    [Fact]
    public async Task At_InStringsCommentsIdentifiersAndVariables_IsNotAParameter()
    {
        const string Sql = """
            SELECT '@a' AS `@a`, "it's @a", @@session.sql_mode IS NULL, @`a` := 5, -- @a
                @v /* @a */ # @a
            """;
        IDictionary<string, object> row = (IDictionary<string, object>)await _connection.QuerySingleAsync(Sql, new { v = 7 });

        Assert.Equal(["@a", "it's @a", 0, 5L, 7], row.Values.Select(value => value is long number && number is 0 or 7 ? (int)number : value));
        Assert.Equal("@a", row.Keys.First());
    }

    [Fact]
    public async Task Name_IsFoundWithAndWithoutAtAndInAnyCase()
    {
        await using MySqlCommand command = new("SELECT CONCAT(@First, @second, @FIRST)", _connection);
        command.Parameters.AddWithValue("@SECOND", "b");
        command.Parameters.AddWithValue("first", "a");
        command.Parameters.AddWithValue("unused", new object());

        Assert.Equal("aba", command.ExecuteScalar());
        Assert.Equal(1, command.Parameters.IndexOf("FIRST"));
        Assert.Equal("b", command.Parameters["@second"].Value);
    }

    [Fact]
    public async Task Parameter_WithoutAValue_IsNamedAndNothingIsSent()
    {
        MySqlException missing = await Assert.ThrowsAsync<MySqlException>(() => _connection.ExecuteAsync("DO @given + @missing", new { given = 1 }));

        Assert.Equal("The statement has the parameter '@missing', and the command has no value for it. (A user variable is written @`missing`.)", missing.Message);
        Assert.Equal((MySqlFailurePhase.NotSent, 0), (missing.Phase, missing.Number));
        Assert.Equal(1, await _connection.ExecuteScalarAsync<int>("SELECT 1"));
    }

    [Fact]
    public async Task Placeholder_WithoutAName_IsRefused()
    {
        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(() => _connection.ExecuteAsync("DO ?", new { a = 1 }));

        Assert.Equal("The statement has a positional placeholder '?' at character 3; parameters are written @name.", refused.Message);
        Assert.Equal(System.Data.ConnectionState.Open, _connection.State);
    }

    [Fact]
    public async Task Statement_ExecutedAgain_IsPreparedOnce()
    {
        // Not SELECT @v: the server takes that for text at first, and prepares it again by itself when a number comes.
        for (int value = 0; value < 5; value++) Assert.Equal(value, await _connection.ExecuteScalarAsync<int>("SELECT @v + 0", new { v = value }));

        Assert.Equal(1, await StatusAsync("Com_stmt_prepare"));
        Assert.Equal(5, await StatusAsync("Com_stmt_execute"));
    }

    [Fact]
    public async Task Statements_MoreThanAreKept_AreClosedOnTheServer()
    {
        for (int value = 0; value < 200; value++) await _connection.ExecuteAsync($"DO @v + {value}", new { v = value });

        Assert.Equal(200, await StatusAsync("Com_stmt_prepare"));
        // The first question about the counters is a statement too, and pushes one more out; the second one has its place.
        Assert.Equal(73, await StatusAsync("Com_stmt_close"));
    }

    [Fact]
    public async Task Table_AlteredBehindAPreparedStatement_GivesItsNewColumns()
    {
        await _connection.ExecuteAsync("CREATE TABLE altered (a INT)");
        await _connection.ExecuteAsync("INSERT INTO altered VALUES (1)");
        Assert.Equal(1, (await _connection.QuerySingleAsync("SELECT * FROM altered WHERE a = @a", new { a = 1 })).a);
        await using (MySqlConnection other = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await other.ExecuteAsync("ALTER TABLE altered ADD COLUMN b VARCHAR(10) DEFAULT 'x' FIRST");
        }

        await using MySqlCommand command = new("SELECT * FROM altered WHERE a = @a", _connection);
        command.Parameters.AddWithValue("a", 1);
        await using MySqlDataReader reader = command.ExecuteReader();
        Assert.True(reader.Read());
        Assert.Equal(("b", "x", 1), (reader.GetName(0), reader.GetString(0), reader.GetInt32(1)));
    }

    [Fact]
    public async Task Value_Of20Megabytes_GoesBothWays()
    {
        await using MySqlCommand command = new("SELECT @v, LENGTH(@v)", _connection);
        byte[] value = new byte[20_000_000];
        new Random(1).NextBytes(value);
        command.Parameters.AddWithValue("v", value);
        await using MySqlDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        Assert.True(reader.Read());

        Assert.Equal(value.Length, reader.GetInt32(1));
        Assert.True(value.AsSpan().SequenceEqual(reader.GetFieldValue<byte[]>(0)));
    }

    private async Task<int> StatusAsync(string name) =>
        int.Parse((await _connection.QuerySingleAsync<(string, string)>($"SHOW SESSION STATUS LIKE '{name}'")).Item2, CultureInfo.InvariantCulture);
}
