using System.Data;
using System.Data.Common;
using System.Transactions;

namespace FooBar.MySql.Tests.Conformance;

/// <summary>A connection's states, what may be done in each, and what it tells of itself.</summary>
public sealed class ConnectionTests(MySqlServerFixture mysql) : ConformanceTest(mysql)
{
    private const string NotOpen = "The connection is not open.";
    private const string NotEnlisted =
        "Transactions of System.Transactions are not supported; use BeginTransaction, and within a TransactionScope open the connection "
        + "in one with TransactionScopeOption.Suppress.";

    [Fact]
    public void Connection_New_IsClosedAndEmpty()
    {
        using DbConnection connection = MySqlClientFactory.Instance.CreateConnection();

        Assert.Equal((string.Empty, string.Empty, string.Empty, ConnectionState.Closed), (connection.ConnectionString, connection.Database, connection.DataSource, connection.State));
        connection.ConnectionString = null;
        Assert.Equal(string.Empty, connection.ConnectionString);
        connection.ConnectionString = "Server=s;User ID=u;Database=d;Ssl Mode=None;Connection Timeout=7";
        Assert.Equal(("Server=s;User ID=u;Database=d;Ssl Mode=None;Connection Timeout=7", "d", 7), (connection.ConnectionString, connection.Database, connection.ConnectionTimeout));
        Assert.Throws<ArgumentException>(() => connection.ConnectionString = "nonsense");
        connection.ConnectionString = string.Empty;
        Assert.Equal(string.Empty, connection.ConnectionString);
        Assert.Same(MySqlClientFactory.Instance, DbProviderFactories.GetFactory(connection));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Connection_NotPooled_OpensAndClosesAndTellsOfIt(bool async)
    {
        await using DbConnection connection = MySqlClientFactory.Instance.CreateConnection();
        await RefusedAsync<InvalidOperationException>("The connection has no connection string.", () => connection.OpenAsync(async));
        connection.ConnectionString = Server.Server.ConnectionString;
        List<(ConnectionState, ConnectionState)> changes = [];
        connection.StateChange += (sender, change) =>
        {
            Assert.Same(connection, sender);
            changes.Add((change.OriginalState, change.CurrentState));
        };
        await connection.CloseAsync(async);
        await connection.OpenAsync(async);

        Assert.Equal((ConnectionState.Open, "test"), (connection.State, connection.Database));
        Assert.Matches(@"^\d+\.\d+\.\d+", connection.ServerVersion);
        await RefusedAsync<InvalidOperationException>("The connection is open already.", () => connection.OpenAsync(async));
        Refused<InvalidOperationException>(
            "The connection string of an open connection, or of a data source's, cannot be changed.", () => connection.ConnectionString = "Server=s");
        await connection.CloseAsync(async);
        await connection.CloseAsync(async);
        await connection.OpenAsync(async);
        await connection.DisposeAsync(async);

        (ConnectionState, ConnectionState) opened = (ConnectionState.Closed, ConnectionState.Open);
        (ConnectionState, ConnectionState) closed = (ConnectionState.Open, ConnectionState.Closed);
        Assert.Equal([opened, closed, opened, closed], changes);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Connection_Closed_RefusesWhatNeedsTheServer(bool async)
    {
        await Connection.CloseAsync(async);

        Refused<InvalidOperationException>(NotOpen, () => Connection.ServerVersion);
        await RefusedAsync<InvalidOperationException>(NotOpen, () => Connection.BeginAsync(async));
        await RefusedAsync<InvalidOperationException>(NotOpen, () => Connection.BeginAsync(async, System.Data.IsolationLevel.Serializable));
        await RefusedAsync<InvalidOperationException>(NotOpen, () => Connection.ChangeDatabaseAsync("mysql", async));
        await RefusedAsync<InvalidOperationException>(NotOpen, () => Connection.SchemaAsync(async, "Tables"));
        await RefusedAsync<InvalidOperationException>(NotOpen, () => Connection.SchemaAsync(async, "MetaDataCollections"));
        Assert.Equal((ConnectionState.Closed, "test"), (Connection.State, Connection.Database));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Connection_Disposed_CannotBeOpenedAgain(bool async)
    {
        int disposals = 0;
        Connection.Disposed += (_, _) => disposals++;
        await Connection.DisposeAsync(async);
        await Connection.DisposeAsync(async);

        Assert.Equal(ConnectionState.Closed, Connection.State);
        Assert.True(disposals > 0);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Connection.OpenAsync(async));
        await Connection.CloseAsync(async);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task ChangeDatabase_IsFollowedAndEndsWithTheConnection(bool async)
    {
        await RunAsync("CREATE DATABASE IF NOT EXISTS `odd ``schema`");
        await Connection.ChangeDatabaseAsync("odd `schema", async);
        Assert.Equal(("odd `schema", "odd `schema"), (Connection.Database, await AskAsync("SELECT DATABASE()")));

        MySqlException missing = await Assert.ThrowsAsync<MySqlException>(() => Connection.ChangeDatabaseAsync("no_such_schema", async));
        Assert.Equal((1049, "odd `schema"), (missing.Number, Connection.Database));
        await Assert.ThrowsAsync<ArgumentNullException>(() => Connection.ChangeDatabaseAsync(null!, async));
        await Assert.ThrowsAsync<ArgumentException>(() => Connection.ChangeDatabaseAsync(string.Empty, async));
        await Connection.CloseAsync(async);
        await Connection.OpenAsync(async);
        Assert.Equal(("test", "test"), (Connection.Database, await AskAsync("SELECT DATABASE()")));
    }

    [Fact]
    public async Task CreateCommand_DoesNotEnterTheTransactionByItself()
    {
        await using DbTransaction transaction = await Connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using DbCommand command = Connection.CreateCommand();

        Assert.Same(Connection, command.Connection);
        Assert.Null(command.Transaction);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task SystemTransactions_AreRefusedAndNeverIgnored(bool async)
    {
        Connection.EnlistTransaction(null);
        await Connection.CloseAsync(async);
        using (TransactionScope scope = new(TransactionScopeAsyncFlowOption.Enabled))
        {
            Refused<NotSupportedException>(NotEnlisted, () =>
            {
                Connection.EnlistTransaction(Transaction.Current);
                return null;
            });
            await RefusedAsync<NotSupportedException>(NotEnlisted, () => Connection.OpenAsync(async));
            using TransactionScope suppressed = new(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
            await Connection.OpenAsync(async);
            suppressed.Complete();
        }

        Assert.Equal(1L, await AskAsync("SELECT 1"));
    }

    [Fact]
    public async Task Open_WhileItIsBeingOpened_IsRefused()
    {
        // It does not greet.
        await using FakeServer server = new(client => client.ReceiveAsync());
        await using MySqlConnection connection = new(server.ConnectionString);
        using CancellationTokenSource stop = new();
        Task opening = connection.OpenAsync(stop.Token);

        Assert.Equal(ConnectionState.Connecting, connection.State);
        await RefusedAsync<InvalidOperationException>("The connection is being opened already.", () => connection.OpenAsync(async: true));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        Assert.Equal(ConnectionState.Closed, connection.State);
    }
}
