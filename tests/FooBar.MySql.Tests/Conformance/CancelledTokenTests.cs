using System.Data;
using System.Data.Common;

namespace FooBar.MySql.Tests.Conformance;

/// <summary>A call whose token is cancelled already does nothing, says so as a cancelled task, and leaves everything as it was.</summary>
public sealed class CancelledTokenTests(MySqlServerFixture mysql) : ConformanceTest(mysql)
{
    private static readonly CancellationToken Cancelled = new(canceled: true);

    [Fact]
    public async Task Commands_AreNotRun()
    {
        await RunAsync($"CREATE TABLE {Table} (id INT)");
        await using DbCommand command = Command($"INSERT INTO {Table} VALUES (1)");

        await IsCancelledAsync(() => command.ExecuteNonQueryAsync(Cancelled));
        await IsCancelledAsync(() => command.ExecuteScalarAsync(Cancelled));
        await IsCancelledAsync(() => command.ExecuteReaderAsync(Cancelled));
        await IsCancelledAsync(() => command.ExecuteReaderAsync(CommandBehavior.SchemaOnly, Cancelled));
        await IsCancelledAsync(() => command.PrepareAsync(Cancelled));
        Assert.Equal(ConnectionState.Open, Connection.State);
        Assert.Equal(0L, await AskAsync($"SELECT COUNT(*) FROM {Table}"));
    }

    [Fact]
    public async Task Readers_StayWhereTheyAre()
    {
        await using DbCommand command = Command("SELECT 1 UNION ALL SELECT 2");
        await using DbDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));

        await IsCancelledAsync(() => reader.ReadAsync(Cancelled));
        await IsCancelledAsync(() => reader.NextResultAsync(Cancelled));
        await IsCancelledAsync(() => reader.GetFieldValueAsync<int>(0, Cancelled));
        await IsCancelledAsync(() => reader.IsDBNullAsync(0, Cancelled));
        await IsCancelledAsync(() => reader.GetSchemaTableAsync(Cancelled));
        await IsCancelledAsync(() => reader.GetColumnSchemaAsync(Cancelled));
        Assert.Equal(1, reader.GetInt32(0));
        Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal(2, reader.GetInt32(0));
        Assert.False(await reader.ReadAsync(TestContext.Current.CancellationToken));
        await IsCancelledAsync(() => reader.NextResultAsync(Cancelled));
        Assert.Equal(1, reader.FieldCount);
    }

    [Fact]
    public async Task Connections_AreNotOpenedAndNotChanged()
    {
        await using DbConnection other = Source.CreateConnection();

        await IsCancelledAsync(() => other.OpenAsync(Cancelled));
        Assert.Equal((ConnectionState.Closed, 1, 0), (other.State, Source.Pool.Count.Busy, Source.Pool.Count.Idle));
        await IsCancelledAsync(() => Source.OpenConnectionAsync(Cancelled).AsTask());
        await IsCancelledAsync(() => Connection.ChangeDatabaseAsync("mysql", Cancelled));
        await IsCancelledAsync(() => Connection.GetSchemaAsync(Cancelled));
        await IsCancelledAsync(() => Connection.GetSchemaAsync("Tables", Cancelled));
        Assert.Equal("test", Connection.Database);
    }

    [Fact]
    public async Task Transactions_StayOpen()
    {
        await IsCancelledAsync(() => Connection.BeginTransactionAsync(Cancelled).AsTask());
        await IsCancelledAsync(() => Connection.BeginTransactionAsync(IsolationLevel.Serializable, Cancelled).AsTask());
        await RunAsync($"CREATE TABLE {Table} (id INT)");
        await using DbTransaction transaction = await Connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await RunAsync($"INSERT INTO {Table} VALUES (1)");

        await IsCancelledAsync(() => transaction.CommitAsync(Cancelled));
        await IsCancelledAsync(() => transaction.RollbackAsync(Cancelled));
        await IsCancelledAsync(() => transaction.SaveAsync("a", Cancelled));
        await IsCancelledAsync(() => transaction.RollbackAsync("a", Cancelled));
        await IsCancelledAsync(() => transaction.ReleaseAsync("a", Cancelled));
        Assert.Same(Connection, transaction.Connection);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1L, await AskAsync($"SELECT COUNT(*) FROM {Table}"));
    }

    private static async Task IsCancelledAsync(Func<Task> call)
    {
        Task task = call();
        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        Assert.True(task.IsCanceled);
        Assert.Equal(Cancelled, cancelled.CancellationToken);
    }
}
