using System.Data;
using System.Data.Common;

namespace FooBar.MySql.Tests.Conformance;

/// <summary>The life of a transaction, its savepoints, and what the server is told of its level.</summary>
public sealed class TransactionTests(MySqlServerFixture mysql) : ConformanceTest(mysql)
{
    private const string Ended = "The transaction has ended already.";
    private const string Level = "SELECT CONCAT(ISOLATION_LEVEL, ', ', ACCESS_MODE) FROM performance_schema.events_transactions_current WHERE THREAD_ID = PS_CURRENT_THREAD_ID()";

    private MySqlConnection Own => (MySqlConnection)Connection;

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Transaction_Ended_RefusesEverythingButDispose(bool commits, bool async)
    {
        DbTransaction transaction = await Connection.BeginAsync(async);
        Assert.Same(Connection, transaction.Connection);
        if (commits) await transaction.CommitAsync(async);
        else await transaction.RollbackAsync(async);

        Assert.Null(transaction.Connection);
        await RefusesAllAsync(transaction, async);
        await transaction.DisposeAsync(async);
        await transaction.DisposeAsync(async);
        await using DbTransaction next = await Connection.BeginAsync(async);
        Assert.Same(Connection, next.Connection);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Transaction_Disposed_IsRolledBackAndRefusesEverything(bool async)
    {
        await RunAsync($"CREATE TABLE {Table} (id INT)");
        DbTransaction transaction = await Connection.BeginAsync(async);
        await RunAsync($"INSERT INTO {Table} VALUES (1)");
        await transaction.DisposeAsync(async);

        await RefusesAllAsync(transaction, async);
        Assert.Equal(0L, await AskAsync($"SELECT COUNT(*) FROM {Table}"));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Begin_WithinATransactionOrAReader_IsRefused(bool async)
    {
        await using (DbTransaction transaction = await Connection.BeginAsync(async))
        {
            await RefusedAsync<InvalidOperationException>(
                "A transaction is open on this connection; MySQL has no nested ones.", () => Connection.BeginAsync(async));
        }

        await using DbCommand command = Command("SELECT 1");
        await using DbDataReader reader = await command.ReaderAsync(async);
        await RefusedAsync<InvalidOperationException>("A reader is open on this connection; close it first.", () => Connection.BeginAsync(async));
        await RefusedAsync<NotSupportedException>("MySQL has no isolation level Chaos.", () => Connection.BeginAsync(async, IsolationLevel.Chaos));
    }

    [Theory]
    [InlineData(IsolationLevel.Unspecified, false, true, "REPEATABLE READ, READ WRITE")]
    [InlineData(IsolationLevel.Unspecified, true, true, "REPEATABLE READ, READ ONLY")]
    [InlineData(IsolationLevel.ReadUncommitted, false, false, "READ UNCOMMITTED, READ WRITE")]
    [InlineData(IsolationLevel.ReadCommitted, true, false, "READ COMMITTED, READ ONLY")]
    [InlineData(IsolationLevel.RepeatableRead, false, true, "REPEATABLE READ, READ WRITE")]
    [InlineData(IsolationLevel.Serializable, true, true, "SERIALIZABLE, READ ONLY")]
    [InlineData(IsolationLevel.Snapshot, false, false, "REPEATABLE READ, READ WRITE")]
    [InlineData(IsolationLevel.Snapshot, true, false, "REPEATABLE READ, READ ONLY")]
    [InlineData(IsolationLevel.Snapshot, true, true, "REPEATABLE READ, READ ONLY")]
    public async Task Begin_AtALevel_IsWhatTheServerRuns(IsolationLevel level, bool isReadOnly, bool async, string expected)
    {
        await RunAsync($"CREATE TABLE {Table} (id INT)");
        await using MySqlTransaction transaction = async
            ? await Own.BeginTransactionAsync(level, isReadOnly, TestContext.Current.CancellationToken)
            : Own.BeginTransaction(level, isReadOnly);

        // The server writes a transaction down when it first touches a table.
        await AskAsync($"SELECT COUNT(*) FROM {Table}");
        Assert.Equal(expected, await AskAsync(Level));
        Assert.Equal((level, isReadOnly, true), (transaction.IsolationLevel, transaction.IsReadOnly, transaction.SupportsSavepoints));
        if (isReadOnly)
        {
            MySqlException refused = await Assert.ThrowsAsync<MySqlException>(() => RunAsync($"INSERT INTO {Table} VALUES (1)"));
            Assert.Equal((1792, "Cannot execute statement in a READ ONLY transaction."), (refused.Number, refused.Message));
        }

        // The next one is as the server has it again.
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        await using DbTransaction next = await Connection.BeginAsync(async);
        await AskAsync($"SELECT COUNT(*) FROM {Table}");
        Assert.Equal("REPEATABLE READ, READ WRITE", await AskAsync(Level));
    }

    [Fact]
    public async Task Snapshot_IsTakenWhenTheTransactionBegins()
    {
        await RunAsync($"CREATE TABLE {Table} (id INT)");
        await using DbTransaction transaction = await Own.BeginTransactionAsync(IsolationLevel.Snapshot, isReadOnly: true, TestContext.Current.CancellationToken);
        await using (DbConnection other = await Source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (DbCommand insert = Command($"INSERT INTO {Table} VALUES (1)", other))
        {
            await insert.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(0L, await AskAsync($"SELECT COUNT(*) FROM {Table}"));
        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1L, await AskAsync($"SELECT COUNT(*) FROM {Table}"));
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("a", false)]
    [InlineData("`; DROP TABLE x; -- ", true)]
    [InlineData("SELECT", false)]
    [InlineData("ünï 'q' \"d\"", true)]
    [InlineData("@p ? @@q", false)]
    public async Task Savepoint_OfAnyName_IsSetRolledBackToAndReleased(string name, bool async)
    {
        await RunAsync($"CREATE TABLE {Table} (id INT PRIMARY KEY)");
        await using DbTransaction transaction = await Connection.BeginAsync(async);
        await RunAsync($"INSERT INTO {Table} VALUES (1)");
        await transaction.SaveAsync(name, async);
        await RunAsync($"INSERT INTO {Table} VALUES (2)");
        await transaction.RollbackAsync(name, async);
        Assert.Equal(1L, await AskAsync($"SELECT COUNT(*) FROM {Table}"));
        await RunAsync($"INSERT INTO {Table} VALUES (3)");
        await transaction.ReleaseAsync(name, async);

        MySqlException gone = await Assert.ThrowsAsync<MySqlException>(() => transaction.RollbackAsync(name, async));
        Assert.Equal((1305, $"SAVEPOINT {name} does not exist"), (gone.Number, gone.Message));
        gone = await Assert.ThrowsAsync<MySqlException>(() => transaction.ReleaseAsync(name, async));
        Assert.Equal(1305, gone.Number);
        await transaction.CommitAsync(async);
        Assert.Equal(4m, await AskAsync($"SELECT SUM(id) FROM {Table}"));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Savepoint_WithoutAName_IsRefused(bool async)
    {
        await using DbTransaction transaction = await Connection.BeginAsync(async);

        foreach (Func<string, Task> call in (Func<string, Task>[])[name => transaction.SaveAsync(name, async), name => transaction.RollbackAsync(name, async), name => transaction.ReleaseAsync(name, async)])
        {
            Assert.Equal("savepointName", (await Assert.ThrowsAsync<ArgumentNullException>(() => call(null!))).ParamName);
            await RefusedAsync<ArgumentException>("The value cannot be an empty string. (Parameter 'savepointName')", () => call(string.Empty));
        }
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Transaction_RolledBackByTheServer_TakesNoStatementAndNoCommit(bool async)
    {
        await RunAsync($"CREATE TABLE {Table} (id INT PRIMARY KEY, v INT)");
        await RunAsync($"INSERT INTO {Table} VALUES (1, 0), (2, 0), (3, 0), (4, 0)");
        await using DbConnection other = await Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        DbTransaction transaction = await Connection.BeginAsync(async);
        await using DbTransaction blocking = await other.BeginAsync(async);

        // The server rolls back the one that has written less.
        await RunAsync($"UPDATE {Table} SET v = 1 WHERE id = 1");
        await using DbCommand more = Command($"UPDATE {Table} SET v = 2 WHERE id > 1", other);
        await more.NonQueryAsync(async);
        await using DbCommand waits = Command($"UPDATE {Table} SET v = 2 WHERE id = 1", other);
        Task<int> waiting = Task.Run(() => waits.NonQueryAsync(async));
        await WaitsForLockAsync((MySqlConnection)other);
        MySqlException deadlock = await Assert.ThrowsAsync<MySqlException>(() => RunAsync($"UPDATE {Table} SET v = 1 WHERE id = 2"));
        Assert.Equal(1213, deadlock.Number);
        await waiting;
        await blocking.CommitAsync(async);

        const string Message = "The server has rolled the transaction back (error 1213); roll it back here too, or dispose it, and begin another.";
        await RefusedAsync<InvalidOperationException>(Message, () => transaction.CommitAsync(async));
        await RefusedAsync<InvalidOperationException>(Message, () => transaction.SaveAsync("a", async));
        await RefusedAsync<InvalidOperationException>(Message, () => RunAsync($"UPDATE {Table} SET v = 1 WHERE id = 3"));
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.CommitAsync(async));
        Assert.Same(deadlock, refused.InnerException);

        await transaction.RollbackAsync(async);
        await using DbTransaction again = await Connection.BeginAsync(async);
        await RunAsync($"UPDATE {Table} SET v = 1 WHERE id = 3");
        await again.CommitAsync(async);
        Assert.Equal(7m, await AskAsync($"SELECT SUM(v) FROM {Table}"));
    }

    private static async Task RefusesAllAsync(DbTransaction transaction, bool async)
    {
        await RefusedAsync<InvalidOperationException>(Ended, () => transaction.CommitAsync(async));
        await RefusedAsync<InvalidOperationException>(Ended, () => transaction.RollbackAsync(async));
        await RefusedAsync<InvalidOperationException>(Ended, () => transaction.SaveAsync("a", async));
        await RefusedAsync<InvalidOperationException>(Ended, () => transaction.RollbackAsync("a", async));
        await RefusedAsync<InvalidOperationException>(Ended, () => transaction.ReleaseAsync("a", async));
    }

    private async Task WaitsForLockAsync(MySqlConnection waiter)
    {
        await using MySqlConnection watching = await Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using DbCommand command = Command(
            "SELECT COUNT(*) FROM performance_schema.data_lock_waits w JOIN performance_schema.threads t ON t.THREAD_ID = w.REQUESTING_THREAD_ID "
            + $"WHERE t.PROCESSLIST_ID = {waiter.ServerThread}",
            watching);
        while ((long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))! == 0)
        {
        }
    }
}
