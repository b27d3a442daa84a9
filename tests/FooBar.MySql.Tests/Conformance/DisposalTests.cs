using System.Data;
using System.Data.Common;

namespace FooBar.MySql.Tests.Conformance;

/// <summary>
/// Disposing in any order, twice, and from several threads: nothing is thrown, nothing is left locked, and no session gets two owners.
/// </summary>
public sealed class DisposalTests(MySqlServerFixture mysql) : ConformanceTest(mysql)
{
    /// <summary>Every order in which the four can be disposed of.</summary>
    public static TheoryData<string, bool> Orders
    {
        get
        {
            TheoryData<string, bool> orders = [];
            foreach (string order in Permutations("crtx"))
            {
                orders.Add(order, true);
                orders.Add(order, false);
            }

            return orders;
        }
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task Dispose_InAnyOrderAndTwice_RollsBackAndFreesTheSession(string order, bool async)
    {
        await RunAsync($"CREATE TABLE {Table} (id INT PRIMARY KEY)");
        DbTransaction transaction = await Connection.BeginAsync(async);
        await RunAsync($"INSERT INTO {Table} VALUES (1), (2)");
        DbCommand command = Command($"SELECT * FROM {Table}");
        DbDataReader reader = await command.ReaderAsync(async);
        Assert.True(await reader.ReadAsync(async));

        foreach (char one in order + order)
        {
            switch (one)
            {
                case 'c':
                    await Connection.DisposeAsync(async);
                    break;
                case 'r':
                    await reader.DisposeAsync(async);
                    break;
                case 't':
                    await transaction.DisposeAsync(async);
                    break;
                default:
                    await command.DisposeAsync(async);
                    break;
            }
        }

        Assert.Equal((ConnectionState.Closed, true, (DbConnection?)null), (Connection.State, reader.IsClosed, transaction.Connection));
        Assert.Equal((0, 1), Source.Pool.Count);
        await using DbConnection next = await Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using DbCommand insert = Command($"INSERT INTO {Table} VALUES (1)", next);
        Assert.Equal(1, await insert.NonQueryAsync(async));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Close_WithAReaderThatClosesItsConnection_GivesTheSessionBackOnce(bool async)
    {
        await using DbCommand command = Command("SELECT 1 UNION ALL SELECT 2");
        DbDataReader reader = await command.ReaderAsync(async, CommandBehavior.CloseConnection);
        await Connection.CloseAsync(async);

        Assert.True(reader.IsClosed);
        Assert.Equal((0, 1), Source.Pool.Count);
        await using MySqlConnection one = await Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using MySqlConnection two = await Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(one.ServerThread, two.ServerThread);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Dispose_FromManyThreads_GivesTheSessionBackOnce(bool async)
    {
        for (int round = 0; round < 20; round++)
        {
            DbConnection connection = await Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
            DbTransaction transaction = await connection.BeginAsync(async);
            DbCommand command = Command("SELECT 1 UNION ALL SELECT 2", connection);
            DbDataReader reader = await command.ReaderAsync(async);
            using Barrier together = new(6);
            Func<Task>[] ends =
            [
                () => connection.DisposeAsync(async), () => connection.DisposeAsync(async), () => connection.CloseAsync(async),
                () => reader.DisposeAsync(async), () => transaction.DisposeAsync(async), () => transaction.DisposeAsync(async),
            ];
            await Task.WhenAll(ends.Select(end => Task.Factory.StartNew(
                () =>
                {
                    together.SignalAndWait();
                    return end();
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default).Unwrap()));
            await connection.DisposeAsync();

            // The test's own connection is the one that is still lent; of the others none is lent twice.
            Assert.Equal(1, Source.Pool.Count.Busy);
            await using MySqlConnection one = await Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
            await using MySqlConnection two = await Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
            Assert.NotEqual(one.ServerThread, two.ServerThread);
        }
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Dispose_DuringACallOfAnotherThread_EndsTheCallAndLendsTheSessionToNobody(bool async)
    {
        MySqlConnection connection = await Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using DbCommand sleep = Command("SELECT SLEEP(60)", connection);
        long thread = connection.ServerThread;
        Task<object?> sleeping = Task.Run(() => sleep.ScalarAsync(async));
        while (Convert.ToInt64(await AskAsync($"SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = {thread} AND INFO LIKE 'SELECT SLEEP%'"), null) == 0)
        {
        }

        await connection.DisposeAsync(async);

        MySqlException lost = await Assert.ThrowsAsync<MySqlException>(() => sleeping);
        Assert.Equal((MySqlFailurePhase.SentUnanswered, MySqlFailureReason.ConnectionLost), (lost.Phase, lost.Reason));
        Assert.Equal((1, 0), Source.Pool.Count);
    }

    [Fact]
    public async Task Dispose_WhileItIsBeingOpened_GivesTheSessionBack()
    {
        TaskCompletionSource greet = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using FakeServer server = new(async client =>
        {
            await greet.Task;
            await client.LogInAsync();
            await client.ReceiveAsync();
        });
        await using MySqlDataSource source = new(server.ConnectionString);
        MySqlConnection connection = source.CreateConnection();
        Task opening = connection.OpenAsync(TestContext.Current.CancellationToken);
        await connection.DisposeAsync();
        greet.SetResult();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => opening);
        Assert.Equal(ConnectionState.Closed, connection.State);
        Assert.Equal((0, 1), source.Pool.Count);
    }

    private static IEnumerable<string> Permutations(string letters) => letters.Length <= 1
        ? [letters]
        : letters.SelectMany(first => Permutations(letters.Replace(first.ToString(), string.Empty, StringComparison.Ordinal)).Select(rest => first + rest));
}
