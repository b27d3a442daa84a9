using System.Data;
using Dapper;

namespace FooBar.MySql.Tests;

public sealed class TransactionTests(MySqlServerFixture mysql) : IAsyncLifetime
{
    private readonly MySqlDataSource _source = mysql.CreateDataSource();
    private readonly string _table = "t" + Guid.NewGuid().ToString("N");
    private MySqlConnection _connection = null!;
    private MySqlConnection _other = null!;

    public async ValueTask InitializeAsync()
    {
        _connection = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        _other = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await _other.ExecuteAsync($"CREATE TABLE {_table} (id INT PRIMARY KEY)");
    }

    public async ValueTask DisposeAsync()
    {
        await _other.ExecuteAsync($"DROP TABLE {_table}");
        await _connection.DisposeAsync();
        await _other.DisposeAsync();
        await _source.DisposeAsync();
    }

    [Fact]
    public async Task Commit_Async_IsSeenByOthersAndReportsItsGtid()
    {
        await using MySqlTransaction transaction = await _connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await InsertAsync(1, transaction);
        Assert.Equal(0, await CountAsync());
        Assert.Null(_connection.LastCommitGtids);

        await transaction.CommitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, await CountAsync());
        string gtid = Assert.IsType<string>(_connection.LastCommitGtids);
        Assert.Matches("^[0-9a-f-]{36}:[0-9]+$", gtid);
        Assert.Equal(1, await _other.ExecuteScalarAsync<int>("SELECT GTID_SUBSET(@gtid, @@global.gtid_executed)", new { gtid }));
    }

    [Fact]
    public async Task LastCommitGtids_AfterACommit_IsWhatTheServerGained()
    {
        await using TaggedSession alone = new(mysql);
        using MySqlTransaction transaction = alone.Connection.BeginTransaction();
        string before = alone.Executed();
        alone.Connection.Execute("INSERT INTO alone VALUES (@id)", new { id = 1 }, transaction);
        transaction.Commit();

        Assert.Equal(alone.Gained(before), alone.Connection.LastCommitGtids);

        before = alone.Executed();
        alone.Connection.Execute("INSERT INTO alone VALUES (@id)", new { id = 2 });
        Assert.Equal(alone.Gained(before), alone.Connection.LastCommitGtids);
    }

    [Fact]
    public async Task LastCommitGtids_OfANewLease_IsNullAlsoAfterReads()
    {
        await InsertAsync(1, null);
        Assert.NotNull(_connection.LastCommitGtids);

        await _connection.CloseAsync();
        Assert.Null(_connection.LastCommitGtids);
        await _connection.OpenAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, await CountAsync());
        using (MySqlTransaction transaction = _connection.BeginTransaction())
        {
            _connection.ExecuteScalar<int>($"SELECT COUNT(*) FROM {_table}", transaction: transaction);
            transaction.Commit();
        }

        await _connection.ExecuteAsync($"UPDATE {_table} SET id = id WHERE id = @id", new { id = 99 });
        Assert.Null(_connection.LastCommitGtids);
    }

    [Fact]
    public async Task Rollback_Sync_LeavesNothing()
    {
        using (MySqlTransaction transaction = _connection.BeginTransaction())
        {
            await InsertAsync(1, transaction);
            transaction.Rollback();
            Assert.Null(transaction.Connection);
            Assert.Equal("The transaction has ended already.", Assert.Throws<InvalidOperationException>(transaction.Commit).Message);
        }

        Assert.Equal(0, await CountAsync());
        Assert.Null(_connection.LastCommitGtids);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dispose_WithoutCommit_RollsBack(bool async)
    {
        MySqlTransaction transaction = _connection.BeginTransaction();
        await InsertAsync(1, transaction);
        if (async) await transaction.DisposeAsync();
        else transaction.Dispose();

        Assert.Equal(0, await CountAsync());
        await InsertAsync(1, null);
    }

    [Fact]
    public async Task Close_WithinATransaction_RollsBackBeforeTheNextLease()
    {
        MySqlTransaction transaction = _connection.BeginTransaction();
        await InsertAsync(1, transaction);
        await _connection.CloseAsync();

        // No lock is left: the row can be inserted by another session at once.
        await _other.ExecuteAsync("SET innodb_lock_wait_timeout = 1");
        Assert.Equal(1, await _other.ExecuteAsync($"INSERT INTO {_table} VALUES (1)"));
        transaction.Dispose();
    }

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted, "READ COMMITTED")]
    [InlineData(IsolationLevel.Serializable, "SERIALIZABLE")]
    [InlineData(IsolationLevel.ReadUncommitted, "READ UNCOMMITTED")]
    [InlineData(IsolationLevel.Snapshot, "REPEATABLE READ")]
    [InlineData(IsolationLevel.Unspecified, "REPEATABLE READ")]
    public async Task BeginTransaction_AtALevel_RunsAtIt(IsolationLevel level, string name)
    {
        await using MySqlTransaction transaction = await _connection.BeginTransactionAsync(level, TestContext.Current.CancellationToken);
        await InsertAsync(1, transaction);

        Assert.Equal(name, await _connection.ExecuteScalarAsync<string>(
            "SELECT ISOLATION_LEVEL FROM performance_schema.events_transactions_current WHERE THREAD_ID = PS_CURRENT_THREAD_ID()"));
    }

    /// <summary>Nobody was told of the failure, because nobody waited for it.</summary>
    [Fact]
    public async Task Reader_OfACallClosedBeforeItsFailure_KeepsTheTransactionFromBeingCommitted()
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("CREATE TABLE failing_call (id INT PRIMARY KEY)");
        await connection.ExecuteAsync("CREATE PROCEDURE fails_late() BEGIN SELECT 7; INSERT INTO failing_call VALUES (1); INSERT INTO failing_call VALUES (1); END");
        await using MySqlTransaction transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using MySqlCommand call = new("CALL fails_late()", connection);
        await using (MySqlDataReader reader = await call.ExecuteReaderAsync(TestContext.Current.CancellationToken)) Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.CommitAsync(TestContext.Current.CancellationToken));

        Assert.Equal(1062, Assert.IsType<MySqlException>(refused.InnerException).Number);
    }

    [Fact]
    public async Task BeginTransaction_Twice_IsRefused()
    {
        await using MySqlTransaction transaction = _connection.BeginTransaction();

        Assert.Equal(
            "A transaction is open on this connection; MySQL has no nested ones.",
            Assert.Throws<InvalidOperationException>(_connection.BeginTransaction).Message);
        await using MySqlCommand elsewhere = new("DO 1", _other) { Transaction = transaction };
        Assert.Equal(
            "The command's transaction has ended, or is another connection's.",
            Assert.Throws<InvalidOperationException>(() => elsewhere.ExecuteNonQuery()).Message);
    }

    private Task<int> InsertAsync(int id, MySqlTransaction? transaction) =>
        _connection.ExecuteAsync($"INSERT INTO {_table} VALUES (@id)", new { id }, transaction);

    private Task<int> CountAsync() => _other.ExecuteScalarAsync<int>($"SELECT COUNT(*) FROM {_table}");

    /// <summary>
    /// A session whose GTIDs carry a tag of their own, so that what the server gained by it can be told from what the tests beside it write.
    /// </summary>
    private sealed class TaggedSession : IAsyncDisposable
    {
        private const string Tag = "gained";

        private readonly MySqlDataSource _source;

        public TaggedSession(MySqlServerFixture mysql)
        {
            _source = mysql.CreateDataSource();
            Connection = _source.OpenConnection();
            Connection.Execute("CREATE TABLE IF NOT EXISTS alone (id INT PRIMARY KEY)");
            Connection.Execute($"SET gtid_next = 'AUTOMATIC:{Tag}'");
        }

        public MySqlConnection Connection { get; }

        /// <summary>The GTIDs of our tag that were executed.</summary>
        public string Executed()
        {
            string all = Connection.ExecuteScalar<string>("SELECT @@global.gtid_executed")!;
            int ours = all.IndexOf(Tag, StringComparison.Ordinal);
            return ours < 0 ? string.Empty : string.Concat(all.AsSpan(0, 36), ":", all.AsSpan(ours));
        }

        public string Gained(string before) => Connection.ExecuteScalar<string>("SELECT GTID_SUBTRACT(@after, @before)", new { after = Executed(), before })!;

        public async ValueTask DisposeAsync()
        {
            await Connection.DisposeAsync();
            await _source.DisposeAsync();
        }
    }
}
