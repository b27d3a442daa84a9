using System.Data;
using Dapper;
using FooBar.Testing;

namespace FooBar.MySql.Tests.Sessions;

public sealed class BatchInterruptionTests(MySqlServerFixture mysql)
{
    /// <summary>Outside of a transaction the commands go one after the other: the first is there when the second is not sent any more.</summary>
    [Fact]
    public async Task Batch_CancelledBetweenTwoCommands_DoesNotSayThatNothingWasSent()
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection connection = source.OpenConnection();
        await connection.ExecuteAsync("CREATE TABLE interrupted_batch (a INT)");
        await using MySqlBatch batch = Inserts(connection);
        await using MySqlDataReader reader = await batch.ExecuteReaderAsync(TestContext.Current.CancellationToken);

        MySqlCanceledException cancelled = await Assert.ThrowsAsync<MySqlCanceledException>(
            () => reader.NextResultAsync(async: true, new CancellationToken(canceled: true)).AsTask());
        await reader.DisposeAsync();

        Assert.Equal((MySqlFailurePhase.SentUnanswered, ConnectionState.Open), (cancelled.Phase, connection.State));
        Assert.Equal(1, connection.ExecuteScalar<int>("SELECT SUM(a) FROM interrupted_batch"));
    }

    /// <summary>The command that is under way is stopped and undone; the one before it is committed.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Batch_StoppedInItsSecondCommand_DoesNotSayThatItWasUndone(bool byToken)
    {
        FakeTime time = new();
        await using MySqlDataSource source = new(mysql.Server.ConnectionString, time);
        await using MySqlConnection connection = source.OpenConnection();
        string table = $"stopped_batch_{byToken}";
        await connection.ExecuteAsync($"CREATE TABLE {table} (a INT)");
        await using MySqlBatch batch = connection.CreateBatch();
        batch.BatchCommands.Add($"INSERT INTO {table} VALUES (1)");
        batch.BatchCommands.Add($"UPDATE {table} SET a = a + SLEEP(30)");
        using CancellationTokenSource soon = new();
        Task running = batch.ExecuteNonQueryAsync(soon.Token);
        await using MySqlConnection other = source.OpenConnection();
        while (await other.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM performance_schema.processlist WHERE ID = @id AND STATE = 'User sleep'", new { id = connection.ServerThread }) == 0)
        {
        }

        if (byToken) await soon.CancelAsync();
        else time.Advance(TimeSpan.FromSeconds(batch.Timeout));
        Exception told = await Assert.ThrowsAnyAsync<Exception>(() => running);

        (MySqlFailurePhase phase, System.Data.Common.DbBatchCommand? command) = told is MySqlCanceledException cancelled
            ? (cancelled.Phase, cancelled.BatchCommand)
            : (Assert.IsType<MySqlException>(told).Phase, ((MySqlException)told).BatchCommand);
        Assert.Equal((MySqlFailurePhase.SentUnanswered, byToken), (phase, told is MySqlCanceledException));
        Assert.Same(batch.BatchCommands[1], command);
        Assert.Equal(1, connection.ExecuteScalar<int>($"SELECT SUM(a) FROM {table}"));
        time.Advance(TimeSpan.FromSeconds(1)); // to the next look of who stops statements: there is nothing left to stop
    }

    /// <summary>Commands that were written and not sent have no answer that could be waited for.</summary>
    [Fact]
    public async Task Batch_CancelledBetweenTwoWindows_LeavesTheConnectionUsable()
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection connection = source.OpenConnection();
        await using MySqlBatch batch = connection.CreateBatch();
        for (int command = 0; command < 2; command++)
        {
            MySqlBatchCommand large = new("SELECT LENGTH(@text)");
            large.Parameters.AddWithValue("text", new string('x', 40_000));
            batch.BatchCommands.Add(large);
        }

        await using MySqlDataReader reader = await batch.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<MySqlCanceledException>(() => reader.NextResultAsync(async: true, new CancellationToken(canceled: true)).AsTask());
        await reader.DisposeAsync();

        Assert.Equal(ConnectionState.Open, connection.State);
        Assert.Equal(1, connection.ExecuteScalar<int>("SELECT 1"));
    }

    /// <summary>The guard in front of a batch was sent, whether the batch was or not: autocommit must be switched on again.</summary>
    [Fact]
    public async Task Batch_CancelledBehindItsGuard_DoesNotLeaveAutocommitOff()
    {
        const byte InTransaction = 1;
        const byte Autocommit = 2;
        TaskCompletionSource guardCame = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource killed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        List<string> sent = [];
        int connections = 0;
        await using FakeServer server = new(async client =>
        {
            bool isKiller = Interlocked.Increment(ref connections) > 1;
            await client.LogInAsync();
            byte status = Autocommit;
            while (await client.ReceiveAsync() is { Length: > 1 } query)
            {
                string sql = System.Text.Encoding.UTF8.GetString(query.AsSpan(1));
                if (!isKiller) sent.Add(sql);
                if (sql == "SET autocommit = 0")
                {
                    guardCame.SetResult();
                    await killed.Task;
                }

                status = sql switch
                {
                    "START TRANSACTION" => InTransaction | Autocommit,
                    "SET autocommit = 0" => InTransaction,
                    "SET autocommit = 1" => Autocommit,
                    "ROLLBACK" => 0,
                    _ => status,
                };
                await client.SendAsync(FakeServer.Frame(1, [0, 0, 0, status, 0, 0, 0]));
                if (isKiller) killed.TrySetResult();
            }
        })
        { ServesAllAtOnce = true };
        await using MySqlDataSource source = new(server.ConnectionString + "Cancellation Timeout=60;");
        await using MySqlConnection connection = source.OpenConnection();
        await using (MySqlTransaction transaction = connection.BeginTransaction())
        {
            await using MySqlBatch batch = Inserts(connection);
            using CancellationTokenSource soon = new();
            Task running = batch.ExecuteNonQueryAsync(soon.Token);
            await guardCame.Task;
            await soon.CancelAsync();
            MySqlCanceledException cancelled = await Assert.ThrowsAsync<MySqlCanceledException>(() => running);
            Assert.Equal(MySqlFailurePhase.NotSent, cancelled.Phase);
        }

        connection.Execute("DO 1");
        Assert.Equal(
            ["START TRANSACTION", "SET autocommit = 0", "SAVEPOINT foobar_batch", "DO SLEEP(0)", "ROLLBACK TO SAVEPOINT foobar_batch", "ROLLBACK", "SET autocommit = 1", "DO 1"],
            sent);
    }

    private static MySqlBatch Inserts(MySqlConnection connection)
    {
        MySqlBatch batch = connection.CreateBatch();
        batch.BatchCommands.Add(new MySqlBatchCommand("INSERT INTO interrupted_batch VALUES (1)"));
        batch.BatchCommands.Add(new MySqlBatchCommand("INSERT INTO interrupted_batch VALUES (2)"));
        return batch;
    }
}
