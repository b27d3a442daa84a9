using System.Data.Common;
using Dapper;

namespace FooBar.MySql.Tests;

public sealed class BatchTests(MySqlServerFixture mysql) : IAsyncLifetime
{
    private readonly MySqlDataSource _source = mysql.CreateDataSource();
    private readonly string _table = $"batch_{Guid.NewGuid():N}";
    private MySqlConnection _connection = null!;

    public async ValueTask InitializeAsync()
    {
        _connection = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await _connection.ExecuteAsync($"CREATE TABLE {_table} (id INT PRIMARY KEY, a INT)");
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await using (MySqlConnection connection = await _source.OpenConnectionAsync()) await connection.ExecuteAsync($"DROP TABLE {_table}");
        await _source.DisposeAsync();
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task Commands_GiveTheirResultsInOrder(bool async, bool inTransaction)
    {
        await using MySqlTransaction? transaction = inTransaction ? await _connection.BeginTransactionAsync(TestContext.Current.CancellationToken) : null;
        await using MySqlBatch batch = Batch(
            ("SELECT @a + 0", 1), ("SELECT 2", null), ($"INSERT INTO {_table} VALUES (@a, 0), (@a + 1, 0)", 7), ($"SELECT * FROM {_table} WHERE id = @a", 8),
            ($"UPDATE {_table} SET a = @a", 5), ("SELECT @a + 0", 6));

        List<string> seen = [];
        await using (MySqlDataReader reader = async ? await batch.ExecuteReaderAsync(TestContext.Current.CancellationToken) : batch.ExecuteReader())
        {
            do
            {
                List<string> rows = [];
                while (async ? await reader.ReadAsync(TestContext.Current.CancellationToken) : reader.Read())
                {
                    rows.Add(string.Join(' ', Enumerable.Range(0, reader.FieldCount).Select(reader.GetValue)));
                }

                seen.Add(string.Join(',', rows));
            }
            while (async ? await reader.NextResultAsync(TestContext.Current.CancellationToken) : reader.NextResult());

            Assert.Equal(4, reader.RecordsAffected);
        }

        Assert.Equal(["1", "2", "", "8 0", "", "6"], seen);
        Assert.Equal([-1, -1, 2, -1, 2, -1], batch.BatchCommands.Select(command => command.RecordsAffected));
        if (transaction is not null) await transaction.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(10, await _connection.ExecuteScalarAsync<int>($"SELECT SUM(a) FROM {_table}"));
    }

    [Fact]
    public async Task Scalar_IsTheFirstCommands_AndTheRestRuns()
    {
        await using MySqlBatch batch = Batch(("SELECT @a + 0", 9), ($"INSERT INTO {_table} VALUES (1, 1)", null));

        Assert.Equal(9L, await batch.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        Assert.Equal(1, await _connection.ExecuteScalarAsync<int>($"SELECT COUNT(*) FROM {_table}"));
    }

    [Fact]
    public async Task Queries_ThatArePrepared_AreOneRoundTrip()
    {
        await using MySqlBatch batch = Batch([.. Enumerable.Range(0, 20).Select(number => ("SELECT @a + 0", (int?)number))]);
        for (int run = 0; run < 2; run++)
        {
            await using MySqlDataReader reader = await batch.ExecuteReaderAsync(TestContext.Current.CancellationToken);
            for (int number = 0; number < 20; number++)
            {
                Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
                Assert.Equal(number, reader.GetInt32(0));
                Assert.Equal(number < 19, await reader.NextResultAsync(TestContext.Current.CancellationToken));
            }
        }
    }

    [Fact]
    public async Task Batch_OfManyWindows_WithLargeAnswers_DoesNotLock()
    {
        await using MySqlBatch batch = Batch([.. Enumerable.Range(0, 400).Select(number => ($"SELECT REPEAT('x', 50000), @a + 0 /* {new string('y', 800)} */", (int?)number))]);
        await using MySqlDataReader reader = await batch.ExecuteReaderAsync(TestContext.Current.CancellationToken);

        for (int number = 0; number < 400; number++)
        {
            Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
            Assert.Equal(number, reader.GetInt32(1));
            Assert.Equal(number < 399, await reader.NextResultAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Failure_OutsideATransaction_EndsTheBatchThere()
    {
        await using MySqlBatch batch = Batch(
            ($"INSERT INTO {_table} VALUES (@a, 0)", 1), ($"INSERT INTO {_table} VALUES (@a, 1)", 1), ($"INSERT INTO {_table} VALUES (@a, 2)", 2));

        MySqlException refused = await Assert.ThrowsAsync<MySqlException>(() => batch.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));

        Assert.Equal((1062, MySqlFailurePhase.Answered), (refused.Number, refused.Phase));
        Assert.Same(batch.BatchCommands[1], refused.BatchCommand);
        Assert.Equal([1], await _connection.QueryAsync<int>($"SELECT id FROM {_table}"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Failure_InsideATransaction_UndoesTheBatchAndNotTheTransaction(bool async)
    {
        await using MySqlTransaction transaction = await _connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await _connection.ExecuteAsync($"INSERT INTO {_table} VALUES (100, 0)");
        await using MySqlBatch batch = Batch(
            ($"INSERT INTO {_table} VALUES (@a, 0)", 1), ($"INSERT INTO {_table} VALUES (@a, 0)", 100), ($"INSERT INTO {_table} VALUES (@a, 0)", 2));

        MySqlException refused = async
            ? await Assert.ThrowsAsync<MySqlException>(() => batch.ExecuteNonQueryAsync(TestContext.Current.CancellationToken))
            : Assert.Throws<MySqlException>(() => batch.ExecuteNonQuery());

        Assert.Equal(1062, refused.Number);
        Assert.Same(batch.BatchCommands[1], refused.BatchCommand);
        await _connection.ExecuteAsync($"INSERT INTO {_table} VALUES (101, 0)");
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal([100, 101], await _connection.QueryAsync<int>($"SELECT id FROM {_table}"));
    }

    [Fact]
    public async Task Failure_OfTheTextOfOne_IsThatCommands_AndNothingIsExecuted()
    {
        await using MySqlTransaction transaction = await _connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using MySqlBatch batch = Batch(($"INSERT INTO {_table} VALUES (@a, 0)", 1), ("INSERT INTO no_such_table VALUES (@a)", 1));

        MySqlException refused = await Assert.ThrowsAsync<MySqlException>(() => batch.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));

        Assert.Equal(1146, refused.Number);
        Assert.Same(batch.BatchCommands[1], refused.BatchCommand);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, await _connection.ExecuteScalarAsync<int>($"SELECT COUNT(*) FROM {_table}"));
    }

    /// <summary>
    /// The server ends the whole transaction at a deadlock. What was sent behind it would be committed by itself, were it not for the guard.
    /// </summary>
    [Fact]
    public async Task Deadlock_InTheMiddle_CommitsNothingBehindIt()
    {
        await using MySqlConnection other = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using MySqlTransaction theirs = await BeginWinningAsync(other);
        await using MySqlTransaction ours = await _connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await _connection.ExecuteAsync($"UPDATE {_table} SET a = 1 WHERE id = 1");
        await using MySqlBatch batch = Batch(
            ($"INSERT INTO {_table} VALUES (@a, 0)", 10), ($"UPDATE {_table} SET a = @a WHERE id = 2", 1), ($"INSERT INTO {_table} VALUES (@a, 0)", 11));
        Task<int> running = batch.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await WaitsForALockAsync(_connection.ServerThread);
        await other.ExecuteAsync($"UPDATE {_table} SET a = 2 WHERE id = 1");

        MySqlException deadlock = await Assert.ThrowsAsync<MySqlException>(() => running);

        Assert.Equal(1213, deadlock.Number);
        Assert.Same(batch.BatchCommands[1], deadlock.BatchCommand);
        await Assert.ThrowsAsync<InvalidOperationException>(() => ours.CommitAsync(TestContext.Current.CancellationToken));
        await ours.RollbackAsync(TestContext.Current.CancellationToken);
        await theirs.RollbackAsync(TestContext.Current.CancellationToken);
        Assert.Equal([1, 2], await _connection.QueryAsync<int>($"SELECT id FROM {_table}"));
        Assert.Equal(0, await _connection.ExecuteScalarAsync<int>("SELECT 1 - @@session.autocommit"));
    }

    /// <summary>Too many texts to be prepared together, one that asks for the id before it: they go one at a time, and are undone all the same.</summary>
    [Theory]
    [InlineData(40, "")]
    [InlineData(3, " + 0 * LAST_INSERT_ID()")]
    public async Task Failure_InsideATransaction_UndoesTheBatch_AlsoOneThatGoesOneAtATime(int count, string more)
    {
        await using MySqlTransaction transaction = await _connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await _connection.ExecuteAsync($"INSERT INTO {_table} VALUES (100, 0)");
        await using MySqlBatch batch = Batch([.. Enumerable.Range(1, count).Select(id => ($"INSERT INTO {_table} VALUES ({id}, @a{more})", (int?)id)), ($"INSERT INTO {_table} VALUES (1, 0)", null)]);

        MySqlException refused = await Assert.ThrowsAsync<MySqlException>(() => batch.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));

        Assert.Equal(1062, refused.Number);
        Assert.Same(batch.BatchCommands[count], refused.BatchCommand);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal([100], await _connection.QueryAsync<int>($"SELECT id FROM {_table}"));
    }

    /// <summary>The caller is told of the first failure, which alone would have left the transaction standing; the server has ended it.</summary>
    [Fact]
    public async Task Deadlock_BehindAnotherFailure_KeepsTheTransactionFromBeingCommitted()
    {
        await using MySqlConnection other = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using MySqlTransaction theirs = await BeginWinningAsync(other);
        await using MySqlTransaction ours = await _connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await _connection.ExecuteAsync($"INSERT INTO {_table} VALUES (50, 0)");
        await _connection.ExecuteAsync($"UPDATE {_table} SET a = 1 WHERE id = 1");
        await using MySqlBatch batch = Batch(($"INSERT INTO {_table} VALUES (@a, 0)", 50), ($"UPDATE {_table} SET a = @a WHERE id = 2", 1));
        Task<int> running = batch.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await WaitsForALockAsync(_connection.ServerThread);
        await other.ExecuteAsync($"UPDATE {_table} SET a = 2 WHERE id = 1");

        Assert.Equal(1062, (await Assert.ThrowsAsync<MySqlException>(() => running)).Number);

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => _connection.ExecuteAsync($"INSERT INTO {_table} VALUES (51, 0)"));
        Assert.Equal(1213, Assert.IsType<MySqlException>(refused.InnerException).Number);
        await Assert.ThrowsAsync<InvalidOperationException>(() => ours.CommitAsync(TestContext.Current.CancellationToken));
        await ours.RollbackAsync(TestContext.Current.CancellationToken);
        await theirs.RollbackAsync(TestContext.Current.CancellationToken);
        Assert.Equal([1, 2], await _connection.QueryAsync<int>($"SELECT id FROM {_table}"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Command_ThatIsTooLarge_BehindOthers_LeavesTheConnectionAsItIs(bool inTransaction)
    {
        await using MySqlTransaction? transaction = inTransaction ? await _connection.BeginTransactionAsync(TestContext.Current.CancellationToken) : null;
        await _connection.ExecuteAsync($"INSERT INTO {_table} VALUES (100, 0)");
        await using MySqlBatch batch = Batch(($"INSERT INTO {_table} VALUES (@a, LENGTH(@b))", 1), ($"INSERT INTO {_table} VALUES (@a, LENGTH(@b))", 2));
        ((MySqlBatchCommand)batch.BatchCommands[0]).Parameters.AddWithValue("b", new byte[70_000]); // a window of its own
        ((MySqlBatchCommand)batch.BatchCommands[1]).Parameters.AddWithValue("b", new byte[80_000_000]);

        MySqlException large = await Assert.ThrowsAsync<MySqlException>(() => batch.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));

        Assert.Equal((MySqlFailurePhase.NotSent, MySqlFailureReason.Refused), (large.Phase, large.Reason));
        Assert.Same(batch.BatchCommands[1], large.BatchCommand);
        Assert.Equal(System.Data.ConnectionState.Open, _connection.State);
        if (transaction is not null) await transaction.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(inTransaction ? [100] : [1, 100], await _connection.QueryAsync<int>($"SELECT id FROM {_table}"));
    }

    /// <summary>
    /// The texts, and what the server answers to each, are more than a socket holds: were they all sent before an answer is read, both sides
    /// would wait for the other to read.
    /// </summary>
    [Fact]
    public async Task Preparation_OfWideQueries_DoesNotLock()
    {
        await using MySqlDataSource source = new(new MySqlConnectionStringBuilder
        {
            Socket = mysql.Server.SocketPath,
            UserID = Testing.MySqlServer.User,
            Password = Testing.MySqlServer.Password,
        }.ConnectionString);
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using MySqlBatch batch = new(connection) { Timeout = 20 };
        for (int command = 0; command < 32; command++)
        {
            string columns = string.Concat(Enumerable.Repeat(",1", 4_000));
            batch.BatchCommands.Add($"SELECT @a{columns}{new string(' ', 7_000 + command)}").Parameters.AddWithValue("a", command);
        }

        Assert.Equal(0L, await batch.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        Assert.Equal(System.Data.ConnectionState.Open, connection.State);
    }

    [Fact]
    public async Task Reader_ClosedBeforeAFailure_KeepsTheTransactionFromBeingCommitted()
    {
        await using MySqlTransaction transaction = await _connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using MySqlBatch batch = Batch(
            ("SELECT @a + 0", 1), ($"INSERT INTO {_table} VALUES (@a, 0)", 1), ($"INSERT INTO {_table} VALUES (@a, 0)", 1));
        await using (MySqlDataReader reader = await batch.ExecuteReaderAsync(TestContext.Current.CancellationToken))
        {
            Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
        }

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.CommitAsync(TestContext.Current.CancellationToken));

        Assert.Equal(1062, Assert.IsType<MySqlException>(refused.InnerException).Number);
        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, await _connection.ExecuteScalarAsync<int>($"SELECT COUNT(*) FROM {_table}"));
    }

    [Fact]
    public async Task Reader_ClosedEarly_HasARestThatGoesTogetherExecuted_AndAnyOtherNot()
    {
        await using (MySqlTransaction transaction = await _connection.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await using MySqlBatch together = Batch(("SELECT 1", null), ($"INSERT INTO {_table} VALUES (@a, 0)", 1));
            await (await together.ExecuteReaderAsync(TestContext.Current.CancellationToken)).DisposeAsync();
            await transaction.CommitAsync(TestContext.Current.CancellationToken);
        }

        await using MySqlBatch single = Batch(("SELECT 1", null), ($"INSERT INTO {_table} VALUES (@a, 0)", 2));
        await (await single.ExecuteReaderAsync(TestContext.Current.CancellationToken)).DisposeAsync();

        Assert.Equal([1], await _connection.QueryAsync<int>($"SELECT id FROM {_table}"));
    }

    [Fact]
    public async Task Batch_Cancelled_LeavesTheConnectionUsable_AndNothingOfIt()
    {
        await using MySqlTransaction transaction = await _connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using MySqlBatch batch = Batch(
            ($"INSERT INTO {_table} VALUES (@a, 0)", 1), ($"UPDATE {_table} SET a = a + SLEEP(@a)", 20), ($"INSERT INTO {_table} VALUES (@a, 0)", 2));
        MySqlCanceledException cancelled = await CancelInItsSleepAsync(batch);

        Assert.Equal(MySqlFailurePhase.Answered, cancelled.Phase);
        Assert.Equal(_connection.ServerThread, await _connection.ExecuteScalarAsync<long>("SELECT CONNECTION_ID()"));
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, await _connection.ExecuteScalarAsync<int>($"SELECT COUNT(*) FROM {_table}"));
    }

    [Fact]
    public async Task Batch_CancelledInACommandThatSucceedsNevertheless_IsUndoneAndSaysSo()
    {
        await using MySqlTransaction transaction = await _connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        // A bare SLEEP that is stopped returns 1, and no error.
        await using MySqlBatch batch = Batch(("SELECT SLEEP(@a)", 20), ($"INSERT INTO {_table} VALUES (@a, 0)", 2));
        MySqlCanceledException cancelled = await CancelInItsSleepAsync(batch);

        Assert.Equal(MySqlFailurePhase.Answered, cancelled.Phase);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, await _connection.ExecuteScalarAsync<int>($"SELECT COUNT(*) FROM {_table}"));
    }

    [Fact]
    public async Task Batch_RefusedBeforeItsFirstCommand_LeavesAutocommitOn()
    {
        await using MySqlDataSource source = mysql.CreateDataSource("Maximum Pool Size=1;");
        await using (MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await using MySqlTransaction transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using MySqlBatch batch = connection.CreateBatch();
            batch.BatchCommands.Add($"INSERT INTO {_table} VALUES (@a, 0)").Parameters.AddWithValue("a", 1);
            batch.BatchCommands.Add($"INSERT INTO {_table} VALUES (@a, 0)").Parameters.AddWithValue("a", new MemoryStream([1]));
            NotSupportedException refused = await Assert.ThrowsAsync<NotSupportedException>(() => batch.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
            Assert.Equal("A Stream or TextReader cannot be a parameter in a batch; execute its statement as a command of its own.", refused.Message);
            batch.BatchCommands[1].Parameters["a"].Value = new byte[80_000_000];
            MySqlException large = await Assert.ThrowsAsync<MySqlException>(() => batch.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
            Assert.Equal((MySqlFailurePhase.NotSent, MySqlFailureReason.Refused), (large.Phase, large.Reason));
            await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        }

        await using (MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await connection.ExecuteAsync($"INSERT INTO {_table} VALUES (7, 7)");
        }

        Assert.Equal([7], await _connection.QueryAsync<int>($"SELECT id FROM {_table}"));
    }

    [Fact]
    public async Task Batch_BehindAnImplicitCommit_GoesOneAtATime()
    {
        await using MySqlTransaction transaction = await _connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await _connection.ExecuteAsync($"CREATE TABLE {_table}_2 (id INT)");
        await _connection.ExecuteAsync($"DROP TABLE {_table}_2");
        await using MySqlBatch batch = Batch(
            ($"INSERT INTO {_table} VALUES (@a, 0)", 1), ($"INSERT INTO {_table} VALUES (@a, 0)", 1), ($"INSERT INTO {_table} VALUES (@a, 0)", 2));

        await Assert.ThrowsAsync<MySqlException>(() => batch.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        await transaction.RollbackAsync(TestContext.Current.CancellationToken);

        Assert.Equal([1], await _connection.QueryAsync<int>($"SELECT id FROM {_table}"));
    }

    [Fact]
    public async Task Batch_WhosePreparationIsRefused_LeavesNoAnswerUnread()
    {
        byte[] inTransaction = [0, 0, 0, 3, 0, 0, 0];
        await using FakeServer server = new(async client =>
        {
            await client.LogInAsync();
            await client.ReceiveAsync(); // START TRANSACTION
            await client.SendAsync(FakeServer.Frame(1, inTransaction));
            await client.ReceiveAsync(); // SET autocommit = 0
            await client.SendAsync(FakeServer.Frame(1, FakeServer.Error(1317, "stopped")));
            await client.ReceiveAsync(); // SAVEPOINT
            await client.SendAsync(FakeServer.Frame(1, inTransaction));
            await client.ReceiveAsync(); // ROLLBACK TO SAVEPOINT
            await client.SendAsync(FakeServer.Frame(1, inTransaction));
            await client.ReceiveAsync();
            await client.SendAsync(FakeServer.Frame(1, FakeServer.Error(1064, "mine")));
            await client.ReceiveAsync();
        });
        await using MySqlConnection connection = new(server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using MySqlTransaction transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using MySqlBatch batch = new(connection) { BatchCommands = { new MySqlBatchCommand("INSERT INTO t VALUES (1)"), new MySqlBatchCommand("INSERT INTO t VALUES (2)") } };

        Assert.Equal(1317, (await Assert.ThrowsAsync<MySqlException>(() => batch.ExecuteNonQueryAsync(TestContext.Current.CancellationToken))).Number);

        await using MySqlCommand next = new("SELECT 1", connection);
        Assert.Equal(1064, (await Assert.ThrowsAsync<MySqlException>(() => next.ExecuteScalarAsync(TestContext.Current.CancellationToken))).Number);
    }

    [Fact]
    public async Task Batch_MadeThroughTheFactory_Works()
    {
        DbProviderFactory factory = MySqlClientFactory.Instance;
        Assert.True(factory.CanCreateBatch && ((DbConnection)_connection).CanCreateBatch);
        await using DbBatch batch = factory.CreateBatch()!;
        batch.Connection = _connection;
        DbBatchCommand command = batch.CreateBatchCommand();
        command.CommandText = "SELECT @a + 0";
        DbParameter parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ("@a", 3);
        command.Parameters.Add(parameter);
        batch.BatchCommands.Add(command);

        Assert.Equal(3L, await batch.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Batch_ThatCannotBeExecuted_SaysWhy()
    {
        Assert.Equal("The batch has no commands.", Assert.Throws<InvalidOperationException>(() => new MySqlBatch(_connection).ExecuteNonQuery()).Message);
        Assert.Equal(
            "Command 1 of the batch has no text.", Assert.Throws<InvalidOperationException>(() => Batch(("SELECT 1", null), ("", null)).ExecuteNonQuery()).Message);
        Assert.Equal(
            "The batch has no connection.",
            Assert.Throws<InvalidOperationException>(() => new MySqlBatch { BatchCommands = { new MySqlBatchCommand("SELECT 1") } }.ExecuteNonQuery()).Message);
        MySqlException missing = Assert.Throws<MySqlException>(() => Batch(("SELECT 1", null), ("SELECT @b", 1)).ExecuteNonQuery());
        Assert.Equal((MySqlFailurePhase.NotSent, MySqlFailureReason.Refused), (missing.Phase, missing.Reason));
        Assert.Equal(1L, new MySqlCommand("SELECT 1", _connection).ExecuteScalar());
    }

    /// <summary>Executes a batch, cancels it when the server sleeps in it, and gives what that is told to have come to.</summary>
    private async Task<MySqlCanceledException> CancelInItsSleepAsync(MySqlBatch batch)
    {
        using CancellationTokenSource soon = new();
        await using MySqlConnection other = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Task<int> running = batch.ExecuteNonQueryAsync(soon.Token);
        while (await other.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM performance_schema.processlist WHERE ID = @id AND STATE = 'User sleep'", new { id = _connection.ServerThread }) == 0 && !running.IsCompleted)
        {
        }

        await soon.CancelAsync();
        return await Assert.ThrowsAsync<MySqlCanceledException>(() => running);
    }

    private MySqlBatch Batch(params (string Sql, int? Value)[] commands)
    {
        MySqlBatch batch = new(_connection);
        foreach ((string sql, int? value) in commands)
        {
            MySqlBatchCommand command = batch.BatchCommands.Add(sql);
            if (value is not null) command.Parameters.AddWithValue("a", value);
        }

        return batch;
    }

    /// <summary>Begins a transaction that holds row 2 and wins a deadlock: the server gives up the one that has changed less.</summary>
    private async Task<MySqlTransaction> BeginWinningAsync(MySqlConnection other)
    {
        await _connection.ExecuteAsync($"INSERT INTO {_table} VALUES (1, 0), (2, 0)");
        MySqlTransaction transaction = await other.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await other.ExecuteAsync($"INSERT INTO {_table} WITH RECURSIVE n AS (SELECT 1000 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1500) SELECT i, 0 FROM n");
        await other.ExecuteAsync($"UPDATE {_table} SET a = 2 WHERE id = 2");
        return transaction;
    }

    private async Task WaitsForALockAsync(long thread)
    {
        await using MySqlConnection watcher = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        while (await watcher.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM performance_schema.data_lock_waits w JOIN performance_schema.threads t ON t.THREAD_ID = w.REQUESTING_THREAD_ID WHERE PROCESSLIST_ID = @thread", new { thread }) == 0)
        {
        }
    }
}
