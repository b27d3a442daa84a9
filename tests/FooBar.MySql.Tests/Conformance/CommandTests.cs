using System.Data;
using System.Data.Common;
using FooBar.MySql.Statements;

namespace FooBar.MySql.Tests.Conformance;

/// <summary>What a command needs before it runs, what its calls return, and what becomes of it.</summary>
public sealed class CommandTests(MySqlServerFixture mysql) : ConformanceTest(mysql)
{
    [Fact]
    public void Command_New_HasItsDefaults()
    {
        using DbCommand command = MySqlClientFactory.Instance.CreateCommand();

        Assert.Equal((string.Empty, CommandType.Text, 30), (command.CommandText, command.CommandType, command.CommandTimeout));
        Assert.Equal((null, null, UpdateRowSource.Both), (command.Connection, command.Transaction, command.UpdatedRowSource));
        Assert.Same(command.Parameters, command.Parameters);
        Assert.Empty(command.Parameters);
        Assert.IsType<MySqlParameter>(command.CreateParameter());
        command.CommandText = null;
        Assert.Equal(string.Empty, command.CommandText);
        command.Connection = Connection;
        command.Connection = null;
        Assert.Null(command.Connection);
        Assert.Throws<ArgumentOutOfRangeException>(() => command.CommandTimeout = -1);
        Refused<NotSupportedException>(
            "CommandType.TableDirect is not supported; write SELECT * FROM the table.", () => command.CommandType = CommandType.TableDirect);
        command.Cancel();
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Command_ThatCannotRun_SaysWhatItLacks(bool async)
    {
        await using MySqlConnection closed = Source.CreateConnection();
        await LacksAsync("The command has no text.", Command(string.Empty), async);
        await LacksAsync("The command has no text.", Command(" \n"), async);
        await LacksAsync("The command has no connection.", new MySqlCommand { CommandText = "SELECT 1" }, async);
        await LacksAsync("The connection is not open.", Command("SELECT 1", closed), async);
        await using DbCommand first = Command("SELECT 1");
        await using DbDataReader reader = await first.ReaderAsync(async);
        await LacksAsync("A reader is open on this connection; close it first.", Command("SELECT 1"), async);
        await LacksAsync("A reader is open on this connection; close it first.", first, async);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Command_Disposed_CannotRunAndItsReaderGoesOn(bool async)
    {
        DbCommand command = Command("SELECT 1 UNION ALL SELECT 2");
        await using DbDataReader reader = await command.ReaderAsync(async);
        await command.DisposeAsync(async);
        await command.DisposeAsync(async);

        Assert.True(await reader.ReadAsync(async));
        Assert.True(await reader.ReadAsync(async));
        Assert.False(await reader.ReadAsync(async));
        await reader.DisposeAsync(async);
        Assert.Equal(("SELECT 1 UNION ALL SELECT 2", CommandType.Text, 0), (command.CommandText, command.CommandType, command.Parameters.Count));
        command.Cancel();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => command.ScalarAsync(async));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => command.PrepareAsync(async));
    }

