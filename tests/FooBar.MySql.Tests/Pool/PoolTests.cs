using System.Data;
using Dapper;
using FooBar.Testing;

namespace FooBar.MySql.Tests.Pool;

public sealed class PoolTests(MySqlServerFixture mysql)
{
    private static readonly TimeSpan Instantly = TimeSpan.FromMilliseconds(1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Close_AndOpen_ReusesTheSession(bool async)
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        long first = await ThreadAsync(source, async);
        long second = await ThreadAsync(source, async);

        Assert.Equal(first, second);
        Assert.Equal((0, 1), source.Pool.Count);
    }

    [Fact]
    public async Task Open_OfTwoAtATime_TakesTwoSessionsAndThenTheLastReturned()
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection one = source.OpenConnection();
        await using MySqlConnection two = source.OpenConnection();
        long last = two.ServerThread;
        Assert.NotEqual(one.ServerThread, last);
        await one.CloseAsync();
        await two.CloseAsync();

        Assert.Equal(last, await ThreadAsync(source, async: true));
    }

    [Theory]
    [InlineData("SET @`left` = 1", "SELECT @`left` IS NULL")]
    [InlineData("CREATE TEMPORARY TABLE left_over (a INT)", "SELECT COUNT(*) = 0 FROM information_schema.innodb_temp_table_info WHERE name LIKE '%left_over%'")]
    [InlineData("SET SESSION sql_mode = 'ANSI'", "SELECT @@session.sql_mode = @@global.sql_mode")]
    [InlineData("SELECT GET_LOCK('left_over', 0)", "SELECT IS_FREE_LOCK('left_over')")]
    [InlineData("SET SESSION session_track_gtids = OFF", "SELECT @@session.session_track_gtids = 'OWN_GTID'")]
    [InlineData("SET NAMES latin1", "SELECT @@character_set_client = 'utf8mb4'")]
    [InlineData("SET autocommit = 0", "SELECT @@autocommit")]
    [InlineData("USE performance_schema", "SELECT DATABASE() = 'test'")]
    public async Task Open_AfterAnotherLease_FindsACleanSession(string leave, string isClean)
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection connection = source.OpenConnection();
        long thread = connection.ServerThread;
        foreach (bool prepared in new[] { true, false })
        {
            connection.Execute(leave);
            await connection.CloseAsync();
            await connection.OpenAsync(TestContext.Current.CancellationToken);

            Assert.Equal(thread, connection.ServerThread);
            Assert.True(connection.ExecuteScalar<bool>(prepared ? isClean.Replace("SELECT ", "SELECT @one AND ", StringComparison.Ordinal) : isClean, new { one = 1 }));
        }
    }

    [Fact]
    public async Task Open_AfterALeaseThatPrepared_PreparesAgain()
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        for (int lease = 0; lease < 3; lease++)
        {
            await using MySqlConnection connection = source.OpenConnection();
            for (int value = 0; value < 3; value++) Assert.Equal(value, connection.ExecuteScalar<int>("SELECT @v + 0", new { v = value }));
        }

        Assert.Equal((0, 1), source.Pool.Count);
    }

    [Fact]
    public async Task Close_InASchemaWhereNoneWasAskedFor_IsNotReused()
    {
        await using MySqlDataSource source = mysql.CreateDataSource("Database=");
        await using MySqlConnection connection = source.OpenConnection();
        long thread = connection.ServerThread;
        connection.ChangeDatabase("test");
        Assert.Equal("test", connection.Database);
        await connection.CloseAsync();
        await connection.OpenAsync(TestContext.Current.CancellationToken);

        Assert.NotEqual(thread, connection.ServerThread);
        Assert.Null(connection.ExecuteScalar<string?>("SELECT DATABASE()"));
        Assert.Equal((1, 0), source.Pool.Count);
    }

    [Fact]
    public async Task Open_BeyondTheLimit_WaitsInLine()
    {
        await using MySqlDataSource source = mysql.CreateDataSource("Maximum Pool Size=1");
        MySqlConnection holder = source.OpenConnection();
        long thread = holder.ServerThread;
        Task<MySqlConnection> first = source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask();
        Task<MySqlConnection> second = source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(first.IsCompleted);

        await holder.CloseAsync();
        await using (MySqlConnection served = await first)
        {
            Assert.Equal(thread, served.ServerThread);
            Assert.False(second.IsCompleted);
        }

        await using MySqlConnection last = await second;
        Assert.Equal(thread, last.ServerThread);
        Assert.Equal((1, 0), source.Pool.Count);
    }

    [Fact]
    public async Task Open_BeyondTheLimit_FromABlockingThread_IsServed()
    {
        await using MySqlDataSource source = mysql.CreateDataSource("Maximum Pool Size=1");
        MySqlConnection holder = source.OpenConnection();
        Task<long> blocked = Task.Factory.StartNew(
            () =>
            {
                using MySqlConnection connection = source.OpenConnection();
                return connection.ServerThread;
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        await Until(() => source.Pool.WaiterCount == 1);
        long thread = holder.ServerThread;
        holder.Close();

        Assert.Equal(thread, await blocked);
    }

    [Fact]
    public async Task Open_BeyondTheLimitForTooLong_SaysThatThePoolIsFull()
    {
        FakeTime time = new();
        await using MySqlDataSource source = new(mysql.Server.ConnectionString + "Maximum Pool Size=1;Connection Timeout=15", time);
        await using MySqlConnection holder = source.OpenConnection();
        Task<MySqlConnection> waiting = source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask();
        time.Advance(TimeSpan.FromSeconds(15) - Instantly);
        Assert.False(waiting.IsCompleted);
        time.Advance(Instantly);

        MySqlException full = await Assert.ThrowsAsync<MySqlException>(() => waiting);
        Assert.Equal(
            $"No connection to 127.0.0.1:{mysql.Server.Port} came free within the connection timeout of 15 s: all 1 are in use ('Maximum Pool Size'). Dispose connections sooner, or raise the limit.",
            full.Message);
        Assert.Equal((MySqlFailurePhase.NotSent, true), (full.Phase, full.IsTransient));
        Assert.Equal((1, 0), source.Pool.Count);
    }

    [Fact]
    public async Task Open_CancelledInLine_LeavesTheLine()
    {
        await using MySqlDataSource source = mysql.CreateDataSource("Maximum Pool Size=1");
        MySqlConnection holder = source.OpenConnection();
        using CancellationTokenSource cancelled = new();
        Task<MySqlConnection> waiting = source.OpenConnectionAsync(cancelled.Token).AsTask();
        await cancelled.CancelAsync();

        Assert.Equal(MySqlFailurePhase.NotSent, (await Assert.ThrowsAsync<MySqlCanceledException>(() => waiting)).Phase);
        await holder.DisposeAsync();
        Assert.Equal((0, 1), source.Pool.Count);
    }

    [Fact]
    public async Task Open_ThatFails_GivesItsPlaceToTheNext()
    {
        await using MySqlDataSource source = mysql.CreateDataSource("Maximum Pool Size=1;Password=wrong");
        for (int attempt = 0; attempt < 3; attempt++) Assert.Equal(1045, Assert.Throws<MySqlException>(source.OpenConnection).Number);

        Task<MySqlException>[] together = [.. Enumerable.Range(0, 5).Select(_ =>
            Assert.ThrowsAsync<MySqlException>(() => source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask()))];
        Assert.All(await Task.WhenAll(together), refused => Assert.Equal(1045, refused.Number));
        Assert.Equal((0, 0), source.Pool.Count);
    }

    [Fact]
    public async Task Retire_ClosesIdleSessionsNowAndLeasedOnesOnReturn()
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection leased = source.OpenConnection();
        long idle = await ThreadAsync(source, async: true);
        long working = leased.ServerThread;
        Assert.Equal((1, 1), source.Pool.Count);

        source.Retire();

        Assert.Equal((1, 0), source.Pool.Count);
        Assert.Equal(1, leased.ExecuteScalar<int>("SELECT 1"));
        await leased.CloseAsync();
        Assert.Equal((0, 0), source.Pool.Count);
        await leased.OpenAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(leased.ServerThread, (long[])[idle, working]);
        await leased.CloseAsync();
        Assert.Equal((0, 1), source.Pool.Count);
    }

    [Fact]
    public async Task Dispose_OfTheSource_EndsWaitersAndClosesOnReturn()
    {
        MySqlDataSource source = mysql.CreateDataSource("Maximum Pool Size=1");
        MySqlConnection leased = source.OpenConnection();
        Task<MySqlConnection> waiting = source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask();

        await source.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await leased.DisposeAsync();
        Assert.Equal((0, 0), source.Pool.Count);
        Assert.Throws<ObjectDisposedException>(source.OpenConnection);
    }

    [Fact]
    public async Task IdleSession_EndedByTheServer_IsReplacedUnnoticed()
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlDataSource admin = mysql.CreateDataSource();
        await using MySqlConnection killer = admin.OpenConnection();
        long idle = await ThreadAsync(source, async: true);
        killer.Execute($"KILL {idle}");
        await Until(() => !Exists(killer, idle));

        Assert.NotEqual(idle, await ThreadAsync(source, async: true));
        Assert.Equal((0, 1), source.Pool.Count);
    }

    [Fact]
    public async Task IdleSessions_PastTheirTime_AreClosedDownToTheMinimum()
    {
        FakeTime time = new();
        await using MySqlDataSource source = new(mysql.Server.ConnectionString + "Minimum Pool Size=1", time);
        MySqlConnection[] connections = [source.OpenConnection(), source.OpenConnection(), source.OpenConnection()];
        foreach (MySqlConnection connection in connections) await connection.CloseAsync();
        Assert.Equal((0, 3), source.Pool.Count);

        time.Advance(TimeSpan.FromMinutes(3) - Instantly);
        Assert.Equal((0, 3), source.Pool.Count);
        time.Advance(Instantly);
        Assert.Equal((0, 1), source.Pool.Count);
    }

    [Fact]
    public async Task Connection_NotOfASource_IsNotPooled()
    {
        await using MySqlConnection connection = new(mysql.Server.ConnectionString);
        connection.Open();
        long thread = connection.ServerThread;
        Assert.Throws<InvalidOperationException>(connection.Open);
        connection.Close();
        connection.Close();
        connection.Open();

        Assert.NotEqual(thread, connection.ServerThread);
        Assert.StartsWith("9.", connection.ServerVersion, StringComparison.Ordinal);
        Assert.Equal($"127.0.0.1:{mysql.Server.Port}", connection.DataSource);
    }

    [Fact]
    public async Task Pool_UnderManyUsers_StaysWithinItsLimitAndLosesNothing()
    {
        await using MySqlDataSource source = mysql.CreateDataSource("Maximum Pool Size=4");
        int done = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 400), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = TestContext.Current.CancellationToken }, async (number, token) =>
        {
            if (number % 50 == 49) source.Retire();
            await using MySqlConnection connection = number % 3 == 0 ? source.OpenConnection() : await source.OpenConnectionAsync(token);
            Assert.Equal(number, await connection.ExecuteScalarAsync<int>("SELECT @number + 0", new { number }));
            Assert.InRange(source.Pool.Count.Busy, 1, 4);
            Interlocked.Increment(ref done);
        });

        Assert.Equal(400, done);
        Assert.Equal(0, source.Pool.Count.Busy);
        Assert.Equal(0, source.Pool.WaiterCount);
    }

    private static bool Exists(MySqlConnection connection, long thread) =>
        connection.ExecuteScalar<bool>("SELECT COUNT(*) FROM performance_schema.processlist WHERE ID = @thread", new { thread });

    private static async Task Until(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
    }

    private static async Task<long> ThreadAsync(MySqlDataSource source, bool async)
    {
        await using MySqlConnection connection = async
            ? await source.OpenConnectionAsync(TestContext.Current.CancellationToken)
            : source.OpenConnection();
        Assert.Equal(ConnectionState.Open, connection.State);
        long thread = connection.ExecuteScalar<long>("SELECT CONNECTION_ID()");
        Assert.Equal(connection.ServerThread, thread);
        return thread;
    }
}
