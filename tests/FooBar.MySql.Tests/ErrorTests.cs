using System.Data;
using Dapper;

namespace FooBar.MySql.Tests;

public sealed class ErrorTests(MySqlServerFixture mysql) : IAsyncLifetime
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
    [InlineData("SELEKT 1", 1064, "42000", false)]
    [InlineData("SELEKT @a", 1064, "42000", false)]
    [InlineData("SELECT * FROM no_such_table WHERE a = @a", 1146, "42S02", false)]
    [InlineData("SELECT 1; SELECT 2", 1064, "42000", false)]
    [InlineData("SELECT 1; SELECT @a", 1064, "42000", false)]
    [InlineData("SIGNAL SQLSTATE '45678' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'no'", 1213, "45678", true)]
    [InlineData("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE x", 3948, "42000", false)]
    public async Task Statement_Refused_HasNumberStateAndPhase(string sql, int number, string state, bool isTransient)
    {
        MySqlException error = await Assert.ThrowsAsync<MySqlException>(() => _connection.ExecuteAsync(sql, new { a = 1 }));

        Assert.Equal((number, state, isTransient), (error.Number, error.SqlState, error.IsTransient));
        Assert.Equal(MySqlFailurePhase.Answered, error.Phase);
        Assert.Equal(number, error.Data["Server Error Code"]);
        Assert.Equal(1, await _connection.ExecuteScalarAsync<int>("SELECT 1"));
    }

    [Fact]
    public async Task Insert_OfADuplicateKey_Is1062AndLeavesTheConnectionUsable()
    {
        await _connection.ExecuteAsync("CREATE TEMPORARY TABLE once (id INT PRIMARY KEY)");
        await _connection.ExecuteAsync("INSERT INTO once VALUES (@id)", new { id = 1 });

        MySqlException error = Assert.Throws<MySqlException>(() => _connection.Execute("INSERT INTO once VALUES (@id)", new { id = 1 }));
        Assert.Equal((1062, "23000", "Duplicate entry '1' for key 'once.PRIMARY'"), (error.Number, error.SqlState, error.Message));
        Assert.Equal(ConnectionState.Open, _connection.State);
    }

    [Theory]
    [InlineData("SELECT 1 UNION ALL SELECT (SELECT 1 UNION ALL SELECT 2)")]
    [InlineData("WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT IF(i < 900, RPAD('x', 100, 'x'), (SELECT 1 UNION ALL SELECT i)) FROM n WHERE 1 < @a OR 1 > 0")]
    public async Task Error_AmongTheRows_SurfacesAndFreesTheConnection(string sql)
    {
        MySqlException error = await Assert.ThrowsAsync<MySqlException>(() => _connection.QueryAsync<string>(sql, new { a = 1 }));

        Assert.True(error.Number is 1242 or 3636, error.Message);
        Assert.Equal(1, await _connection.ExecuteScalarAsync<int>("SELECT 1"));
    }

    [Fact]
    public async Task RecordsAffected_OfAnUpdate_CountsMatchedRows()
    {
        await _connection.ExecuteAsync("CREATE TEMPORARY TABLE counted (id INT AUTO_INCREMENT PRIMARY KEY, v INT)");
        await using MySqlCommand insert = new("INSERT INTO counted (v) VALUES (@a), (@a)", _connection);
        insert.Parameters.AddWithValue("a", 5);

        Assert.Equal(2, insert.ExecuteNonQuery());
        Assert.Equal(1, insert.LastInsertedId);
        Assert.Equal(2, await _connection.ExecuteAsync("UPDATE counted SET v = 5"));
        Assert.Equal(-1, await _connection.ExecuteAsync("SELECT * FROM counted"));
        Assert.Equal(0, await _connection.ExecuteAsync("DELETE FROM counted WHERE id > @a", new { a = 10 }));
    }

    [Fact]
    public async Task Command_WhileAReaderIsOpen_IsRefused()
    {
        await using MySqlCommand command = new("SELECT 1", _connection);
        await using (MySqlDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken))
        {
            InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => _connection.Execute("DO 1"));
            Assert.Equal("A reader is open on this connection; close it first.", refused.Message);
            Assert.Equal("There is no row; Read has not been called, or has returned false.", Assert.Throws<InvalidOperationException>(() => reader.GetInt32(0)).Message);
        }

        Assert.Equal(1L, command.ExecuteScalar());
    }

    [Fact]
    public async Task Command_OnAClosedConnection_IsRefused()
    {
        await _connection.CloseAsync();

        await using MySqlCommand command = new("SELECT 1", _connection);
        Assert.Equal("The connection is not open.", Assert.Throws<InvalidOperationException>(() => command.ExecuteScalar()).Message);
        Assert.Equal(ConnectionState.Closed, _connection.State);
    }

    [Fact]
    public void Features_ThatAreNotSupported_SayWhatToDo()
    {
        MySqlCommand command = _connection.CreateCommand();

        Assert.Equal(
            "CommandType.TableDirect is not supported; write SELECT * FROM the table.",
            Assert.Throws<NotSupportedException>(() => command.CommandType = CommandType.TableDirect).Message);
        foreach (ParameterDirection direction in (ParameterDirection[])[ParameterDirection.Output, ParameterDirection.InputOutput, ParameterDirection.ReturnValue])
        {
            Assert.Equal(
                $"ParameterDirection.{direction} is not supported; pass NULL for a procedure's OUT parameter, and read what it became from the "
                + "last result of the call, which is one row (a text comes as its UTF-8 bytes).",
                Assert.Throws<NotSupportedException>(() => new MySqlParameter().Direction = direction).Message);
        }

        command.Dispose();
    }
}
