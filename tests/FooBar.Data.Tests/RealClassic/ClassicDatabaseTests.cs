using System.Data.Common;
using Dapper;
using FooBar.Data.Tests.History;
using FooBar.Data.Tests.RealGroup;
using FooBar.Testing;

namespace FooBar.Data.Tests.RealClassic;

/// <summary>The data layer over asynchronous replication by GTID.</summary>
[Collection(RealClassicDefinition.Name)]
public sealed class ClassicDatabaseTests(ClassicFixture fixture) : IAsyncLifetime
{
    private static int s_note = 1_000_000;

    private ClassicCluster Cluster => fixture.Cluster;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await Cluster.HealAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Monitor_HealthyCluster_FindsTheRolesByAskingTheServers()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Cluster);
        int primary = await Cluster.PrimaryAsync();

        Data.Topology topology = instance.Database.Topology;

        Assert.Equal((ReplicationMode.Classic, $"db-{primary + 1}"), (topology.Mode, topology.Primary?.Name));
        Assert.Equal(2, topology.Nodes.Count(node => node.Role == NodeRole.Replica));
        await instance.UntilAsync(now => now.Nodes.All(node => node.FreshAsOf is not null));
    }

    [Fact]
    public async Task ReadAndWrite_200Times_OwnWritesAreReadOnReplicas()
    {
        await using RealDatabase one = await RealDatabase.ReadyAsync(Cluster);
        await using RealDatabase two = await RealDatabase.ReadyAsync(Cluster);
        CausalToken token = default;
        for (int i = 0; i < 200; i++)
        {
            (RealDatabase writer, RealDatabase reader) = i % 2 == 0 ? (one, two) : (two, one);
            int note = Interlocked.Increment(ref s_note);
            DatabaseSession writing = writer.Database.CreateSession(token);
            await WriteAsync(writing, note, $"text {i}");

            DatabaseSession reading = reader.Database.CreateSession(CausalToken.Restore(writing.Token.ToString()));
            Assert.Equal($"text {i}", await ReadAsync(reading, note));
            token = reading.Token;
        }

        Assert.Equal(0, one.Metrics.Sum("database.reads", "role=primary") + two.Metrics.Sum("database.reads", "role=primary"));
    }

    [Fact]
    public async Task AtMost_ReplicasApplyASecondLate_IsAnsweredByThemForTwoSecondsAndByThePrimaryForHalfAOne()
    {
        int primary = await Cluster.PrimaryAsync();
        foreach (int replica in Others(primary))
        {
            await Cluster.ExecuteAsync(replica, "STOP REPLICA SQL_THREAD");
            await Cluster.ExecuteAsync(replica, "CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 1");
            await Cluster.ExecuteAsync(replica, "START REPLICA SQL_THREAD");
        }

        await using RealDatabase instance = await RealDatabase.ReadyAsync(Cluster, options => options.CausalWait = TimeSpan.FromMilliseconds(100));
        DatabaseSession writer = instance.Database.CreateSession();
        using CancellationTokenSource stop = new();
        Task writing = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                    await WriteAsync(writer, Interlocked.Increment(ref s_note), "steadily");
            },
            Ct);
        // Until the replicas hold something of the time since.
        await instance.UntilAsync(topology => topology.Nodes.All(node => node.FreshAsOf is { } at && TimeProvider.System.GetElapsedTime(at) < TimeSpan.FromSeconds(2)));
        await instance.UntilAsync(topology => topology.Nodes.Any(node => node.Role == NodeRole.Replica && node.FreshAsOf is { } at
            && TimeProvider.System.GetElapsedTime(at) > TimeSpan.FromSeconds(1)));

        for (int i = 0; i < 20; i++)
            await instance.Database.CreateSession().ReadAsync(Uuid, Freshness.AtMost(TimeSpan.FromSeconds(5)), Ct);
        Assert.Equal(20, instance.Metrics.Sum("database.reads", "role=replica"));
        for (int i = 0; i < 20; i++)
            await instance.Database.CreateSession().ReadAsync(Uuid, Freshness.AtMost(TimeSpan.FromSeconds(0.5)), Ct);
        Assert.Equal(20, instance.Metrics.Sum("database.reads", "role=primary"));

        await stop.CancelAsync();
        await writing;
    }

    [Fact]
    public async Task Switchover_ThereAndBackUnderLoad_NothingFailsAndNothingIsLost()
    {
        await using RealDatabase one = await ReadyAsync();
        await using RealDatabase two = await ReadyAsync();
        await using Workload workload = new([one.Database, two.Database]);
        await workload.StartAsync(Ct);
        await workload.MoreAsync(100, Ct);
        int first = await Cluster.PrimaryAsync();
        foreach (int next in (int[])[(first + 1) % 3, first])
        {
            SwitchoverResult result = await one.Database.SwitchOverAsync($"db-{next + 1}", Options(), Ct);
            TestContext.Current.TestOutputHelper?.WriteLine($"{result.From} to {result.To}: without a primary for {result.WithoutPrimary.TotalMilliseconds:0} ms");

            Assert.Empty(result.NotFollowing);
            Assert.Equal(next, await Cluster.PrimaryAsync());
            Assert.Equal($"db-{next + 1}", (await two.UntilAsync(topology => topology.Primary?.Name == $"db-{next + 1}")).Primary?.Name);
            await workload.MoreAsync(100, Ct);
        }

        RecordedHistory history = await workload.StopAsync(Ct);
        HistoryReport report = HistoryChecker.Check(history);
        TestContext.Current.TestOutputHelper?.WriteLine($"{report.Summary}\n{string.Join('\n', workload.Failures)}");
        report.AssertCorrect();
        Assert.Empty(report.Errors);
        Assert.Null(one.Database.Topology.Switchover);
        foreach (int replica in Others(first))
            Assert.Equal($"{Cluster.Members[first].Port} ON", await Cluster.QueryAsync(replica, "SELECT CONCAT(PORT, ' ', SERVICE_STATE) FROM performance_schema.replication_connection_configuration JOIN performance_schema.replication_connection_status USING (CHANNEL_NAME)"));
    }

    [Fact]
    public async Task Switchover_WhileAFormIsSentTwice_IsNotHeldUpByTheOneThatWaitsForTheOther()
    {
        await using RealDatabase one = await RealDatabase.ReadyAsync(Cluster);
        await using RealDatabase two = await RealDatabase.ReadyAsync(Cluster);
        int primary = await Cluster.PrimaryAsync();
        int next = (primary + 1) % 3;
        OperationId operation = OperationId.New();
        (int first, int second) = (Interlocked.Increment(ref s_note), Interlocked.Increment(ref s_note));
        int tries = 0;
        TaskCompletionSource holds = new(), mayGoOn = new();

        async Task<int> WorkAsync(DbConnection connection, CancellationToken ct)
        {
            await connection.ExecuteAsync(new CommandDefinition("INSERT INTO note (id, text) VALUES (@first, 'one')", new { first }, cancellationToken: ct));
            if (Interlocked.Increment(ref tries) == 1)
            {
                holds.SetResult();
                await mayGoOn.Task.WaitAsync(ct);
            }

            return await connection.ExecuteAsync(new CommandDefinition("INSERT INTO note (id, text) VALUES (@second, 'two')", new { second }, cancellationToken: ct));
        }

        Task<int> sent = one.Database.CreateSession().WriteAsync(operation, WorkAsync, Ct);
        await holds.Task.WaitAsync(Ct);
        Task<int> sentAgain = two.Database.CreateSession().WriteAsync(operation, WorkAsync, Ct);
        await UntilAsync(primary, "SELECT COUNT(*) FROM performance_schema.data_lock_waits", sentAgain);
        Task<SwitchoverResult> switching = one.Database.SwitchOverAsync($"db-{next + 1}", Options(), Ct);
        await UntilAsync(primary, "SELECT COUNT(*) FROM performance_schema.processlist WHERE INFO LIKE 'SET GLOBAL super_read_only%' AND STATE LIKE 'Waiting for%'", switching);
        mayGoOn.SetResult();

        SwitchoverResult done = await switching;
        Assert.Equal($"db-{next + 1}", done.To);
        int[] answers = await Task.WhenAll(sent, sentAgain);
        Assert.Equal([1, 1], answers);
        Assert.Equal("2", await Cluster.QueryAsync(next, $"SELECT COUNT(*) FROM {MySqlCluster.Schema}.note WHERE id IN ({first}, {second})"));
    }

    [Fact]
    public async Task Switchover_NextOneDoesNotCatchUp_IsTakenBackAndWritesGoOn()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Cluster);
        int primary = await Cluster.PrimaryAsync();
        int next = (primary + 1) % 3;
        await Cluster.ExecuteAsync(next, "STOP REPLICA SQL_THREAD");
        DatabaseSession session = instance.Database.CreateSession();
        await WriteAsync(session, Interlocked.Increment(ref s_note), "not there yet");
        SwitchoverOptions options = Options();
        options.CatchUp = TimeSpan.FromMilliseconds(200);

        SwitchoverException failure = await Assert.ThrowsAsync<SwitchoverException>(() => instance.Database.SwitchOverAsync($"db-{next + 1}", options, Ct));

        Assert.Equal($"db-{next + 1} did not catch up with db-{primary + 1} within 0.2 s.", failure.Message);
        await WriteAsync(session, Interlocked.Increment(ref s_note), "as before");
        Assert.Null(instance.Database.Topology.Switchover);
    }

    [Fact]
    public async Task Switchover_NextOneStopsApplyingBehindThePointWhereWritesStop_IsTakenBack()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Cluster);
        int primary = await Cluster.PrimaryAsync();
        int next = (primary + 1) % 3;
        SwitchoverOptions options = Options();
        // A reader's lock on a whole table holds the read-only state back.
        await using FooBar.MySql.MySqlDataSource source = new(Cluster.SchemaConnectionString(primary));
        await using DbConnection holder = await source.OpenConnectionAsync(Ct);
        await holder.ExecuteAsync("LOCK TABLES note WRITE");

        SwitchoverException failure = await Assert.ThrowsAsync<SwitchoverException>(() => instance.Database.SwitchOverAsync($"db-{next + 1}", options, Ct));
        await holder.ExecuteAsync("UNLOCK TABLES");

        Assert.Matches($"^The switchover to db-{next + 1} was taken back: .*ock.* db-{primary + 1} is the primary as before\\.$", failure.Message);
        await instance.UntilAsync(topology => topology.Primary?.Name == $"db-{primary + 1}");
        await WriteAsync(instance.Database.CreateSession(), Interlocked.Increment(ref s_note), "as before");
    }

    [Theory]
    [InlineData("db-9", "There is no node db-9: there are db-1, db-2, db-3. Nothing was done.")]
    [InlineData("without account", "The replication account is not configured, and the old primary could not follow the new one. Nothing was done.")]
    public async Task Switchover_Impossible_SaysWhyAndDoesNothing(string to, string message)
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Cluster);
        int primary = await Cluster.PrimaryAsync();
        string name = to == "without account" ? $"db-{((primary + 1) % 3) + 1}" : to;

        SwitchoverException failure = await Assert.ThrowsAsync<SwitchoverException>(
            () => instance.Database.SwitchOverAsync(name, to == "without account" ? null : Options(), Ct));

        Assert.Equal(message, failure.Message);
        Assert.Equal(primary, await Cluster.PrimaryAsync());
    }

    [Fact]
    public async Task Switchover_OldPrimaryIsRefusedByTheNextOne_IsNamedInTheResult()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Cluster);
        int primary = await Cluster.PrimaryAsync();
        int next = (primary + 1) % 3;
        SwitchoverOptions options = Options();
        options.ReplicationPassword = () => "not this one";

        SwitchoverResult result = await instance.Database.SwitchOverAsync($"db-{next + 1}", options, Ct);

        Assert.Matches($"^db-{primary + 1}: it receives nothing from db-{next + 1} yet: .*Access denied", Assert.Single(result.NotFollowing));
        await WriteAsync(instance.Database.CreateSession(), Interlocked.Increment(ref s_note), "on the next one");
    }

    /// <summary>
    /// A statement that waits for a row holds up who sets the server read-only, and that one holds up the row's holder: the wait for the row has to end
    /// long before the writes that are held meanwhile give up. By the server's default it takes 50 s.
    /// </summary>
    [Fact]
    public async Task ReadOnlySetByHand_BehindAWaitForARow_IsNotHeldUpForLongerThanWritesWait()
    {
        int primary = await Cluster.PrimaryAsync();
        (int one, int other) = (Interlocked.Increment(ref s_note), Interlocked.Increment(ref s_note));
        await using FooBar.MySql.MySqlDataSource source = new(Cluster.SchemaConnectionString(primary));
        await using DbConnection holder = await source.OpenConnectionAsync(Ct);
        await using DbConnection waiter = await source.OpenConnectionAsync(Ct);
        await holder.ExecuteAsync("START TRANSACTION");
        await InsertAsync(holder, one);
        Task waiting = InsertAsync(waiter, one);
        await UntilAsync("SELECT COUNT(*) FROM performance_schema.data_lock_waits");
        long setAt = TimeProvider.System.GetTimestamp();
        Task setting = Cluster.ExecuteAsync(primary, "SET GLOBAL super_read_only = ON");
        await UntilAsync("SELECT COUNT(*) FROM performance_schema.processlist WHERE INFO = 'SET GLOBAL super_read_only = ON' AND STATE LIKE 'Waiting for%'");
        Task holding = InsertAsync(holder, other);

        await setting;

        Assert.InRange(TimeProvider.System.GetElapsedTime(setAt), TimeSpan.FromSeconds(3), new DatabaseOptions().PrimaryWait);
        Assert.Equal(1205, (await Assert.ThrowsAsync<FooBar.MySql.MySqlException>(() => waiting)).Number);
        Assert.Equal(1290, (await Assert.ThrowsAsync<FooBar.MySql.MySqlException>(() => holding)).Number);

        static Task InsertAsync(DbConnection connection, int note) => connection.ExecuteAsync(
            new CommandDefinition("INSERT INTO note (id, text) VALUES (@note, 'locked')", new { note }, cancellationToken: Ct));

        async Task UntilAsync(string count)
        {
            long since = TimeProvider.System.GetTimestamp();
            while (await Cluster.QueryAsync(primary, count) == "0")
            {
                Assert.True(TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(30), count);
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Ct);
            }
        }
    }

    [Fact]
    public async Task Switchover_ToThePrimary_IsNothingToDo()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Cluster);
        string name = instance.Database.Topology.Primary!.Name;

        SwitchoverResult result = await instance.Database.SwitchOverAsync(name, ct: Ct);

        Assert.Equal((name, name, TimeSpan.Zero, 0), (result.From, result.To, result.WithoutPrimary, result.NotFollowing.Count));
    }

    [Fact]
    public async Task Switchover_EndedInTheMiddle_IsFinishedByAnother()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Cluster);
        int primary = await Cluster.PrimaryAsync();
        // As a process leaves it that died behind the point where writes stop.
        await Cluster.ExecuteAsync(primary, "SET PERSIST read_only = ON");
        await Cluster.ExecuteAsync(primary, "SET PERSIST super_read_only = ON");
        Data.Topology left = await instance.UntilAsync(topology => topology.Primary is null);
        Assert.Equal(($"db-{primary + 1}", null), (left.Switchover?.From, left.Switchover?.To));
        int next = (primary + 1) % 3;

        await instance.Database.SwitchOverAsync($"db-{next + 1}", Options(), Ct);

        await instance.UntilAsync(topology => topology.Primary?.Name == $"db-{next + 1}" && topology.Nodes[primary].Role == NodeRole.Replica);
        Assert.Null(instance.Database.Topology.Switchover);
        await WriteAsync(instance.Database.CreateSession(), Interlocked.Increment(ref s_note), "on the next one");
    }

    [Fact]
    public async Task Switchover_EndedWhenTheNextOneHadForgottenItsSource_IsFinishedByAnother()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Cluster);
        int primary = await Cluster.PrimaryAsync();
        int next = (primary + 1) % 3;
        await Cluster.ExecuteAsync(primary, "SET PERSIST read_only = ON");
        await Cluster.ExecuteAsync(primary, "SET PERSIST super_read_only = ON");
        await Cluster.ExecuteAsync(next, "STOP REPLICA");
        await Cluster.ExecuteAsync(next, "RESET REPLICA ALL");
        await instance.UntilAsync(topology => topology.Nodes[primary].TakesNoWrites && topology.Nodes[next].TakesNoWrites);

        await instance.Database.SwitchOverAsync($"db-{next + 1}", Options(), Ct);

        await instance.UntilAsync(topology => topology.Primary?.Name == $"db-{next + 1}" && topology.Nodes[primary].Role == NodeRole.Replica);
        await WriteAsync(instance.Database.CreateSession(), Interlocked.Increment(ref s_note), "on the next one");
    }

    [Fact]
    public async Task Switchover_EndedWhenTheNextOneWasOpen_IsFinishedByAnother()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Cluster);
        int primary = await Cluster.PrimaryAsync();
        int next = (primary + 1) % 3;
        await Cluster.ExecuteAsync(primary, "SET PERSIST read_only = ON");
        await Cluster.ExecuteAsync(primary, "SET PERSIST super_read_only = ON");
        await Cluster.PromoteAsync(next);
        await instance.UntilAsync(topology => topology.Primary?.Name == $"db-{next + 1}" && topology.Nodes[primary].TakesNoWrites);

        SwitchoverResult result = await instance.Database.SwitchOverAsync($"db-{next + 1}", Options(), Ct);

        Assert.Empty(result.NotFollowing);
        await instance.UntilAsync(topology => topology.Nodes.Count(node => node.Role == NodeRole.Replica) == 2);
        foreach (int replica in Others(next))
            Assert.Equal($"{Cluster.Members[next].Port}", await Cluster.QueryAsync(replica, "SELECT PORT FROM performance_schema.replication_connection_configuration"));
    }

    [Fact]
    public async Task Switchover_BackToTheClosedOneWhileAnotherHoldsMore_IsRefused()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Cluster);
        int primary = await Cluster.PrimaryAsync();
        int next = (primary + 1) % 3;
        await Cluster.ExecuteAsync(primary, "SET PERSIST read_only = ON");
        await Cluster.ExecuteAsync(primary, "SET PERSIST super_read_only = ON");
        await Cluster.PromoteAsync(next);
        await Cluster.ExecuteAsync(next, $"INSERT INTO {MySqlCluster.Schema}.note VALUES ({Interlocked.Increment(ref s_note)}, 'newer')");
        await Cluster.KillAsync(next);
        await instance.UntilAsync(topology => topology.Nodes[next].Role == NodeRole.Offline && topology.Primary is null);

        SwitchoverException failure = await Assert.ThrowsAsync<SwitchoverException>(() => instance.Database.SwitchOverAsync($"db-{primary + 1}", Options(), Ct));

        Assert.StartsWith($"db-{primary + 1} was closed by a switchover, and db-{next + 1}, which may have been opened by it, does not answer: ", failure.Message, StringComparison.Ordinal);
        Assert.Equal("1", await Cluster.QueryAsync(primary, "SELECT @@global.read_only"));
    }

    [Fact]
    public async Task Switchover_TwoProcessesAtOnce_OneIsRefusedAndOneServerTakesWrites()
    {
        await using RealDatabase one = await RealDatabase.ReadyAsync(Cluster);
        await using RealDatabase two = await RealDatabase.ReadyAsync(Cluster);
        int primary = await Cluster.PrimaryAsync();
        int[] others = Others(primary);

        Exception?[] failures = await Task.WhenAll(
            Record.ExceptionAsync(() => one.Database.SwitchOverAsync($"db-{others[0] + 1}", Options(), Ct)).AsTask(),
            Record.ExceptionAsync(() => two.Database.SwitchOverAsync($"db-{others[1] + 1}", Options(), Ct)).AsTask());

        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', failures.Select(failure => failure?.Message ?? "done")));
        Assert.Single(failures, failure => failure is null);
        Assert.Single(failures, failure => failure is SwitchoverException);
        string?[] closed = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => Cluster.QueryAsync(i, "SELECT @@global.read_only")));
        Assert.Equal(["0", "1", "1"], closed.Order());
    }

    [Fact]
    public async Task ErrantTransaction_TakesTheReplicaOut_AndTheAlarmNamesIt()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Cluster);
        int replica = (await Cluster.PrimaryAsync() + 1) % 3;
        await Cluster.ExecuteAsync(replica, "SET GLOBAL super_read_only = OFF");
        await Cluster.ExecuteAsync(replica, $"INSERT INTO {MySqlCluster.Schema}.note VALUES ({Interlocked.Increment(ref s_note)}, 'errant')");
        await Cluster.ExecuteAsync(replica, "SET GLOBAL super_read_only = ON");

        Data.Topology topology = await instance.UntilAsync(now => now.Nodes[replica].Role == NodeRole.Unknown
            && now.Nodes[replica].Reason!.StartsWith("it holds transactions that the primary does not: ", StringComparison.Ordinal));

        Assert.Contains(await Cluster.QueryAsync(replica, "SELECT @@server_uuid") + ":", topology.Nodes[replica].Reason, StringComparison.Ordinal);
        for (int i = 0; i < 10; i++)
            Assert.NotEqual(topology.Nodes[replica].ServerUuid, await instance.Database.CreateSession().ReadAsync(Uuid, Freshness.Any, Ct));
    }

    [Fact]
    public async Task TwoWritablePrimaries_StopWritesAndRaiseAnAlarm_UntilOneStepsDown()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Cluster, options => options.PrimaryWait = options.CausalWait = TimeSpan.FromSeconds(1));
        int primary = await Cluster.PrimaryAsync();
        int other = (primary + 1) % 3;
        await Cluster.PromoteAsync(other);
        await instance.UntilAsync(topology => topology.WriterStatus == WriterStatus.Conflict);

        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => WriteAsync(instance.Database.CreateSession(), Interlocked.Increment(ref s_note), "nowhere"));
        Assert.Single(instance.Log.TextsOf(3003));
        Assert.Equal(2, instance.Metrics["database.writers{}"]);

        await Cluster.FollowAsync(other, primary);
        await instance.UntilAsync(topology => topology.Primary?.Name == $"db-{primary + 1}");
        await WriteAsync(instance.Database.CreateSession(), Interlocked.Increment(ref s_note), "again");
    }

    private Task<RealDatabase> ReadyAsync() => RealDatabase.ReadyAsync(
        Cluster,
        options =>
        {
            options.ProbeTimeout = new DatabaseOptions().ProbeTimeout;
            options.CausalWait = new DatabaseOptions().CausalWait;
        },
        poolSize: 20);

    /// <summary>Until a count is more than nothing, or will not be any more.</summary>
    private async Task UntilAsync(int member, string count, Task under)
    {
        while (await Cluster.QueryAsync(member, count) == "0" && !under.IsCompleted)
            Ct.ThrowIfCancellationRequested();
    }

    private static SwitchoverOptions Options() => new() { ReplicationUser = "replication", ReplicationPassword = () => MySqlCluster.ReplicationPassword };

    private static int[] Others(int primary) => [.. Enumerable.Range(0, 3).Where(i => i != primary)];

    private static Task<int> WriteAsync(DatabaseSession session, int note, string text) => session.WriteAsync(
        OperationId.New(),
        (connection, ct) => connection.ExecuteAsync(
            new CommandDefinition("INSERT INTO note (id, text) VALUES (@note, @text)", new { note, text }, cancellationToken: ct)),
        Ct);

    private static Task<string?> ReadAsync(DatabaseSession session, int note) => session.ReadAsync(
        (connection, ct) => connection.ExecuteScalarAsync<string?>(new CommandDefinition("SELECT text FROM note WHERE id = @note", new { note }, cancellationToken: ct)),
        Ct);

    private static async Task<string> Uuid(DbConnection connection, CancellationToken ct) =>
        (await connection.ExecuteScalarAsync<string>(new CommandDefinition("SELECT @@server_uuid", cancellationToken: ct)))!;
}