    [Theory]
    [InlineData("SELECT 5", 5L, true)]
    [InlineData("SELECT 5", 5L, false)]
    [InlineData("SELECT 'a', 2 UNION ALL SELECT 'b', 3", "a", true)]
    [InlineData("SELECT 'a', 2 UNION ALL SELECT 'b', 3", "a", false)]
    [InlineData("SELECT 1 FROM DUAL WHERE FALSE", null, true)]
    [InlineData("SELECT 1 FROM DUAL WHERE FALSE", null, false)]
    [InlineData("DO 1", null, true)]
    [InlineData("DO 1", null, false)]
    [InlineData("SELECT 7 /* a comment */ -- and another", 7L, true)]
    public async Task ExecuteScalar_GivesTheFirstValueOrNull(string sql, object? expected, bool async)
    {
        await using DbCommand command = Command(sql);

        Assert.Equal(expected, await command.ScalarAsync(async));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task ExecuteScalar_OfNull_IsDBNull(bool async)
    {
        await using DbCommand command = Command("SELECT NULL");

        Assert.Same(DBNull.Value, await command.ScalarAsync(async));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task ExecuteNonQuery_CountsRowsOrSaysThereAreNone(bool async)
    {
        await RunAsync($"CREATE TABLE {Table} (a INT)");

        Assert.Equal(3, await CountAsync($"INSERT INTO {Table} VALUES (1), (2), (3)"));
        Assert.Equal(2, await CountAsync($"UPDATE {Table} SET a = 9 WHERE a > 1"));
        Assert.Equal(2, await CountAsync($"UPDATE {Table} SET a = 9 WHERE a = 9"));
        Assert.Equal(0, await CountAsync($"DELETE FROM {Table} WHERE a = 5"));
        Assert.Equal(-1, await CountAsync($"SELECT * FROM {Table}"));

        async Task<int> CountAsync(string sql)
        {
            await using DbCommand command = Command(sql);
            return await command.NonQueryAsync(async);
        }
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Error_OfTheServer_IsADbExceptionAndLeavesTheConnectionUsable(bool async)
    {
        await using DbCommand command = Command("SELECT * FROM no_such_table");
        foreach (Func<Task> call in (Func<Task>[])[() => command.ReaderAsync(async), () => command.ScalarAsync(async), () => command.NonQueryAsync(async)])
        {
            DbException failure = await Assert.ThrowsAnyAsync<DbException>(call);
            Assert.Equal(("42S02", false, "Table 'test.no_such_table' doesn't exist"), (failure.SqlState, failure.IsTransient, failure.Message));
        }

        Assert.Equal(1L, await AskAsync("SELECT 1"));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Parameters_ThroughTheBaseClass_AreBound(bool async)
    {
        await using DbCommand command = Command("SELECT CONCAT(@a, '-', @b)");
        Add(command, "@a", "x");
        Add(command, "b", 5);
        await command.PrepareAsync(async);

        Assert.Equal("x-5", await command.ScalarAsync(async));
        command.Parameters["a"].Value = "y";
        Assert.Equal("y-5", await command.ScalarAsync(async));
        command.Parameters.RemoveAt("b");
        MySqlException missing = await Assert.ThrowsAsync<MySqlException>(() => command.ScalarAsync(async));
        Assert.Equal("The statement has the parameter '@b', and the command has no value for it. (A user variable is written @`b`.)", missing.Message);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task SchemaOnly_DescribesAndExecutesNothing(bool async)
    {
        await RunAsync($"CREATE TABLE {Table} (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(10))");
        await using (DbCommand select = Command($"SELECT id, name AS n, SLEEP(60) FROM {Table} WHERE id > @id"))
        await using (DbDataReader reader = await select.ReaderAsync(async, CommandBehavior.SchemaOnly | CommandBehavior.KeyInfo))
        {
            Assert.Equal((3, false, -1), (reader.FieldCount, reader.HasRows, reader.RecordsAffected));
            Assert.Equal(("id", typeof(string), "INT"), (reader.GetName(0), reader.GetFieldType(1), reader.GetDataTypeName(0)));
            Assert.Equal(["id", "name", null], reader.GetColumnSchema().Select(column => column.BaseColumnName));
            Assert.False(await reader.ReadAsync(async));
            Assert.False(await reader.NextResultAsync(async));
        }

        await using (DbCommand insert = Command($"INSERT INTO {Table} (name) VALUES ('a')"))
        await using (DbDataReader reader = await insert.ReaderAsync(async, CommandBehavior.SchemaOnly))
        {
            Assert.Equal((0, false, -1), (reader.FieldCount, reader.HasRows, reader.RecordsAffected));
        }

        Assert.Equal(0L, await AskAsync($"SELECT COUNT(*) FROM {Table}"));
        MySqlException refused = await Assert.ThrowsAsync<MySqlException>(async () =>
        {
            await using DbCommand wrong = Command("SELECT FROM WHERE");
            await wrong.ReaderAsync(async, CommandBehavior.SchemaOnly);
        });
        Assert.Equal((1064, MySqlFailurePhase.Answered), (refused.Number, refused.Phase));

        // What was prepared to be described does not stay on the server.
        Assert.Equal("2", await StatusAsync("Com_stmt_close", async));
    }

    [Fact]
    public async Task SchemaOnly_BehindAndBeforePreparedStatements_DisturbsNone()
    {
        await RunAsync($"CREATE TABLE {Table} (id INT)");
        await using DbCommand counted = Command($"SELECT COUNT(*) + @a FROM {Table}");
        await using DbCommand other = Command("SELECT @b * 2");
        Add(counted, "a", 1);
        Add(other, "b", 4);
        for (int round = 0; round < 3; round++)
        {
            Assert.Equal(1L, await counted.ScalarAsync(async: true));
            await using (DbDataReader reader = await other.ReaderAsync(async: true, CommandBehavior.SchemaOnly)) Assert.Equal(1, reader.FieldCount);
            Assert.Equal(8L, Convert.ToInt64(await other.ScalarAsync(async: true), System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task StoredProcedure_IsCalledWithTheParametersInTheirOrder(bool async)
    {
        await RunAsync("DROP PROCEDURE IF EXISTS `odd ``name`");
        await RunAsync("CREATE PROCEDURE `odd ``name`(IN a INT, IN b VARCHAR(10), OUT c VARCHAR(20)) BEGIN SELECT a AS first; SET c = CONCAT(b, a); END");
        await using DbCommand command = Command(Identifier.Quote("odd `name"));
        command.CommandType = CommandType.StoredProcedure;
        Add(command, "whatever it is called", 7);
        Add(command, "", "x");
        Add(command, "@out", null);

        await using DbDataReader reader = await command.ReaderAsync(async);
        Assert.True(await reader.ReadAsync(async));
        Assert.Equal(("first", 7), (reader.GetName(0), reader.GetInt32(0)));

        // The protocol's answer to an OUT parameter: a result of one row behind the others.
        Assert.True(await reader.NextResultAsync(async));
        Assert.True(await reader.ReadAsync(async));
        Assert.Equal("x7"u8, reader.GetFieldValue<byte[]>(0));
        await reader.CloseAsync(async);
        command.CommandText = "no_such_procedure";
        command.Parameters.Clear();
        MySqlException missing = await Assert.ThrowsAsync<MySqlException>(() => command.NonQueryAsync(async));
        Assert.Equal((1305, "PROCEDURE test.no_such_procedure does not exist"), (missing.Number, missing.Message));
    }

    [Fact]
    public async Task Clone_OfACommand_IsIndependent()
    {
        await using DbTransaction transaction = await Connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using DbCommand command = Command("SELECT @a");
        command.CommandTimeout = 7;
        command.Transaction = transaction;
        Add(command, "a", 1);
        await using DbCommand clone = (DbCommand)((ICloneable)command).Clone();
        command.CommandText = "SELECT 0";
        command.Parameters[0].Value = 2;

        Assert.Equal(("SELECT @a", 7, CommandType.Text), (clone.CommandText, clone.CommandTimeout, clone.CommandType));
        Assert.Equal((Connection, transaction), (clone.Connection, clone.Transaction));
        Assert.Equal(1, clone.Parameters[0].Value);
        Assert.Equal("1", Convert.ToString(await clone.ScalarAsync(async: true), System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>That every call of a command is refused, with the same words.</summary>
    private static async Task LacksAsync(string message, DbCommand command, bool async)
    {
        await RefusedAsync<InvalidOperationException>(message, () => command.ReaderAsync(async));
        await RefusedAsync<InvalidOperationException>(message, () => command.ScalarAsync(async));
        await RefusedAsync<InvalidOperationException>(message, () => command.NonQueryAsync(async));
        await RefusedAsync<InvalidOperationException>(message, () => command.PrepareAsync(async));
        await RefusedAsync<InvalidOperationException>(message, () => command.ReaderAsync(async, CommandBehavior.SchemaOnly));
    }

    private async Task<string> StatusAsync(string name, bool async)
    {
        await using DbCommand command = Command($"SHOW SESSION STATUS LIKE '{name}'");
        await using DbDataReader reader = await command.ReaderAsync(async);
        Assert.True(await reader.ReadAsync(async));
        return reader.GetString(1);
    }
}
