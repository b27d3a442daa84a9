using System.Data;
using Dapper;
using FooBar.Testing;

namespace FooBar.MySql.Tests;

public sealed class InterruptionTests(MySqlServerFixture mysql) : IAsyncLifetime
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
    [InlineData(true, "SELECT SLEEP(20)")]
    [InlineData(false, "SELECT SLEEP(20)")]
    [InlineData(true, "SELECT SLEEP(@seconds)")]
    [InlineData(false, "SELECT SLEEP(@seconds)")]
    public async Task Command_BeyondItsTime_FailsAndLeavesTheConnectionUsable(bool async, string sql)
    {
        await using MySqlCommand command = new(sql, _connection) { CommandTimeout = 1 };
        command.Parameters.AddWithValue("seconds", 20);

        MySqlException late = async
            ? await Assert.ThrowsAsync<MySqlException>(() => command.ExecuteScalarAsync(TestContext.Current.CancellationToken))
            : Assert.Throws<MySqlException>(() => command.ExecuteScalar());
        Assert.Matches(
            $"^127.0.0.1:{mysql.Server.Port} did not answer in time: the command timeout has run out after [12][.][0-9] s .1.0 s were left for this call.[.]$", late.Message);
        // SLEEP gives a row when it is killed: the answer says nothing of it.
        Assert.Equal(
            (MySqlFailureReason.TimedOut, MySqlFailurePhase.SentUnanswered, 0, true), (late.Reason, late.Phase, late.Number, late.IsTransient));
        await UsableAsync();
    }

    [Fact]
    public async Task Rows_SlowerThanTheCommandsTimeInAll_FailWhileReading()
    {
        await using MySqlCommand command = new(
            "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200) SELECT SLEEP(0.05), REPEAT('x', 20000) FROM n", _connection)
        { CommandTimeout = 1 };
        await using MySqlDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);

        MySqlException late = await Assert.ThrowsAsync<MySqlException>(async () =>
        {
            while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            {
            }
        });
        Assert.Contains("did not answer in time", late.Message, StringComparison.Ordinal);
        Assert.Equal(MySqlFailurePhase.Answered, late.Phase);
        await reader.DisposeAsync();
        await UsableAsync();
    }

    [Theory]
    [InlineData("SELECT SLEEP(20)")]
    [InlineData("SELECT SLEEP(@seconds)")]
    public async Task Command_CancelledByItsToken_ThrowsCancelled(string sql)
    {
        using CancellationTokenSource soon = new(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        await using MySqlCommand command = new(sql, _connection);
        command.Parameters.AddWithValue("seconds", 20);

        MySqlCanceledException cancelled = await Assert.ThrowsAsync<MySqlCanceledException>(() => command.ExecuteScalarAsync(soon.Token));
        Assert.Equal(soon.Token, cancelled.CancellationToken);
        await UsableAsync();
    }

    [Fact]
    public async Task Command_WithACancelledToken_SendsNothing()
    {
        await using MySqlCommand command = new("SELECT 1", _connection);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => command.ExecuteScalarAsync(new CancellationToken(true)));
        Assert.Equal(1L, command.ExecuteScalar());
    }

    [Fact]
    public async Task Cancel_FromAnotherThread_EndsABlockingCall()
    {
        await using MySqlCommand command = new("SELECT SLEEP(20)", _connection);
        await using MySqlCommand another = new("SELECT 1", _connection);
        command.Cancel();
        await using MySqlConnection other = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        long thread = _connection.ServerThread;
        Task<object?> blocked = Task.Factory.StartNew(
            command.ExecuteScalar, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await RunsAsync(other, thread);
        another.Cancel();
        Assert.Equal(ConnectionState.Open, _connection.State);
        command.Cancel();

        await Assert.ThrowsAsync<MySqlCanceledException>(() => blocked);
        await UsableAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Connection_KilledWhileAStatementRuns_IsSentUnanswered(bool async)
    {
        await using MySqlConnection other = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        long thread = _connection.ServerThread;
        Task<int> running = async
            ? _connection.ExecuteScalarAsync<int>("SELECT SLEEP(20)")
            : Task.Factory.StartNew(
                () => _connection.ExecuteScalar<int>("SELECT SLEEP(20)"), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await RunsAsync(other, thread);
        await other.ExecuteAsync($"KILL {thread}");

        MySqlException lost = await Assert.ThrowsAsync<MySqlException>(() => running);
        Assert.Equal((MySqlFailurePhase.SentUnanswered, 0, true), (lost.Phase, lost.Number, lost.IsTransient));
        Assert.StartsWith($"The connection to 127.0.0.1:{mysql.Server.Port} was lost after ", lost.Message, StringComparison.Ordinal);
        await BrokenAndNotPooledAsync(others: 1);
    }

    [Fact]
    public async Task Query_Killed_IsAnsweredAndLeavesTheConnectionUsable()
    {
        await using MySqlConnection other = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Task<IEnumerable<int>> running = _connection.QueryAsync<int>("SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, information_schema.columns c");
        await RunsAsync(other, _connection.ServerThread);
        await other.ExecuteAsync($"KILL QUERY {_connection.ServerThread}");

        MySqlException killed = await Assert.ThrowsAsync<MySqlException>(() => running);
        Assert.Equal((1317, "70100", MySqlFailurePhase.Answered), (killed.Number, killed.SqlState, killed.Phase));
        Assert.Equal(1, _connection.ExecuteScalar<int>("SELECT 1"));
    }

    [Fact]
    public async Task Connection_LostEarlier_IsNotSent()
    {
        await using MySqlConnection other = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await other.ExecuteAsync($"KILL {_connection.ServerThread}");
        await Assert.ThrowsAsync<MySqlException>(() => _connection.ExecuteAsync("DO 1"));

        MySqlException lost = await Assert.ThrowsAsync<MySqlException>(() => _connection.ExecuteAsync("DO 1"));
        Assert.Equal($"The connection to 127.0.0.1:{mysql.Server.Port} was lost earlier; close it and open another.", lost.Message);
        Assert.Equal((MySqlFailurePhase.NotSent, true), (lost.Phase, lost.IsTransient));
        await BrokenAndNotPooledAsync(others: 1);
    }

    [Fact]
    public async Task Commit_WhoseAnswerIsLost_IsSentUnanswered()
    {
        await using FakeServer server = new(async client =>
        {
            await client.LogInAsync();
            await client.ReceiveAsync();
            await client.SendAsync(FakeServer.Frame(1, FakeServer.Ok));
            await client.ReceiveAsync();
        });
        await using MySqlDataSource source = new(server.ConnectionString);
        await using MySqlConnection connection = source.OpenConnection();
        await using MySqlTransaction transaction = connection.BeginTransaction();

        MySqlException lost = await Assert.ThrowsAsync<MySqlException>(() => transaction.CommitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(MySqlFailurePhase.SentUnanswered, lost.Phase);
    }

    [Fact]
    public async Task Reader_LeftWhileTheServerIsSilent_GivesUpAfterThreeSeconds()
    {
        await using FakeServer server = new(async client =>
        {
            await client.LogInAsync();
            await client.ReceiveAsync();
            await client.SendAsync([.. FakeServer.Frame(1, [1]), .. FakeServer.Frame(2, FakeServer.Column("a", 253)), .. FakeServer.Frame(3, [1, 65])]);
            await client.ReceiveAsync();
        });
        FakeTime time = new();
        await using MySqlDataSource source = new(server.ConnectionString, time);
        MySqlConnection connection = source.OpenConnection();
        MySqlCommand command = new("SELECT 1", connection);
        MySqlDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);

        Task closing = connection.CloseAsync();
        time.Advance(TimeSpan.FromSeconds(3) - TimeSpan.FromMilliseconds(1));
        Assert.False(closing.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await closing;

        Assert.True(reader.IsClosed);
        Assert.Equal((0, 0), source.Pool.Count);
        await command.DisposeAsync();
    }

    [Theory]
    [InlineData("SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, information_schema.columns c")]
    [InlineData("UPDATE interruption_rows SET a = a + SLEEP(0.1)")]
    [InlineData("SELECT a, SLEEP(0.1) FROM interruption_rows WHERE a < @seconds * 1000")]
    public async Task Statement_Cancelled_IsStoppedOnTheServerAndRolledBack(string sql)
    {
        await CreateRowsAsync();
        await using MySqlTransaction transaction = await _connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await _connection.ExecuteAsync("UPDATE interruption_rows SET a = a + 1000 WHERE a = 1");
        using CancellationTokenSource soon = new();
        await using MySqlCommand command = new(sql, _connection);
        command.Parameters.AddWithValue("seconds", 20);
        long thread = _connection.ServerThread;
        Task running = command.ExecuteNonQueryAsync(soon.Token);
        await using (MySqlConnection other = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken)) await RunsAsync(other, thread);
        await soon.CancelAsync();

        MySqlCanceledException cancelled = await Assert.ThrowsAsync<MySqlCanceledException>(() => running);

        // The statement is undone, the transaction that it was in goes on.
        Assert.Equal(MySqlFailurePhase.Answered, cancelled.Phase);
        Assert.Equal(thread, _connection.ServerThread);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1000 + (100 * 101 / 2), await _connection.ExecuteScalarAsync<int>("SELECT SUM(a) FROM interruption_rows"));
    }

    [Fact]
    public async Task Statements_CancelledTogether_AreStoppedOverOneConnection()
    {
        const int Statements = 20;
        const string Total = "SELECT CAST(TOTAL_CONNECTIONS AS SIGNED) FROM performance_schema.users WHERE USER = 'cancelled'";
        await _connection.ExecuteAsync("CREATE USER IF NOT EXISTS cancelled IDENTIFIED BY 'secret'");
        await using MySqlDataSource source = mysql.CreateDataSource("User ID=cancelled;Password=secret;Database=;");
        using CancellationTokenSource soon = new();
        MySqlConnection[] connections = await Task.WhenAll(Enumerable.Range(0, Statements).Select(_ => source.OpenConnectionAsync().AsTask()));
        long before = await _connection.ExecuteScalarAsync<long>(Total);
        Task[] running = [.. connections.Select(connection => new MySqlCommand("SELECT 1 + SLEEP(20)", connection).ExecuteScalarAsync(soon.Token))];
        foreach (MySqlConnection connection in connections) await RunsAsync(_connection, connection.ServerThread);
        await soon.CancelAsync();

        foreach (Task statement in running) await Assert.ThrowsAsync<MySqlCanceledException>(() => statement);
        Assert.Equal(1, await _connection.ExecuteScalarAsync<long>(Total) - before);
        foreach (MySqlConnection connection in connections)
        {
            Assert.Equal(connection.ServerThread, await connection.ExecuteScalarAsync<long>("SELECT CONNECTION_ID()"));
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task CancellationTimeout_OfZero_CutsTheConnectionOff()
    {
        await using MySqlConnection connection = new(mysql.Server.ConnectionString + "Cancellation Timeout=0;");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        using CancellationTokenSource soon = new();
        Task<object?> running = new MySqlCommand("SELECT SLEEP(20)", connection).ExecuteScalarAsync(soon.Token);
        await RunsAsync(_connection, connection.ServerThread);
        await soon.CancelAsync();

        MySqlCanceledException cancelled = await Assert.ThrowsAsync<MySqlCanceledException>(() => running);

        Assert.Equal((MySqlFailurePhase.SentUnanswered, ConnectionState.Broken), (cancelled.Phase, connection.State));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Statement_OfAServerThatDoesNotStop_IsCutOffAfterTheCancellationTimeout(bool canConnect)
    {
        TaskCompletionSource asked = new();
        int connections = 0;
        await using FakeServer server = new(async client =>
        {
            if (Interlocked.Increment(ref connections) > 1 && !canConnect) return;
            await client.LogInAsync();
            if (connections > 1) await client.SendAsync(FakeServer.Frame(1, FakeServer.Ok));
            await client.ReceiveAsync();
            asked.TrySetResult();
            await client.ReceiveAsync();
        });
        await using MySqlDataSource source = new(server.ConnectionString + "Cancellation Timeout=1;");
        await using MySqlConnection connection = source.OpenConnection();
        using CancellationTokenSource soon = new();
        Task<int> running = new MySqlCommand("DO 1", connection).ExecuteNonQueryAsync(soon.Token);
        await asked.Task;
        await soon.CancelAsync();

        MySqlCanceledException cancelled = await Assert.ThrowsAsync<MySqlCanceledException>(() => running);

        Assert.Equal((MySqlFailurePhase.SentUnanswered, ConnectionState.Broken), (cancelled.Phase, connection.State));
    }

    [Fact]
    public async Task Commit_ThatIsCancelled_IsNotKilledButGivenTime()
    {
        TaskCompletionSource committing = new();
        TaskCompletionSource answer = new();
        int connections = 0;
        await using FakeServer server = new(async client =>
        {
            connections++;
            await client.LogInAsync();
            await client.ReceiveAsync();
            await client.SendAsync(FakeServer.Frame(1, FakeServer.Ok));
            await client.ReceiveAsync();
            committing.SetResult();
            await answer.Task;
            await client.SendAsync(FakeServer.Frame(1, FakeServer.Ok));
            await client.ReceiveAsync();
        });
        await using MySqlDataSource source = new(server.ConnectionString);
        await using MySqlConnection connection = source.OpenConnection();
        await using MySqlTransaction transaction = connection.BeginTransaction();
        using CancellationTokenSource soon = new();
        Task commit = transaction.CommitAsync(soon.Token);
        await committing.Task;
        await soon.CancelAsync();
        answer.SetResult();

        await commit; // It was done, and that is what the caller is told.

        Assert.Equal((1, ConnectionState.Open), (connections, connection.State));
    }

    /// <summary>Behind a statement that may prepare others nobody knows the next number: then one is prepared in a round trip of its own.</summary>
    [Fact]
    public async Task Statement_CancelledWhileItIsPrepared_LeavesTheConnectionUsable()
    {
        await CreateRowsAsync();
        await using MySqlConnection other = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await other.ExecuteAsync("LOCK TABLES interruption_rows WRITE");
        await _connection.ExecuteAsync("SET @`unknown` = 1");
        using CancellationTokenSource soon = new();
        await using MySqlCommand command = new("SELECT a FROM interruption_rows WHERE a = @a", _connection);
        command.Parameters.AddWithValue("a", 1);
        Task running = command.ExecuteScalarAsync(soon.Token);
        while (await other.ExecuteScalarAsync<string>("SELECT STATE FROM performance_schema.processlist WHERE ID = @thread", new { thread = _connection.ServerThread }) != "Waiting for table metadata lock")
        {
        }

        await soon.CancelAsync();

        MySqlCanceledException cancelled = await Assert.ThrowsAsync<MySqlCanceledException>(() => running);
        Assert.Equal(MySqlFailurePhase.Answered, cancelled.Phase);
        await other.ExecuteAsync("UNLOCK TABLES");
        await UsableAsync();
    }

    /// <summary>ExecuteNonQuery and ExecuteScalar make several calls of one: a token cancelled between two of them must not look like one that came first.</summary>
    [Fact]
    public async Task Token_CancelledBetweenTwoCallsOfAStatement_StopsIt()
    {
        await using MySqlCommand command = new(
            "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200) SELECT SLEEP(0.2), REPEAT('x', 20000) FROM n", _connection);
        await using MySqlDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        CancellationToken cancelled = new(canceled: true);

        MySqlCanceledException stopped = await Assert.ThrowsAsync<MySqlCanceledException>(() => reader.NextResultAsync(async: true, cancelled).AsTask());

        Assert.Equal((MySqlFailurePhase.Answered, cancelled), (stopped.Phase, stopped.CancellationToken));
        await reader.DisposeAsync();
        await UsableAsync();
    }

    [Fact]
    public async Task Reader_OfALostConnection_SaysThatItsStatementWasSent()
    {
        await using MySqlConnection other = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using MySqlCommand command = new("WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200) SELECT SLEEP(0.2), REPEAT('x', 20000) FROM n", _connection);
        await using MySqlDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        await other.ExecuteAsync($"KILL {_connection.ServerThread}");
        await Assert.ThrowsAsync<MySqlException>(() => reader.NextResultAsync(TestContext.Current.CancellationToken));

        MySqlException lost = await Assert.ThrowsAsync<MySqlException>(() => reader.NextResultAsync(TestContext.Current.CancellationToken));

        Assert.Equal($"The connection to 127.0.0.1:{mysql.Server.Port} was lost earlier; close it and open another.", lost.Message);
        Assert.Equal(MySqlFailurePhase.SentUnanswered, lost.Phase);
    }

    private async Task CreateRowsAsync()
    {
        await _connection.ExecuteAsync("CREATE TABLE IF NOT EXISTS interruption_rows (a INT)");
        await _connection.ExecuteAsync("DELETE FROM interruption_rows");
        await _connection.ExecuteAsync(
            "INSERT INTO interruption_rows WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT i FROM n");
    }

    /// <summary>The same session answers the next statement, and the answer is that statement's.</summary>
    private async Task UsableAsync()
    {
        long thread = _connection.ServerThread;
        Assert.Equal(ConnectionState.Open, _connection.State);
        Assert.Equal(thread, await _connection.ExecuteScalarAsync<long>("SELECT CONNECTION_ID()"));
        Assert.Equal(7, await _connection.ExecuteScalarAsync<int>("SELECT @a + 0", new { a = 7 }));
    }

    [Fact]
    public async Task Connection_UsedFromTwoThreads_IsRefusedWithoutHarm()
    {
        Task<int> running = _connection.ExecuteScalarAsync<int>("SELECT SLEEP(0.3)");

        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => _connection.Execute("DO 1"));
        Assert.Equal("Another call is using this connection; a connection does one thing at a time.", refused.Message);
        Assert.Equal(0, await running);
        Assert.Equal(ConnectionState.Open, _connection.State);
    }

    private static async Task RunsAsync(MySqlConnection other, long thread)
    {
        while (await other.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM performance_schema.processlist WHERE ID = @thread AND COMMAND IN ('Query', 'Execute')", new { thread }) == 0)
        {
        }
    }

    private async Task BrokenAndNotPooledAsync(int others = 0)
    {
        Assert.Equal(ConnectionState.Broken, _connection.State);
        await _connection.CloseAsync();
        Assert.Equal((others, 0), _source.Pool.Count);
    }
}
