using System.Data;
using System.Data.Common;

namespace FooBar.MySql.Tests.Conformance;

/// <summary>A data source's connections, its commands that bring their own connection, and its end.</summary>
public sealed class DataSourceTests(MySqlServerFixture mysql) : ConformanceTest(mysql)
{
    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Connection_OfADataSource_IsOpenOrClosedAsAskedFor(bool async)
    {
        DbDataSource source = Source;
        await using (DbConnection closed = source.CreateConnection()) Assert.Equal(ConnectionState.Closed, closed.State);
        await using DbConnection open = async ? await source.OpenConnectionAsync(TestContext.Current.CancellationToken) : source.OpenConnection();

        Assert.Equal(ConnectionState.Open, open.State);
        Assert.Equal(source.ConnectionString, open.ConnectionString);
        Assert.DoesNotContain("Password", source.ConnectionString, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Command_OfADataSource_OpensAConnectionAndGivesItBack(bool async)
    {
        await using DbCommand scalar = Source.CreateCommand("SELECT @a");
        Add(scalar, "a", "x");
        Assert.Equal((1, 0), Source.Pool.Count);
        Assert.Equal("x", await scalar.ScalarAsync(async));
        Assert.Equal((1, 1), Source.Pool.Count);
        Assert.Equal("x", await scalar.ScalarAsync(async));

        await using DbCommand create = Source.CreateCommand($"CREATE TABLE {Table} (id INT)");
        Assert.Equal(0, await create.NonQueryAsync(async));
        await using DbCommand rows = Source.CreateCommand("SELECT 1 UNION ALL SELECT 2");
        await using (DbDataReader reader = await rows.ReaderAsync(async))
        {
            Assert.True(await reader.ReadAsync(async));
            Assert.Equal((2, 0), Source.Pool.Count);
        }

        Assert.Equal((1, 1), Source.Pool.Count);
        await using DbCommand wrong = Source.CreateCommand("SELECT FROM");
        foreach (Func<Task> call in (Func<Task>[])[() => wrong.ScalarAsync(async), () => wrong.NonQueryAsync(async), () => wrong.ReaderAsync(async)])
        {
            Assert.Equal(1064, (await Assert.ThrowsAsync<MySqlException>(call)).Number);
            Assert.Equal((1, 1), Source.Pool.Count);
        }
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Command_OfADataSource_HasOneTimeOutOverOpeningAndExecuting(bool async)
    {
        await using MySqlDataSource source = Server.CreateDataSource("Maximum Pool Size=1;");
        await using MySqlConnection only = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using MySqlCommand command = source.CreateCommand("SELECT 1");
        command.CommandTimeout = 1;

        MySqlException late = await Assert.ThrowsAsync<MySqlException>(() => command.ScalarAsync(async));

        Assert.Equal(
            ($"{source.Pool.Options.Endpoint} did not answer in time: the command timeout of 1.0 s has run out while a connection was being opened.",
                MySqlFailurePhase.NotSent, MySqlFailureReason.TimedOut, true),
            (late.Message, late.Phase, late.Reason, late.IsTransient));
        using CancellationTokenSource cancelled = new(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        MySqlCanceledException told = await Assert.ThrowsAsync<MySqlCanceledException>(() => command.ExecuteScalarAsync(cancelled.Token));
        Assert.Equal((MySqlFailurePhase.NotSent, cancelled.Token), (told.Phase, told.CancellationToken));
        await only.CloseAsync();
        Assert.Equal(1L, await command.ScalarAsync(async));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancel_OfWhatWaitsForItsConnection_EndsTheWait(bool isBatch)
    {
        await using MySqlDataSource source = Server.CreateDataSource("Maximum Pool Size=1;");
        await using MySqlConnection only = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using MySqlCommand command = source.CreateCommand("SELECT 1");
        await using MySqlBatch batch = source.CreateBatch();
        batch.BatchCommands.Add("SELECT 1");
        Task<object?> waiting = isBatch ? batch.ExecuteScalarAsync(TestContext.Current.CancellationToken) : command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, source.Pool.WaiterCount);
        if (isBatch) batch.Cancel();
        else command.Cancel();

        Assert.Equal(MySqlFailurePhase.NotSent, (await Assert.ThrowsAsync<MySqlCanceledException>(() => waiting)).Phase);
        await only.CloseAsync();
        Assert.Equal(1L, isBatch ? await batch.ExecuteScalarAsync(TestContext.Current.CancellationToken) : await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Command_OfADataSource_TakesNoConnection()
    {
        MySqlCommand command = Source.CreateCommand("SELECT 1");

        Assert.Equal(
            "A command of a data source opens its own connection; its Connection cannot be set. Use CreateCommand of a connection.",
            Assert.Throws<NotSupportedException>(() => command.Connection = new MySqlConnection()).Message);
        Assert.Throws<NotSupportedException>(() => command.Transaction = null);
        Assert.Null(command.Connection);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Batch_OfADataSource_OpensAConnectionAndGivesItBack(bool async)
    {
        DbDataSource source = Source;
        await using DbBatch batch = source.CreateBatch();
        foreach (string sql in (string[])["SELECT 4", "SELECT 5"])
        {
            DbBatchCommand command = batch.CreateBatchCommand();
            command.CommandText = sql;
            batch.BatchCommands.Add(command);
        }

        Assert.Equal(4L, async ? await batch.ExecuteScalarAsync(TestContext.Current.CancellationToken) : batch.ExecuteScalar());
        Assert.Equal((1, 1), Source.Pool.Count);
        await using (DbDataReader reader = async ? await batch.ExecuteReaderAsync(TestContext.Current.CancellationToken) : batch.ExecuteReader())
        {
            Assert.True(await reader.NextResultAsync(async));
            Assert.Equal((2, 0), Source.Pool.Count);
        }

        Assert.Equal((1, 1), Source.Pool.Count);
        batch.BatchCommands[1].CommandText = "SELECT FROM";
        await Assert.ThrowsAsync<MySqlException>(async () => _ = async ? await batch.ExecuteNonQueryAsync(TestContext.Current.CancellationToken) : batch.ExecuteNonQuery());
        Assert.Equal((1, 1), Source.Pool.Count);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Batch_OfADataSource_HasOneTimeOutOverOpeningAndExecuting(bool async)
    {
        await using MySqlDataSource source = Server.CreateDataSource("Maximum Pool Size=1;");
        await using MySqlConnection only = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using MySqlBatch batch = source.CreateBatch();
        batch.BatchCommands.Add("SELECT 1");
        batch.Timeout = 1;

        MySqlException late = await Assert.ThrowsAsync<MySqlException>(async () => _ = async ? await batch.ExecuteScalarAsync(TestContext.Current.CancellationToken) : batch.ExecuteScalar());

        Assert.Equal(
            ($"{source.Pool.Options.Endpoint} did not answer in time: the command timeout of 1.0 s has run out while a connection was being opened.", MySqlFailurePhase.NotSent),
            (late.Message, late.Phase));
        Assert.Equal(
            "A batch of a data source opens its own connection; its Connection cannot be set. Use CreateBatch of a connection.",
            Assert.Throws<NotSupportedException>(() => batch.Connection = only).Message);
        Assert.Throws<NotSupportedException>(() => batch.Transaction = null);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task DataSource_Disposed_OpensNothingMore(bool async)
    {
        MySqlDataSource source = Server.CreateDataSource();
        MySqlConnection lent = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        DbConnection early = source.CreateConnection();
        await source.DisposeAsync(async);
        await source.DisposeAsync(async);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => early.OpenAsync(async));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            if (async) await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
            else source.OpenConnection();
        });

        // What was lent before goes on, and is closed when it comes back.
        await using DbCommand command = Command("SELECT 1", lent);
        Assert.Equal(1L, await command.ScalarAsync(async));
        await lent.DisposeAsync();
        Assert.Equal((0, 0), source.Pool.Count);
    }
}
