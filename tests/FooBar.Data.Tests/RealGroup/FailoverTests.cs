using System.Data.Common;
using Dapper;
using FooBar.MySql;
using FooBar.Testing;

namespace FooBar.Data.Tests.RealGroup;

/// <summary>
/// What is promised when a member of a real group is lost or moved under load, with the settings of production, beyond what the fault catalogue plays.
/// </summary>
[Collection(RealGroupDefinition.Name)]
public sealed class FailoverTests(GroupFixture fixture) : IAsyncLifetime
{
    /// <summary>Fewer than the writers: the held ones come back together and must find their places in line.</summary>
    private const int PoolSize = 10;

    private int? _frozen;

    private MySqlGroup Group => fixture.Group;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await Group.HealAsync();

    /// <summary>A member that was frozen may be out of its group, and is begun anew.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_frozen is { } member)
            await Group.KillAsync(member);
    }

    [Fact]
    public async Task ReplicaFrozen_UnderLoad_HoldsNobodyForLong()
    {
        await using RealDatabase instance = await ReadyAsync();
        await using Traffic traffic = new(instance, writers: 2, readers: 8);
        await traffic.MoreAsync(20, Ct);
        int victim = (await Group.PrimaryAsync() + 1) % 3;

        await FreezeAsync(victim);
        await instance.UntilAsync(topology => topology.Nodes[victim].Role == NodeRole.Offline);
        await traffic.MoreAsync(20, Ct);
        await Signals.ThawAsync(Group.Members[victim].ProcessId);
        await instance.UntilAsync(topology => topology.Nodes[victim].Role != NodeRole.Offline);

        await traffic.AssertExactlyOnceAsync(Group, Ct);
        Print("replica frozen", traffic, instance);
        Assert.InRange(traffic.SlowestRead, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(5));
        Assert.True(instance.Metrics["database.reads{reason=replica_failed,role=replica}"] > 0);
    }

    [Fact]
    public async Task Switchover_UnderLoad_NothingFailsAndNoEarlierSessionWrites()
    {
        await using RealDatabase instance = await ReadyAsync();
        await using Traffic traffic = new(instance, writers: 20, readers: 4);
        await traffic.MoreAsync(200, Ct);
        int old = await Group.PrimaryAsync();
        int next = (old + 1) % 3;
        string uuid = (await Group.QueryAsync(next, "SELECT @@server_uuid"))!;

        // There and back: the first primary's sessions must not serve when it is the primary again.
        HashSet<string> before = await WarmedUpAsync(instance);
        // With a time-out, as one switches over under load: without it the old primary never comes to the end of its transactions.
        await Group.QueryAsync(old, $"SELECT group_replication_set_as_primary('{uuid}', 5)");
        await instance.UntilAsync(topology => topology.Primary?.Name == $"db-{next + 1}");
        long changedAt = TimeProvider.System.GetTimestamp();
        await traffic.MoreAsync(200, Ct);
        await Group.QueryAsync(next, $"SELECT group_replication_set_as_primary('{await Group.QueryAsync(old, "SELECT @@server_uuid")}', 5)");
        await instance.UntilAsync(topology => topology.Primary?.Name == $"db-{old + 1}");
        await traffic.MoreAsync(200, Ct);

        await traffic.AssertExactlyOnceAsync(Group, Ct);
        Print("two switchovers", traffic, instance);
        (long At, string Session)[] after = [.. traffic.Writing.Where(write => write.At > changedAt)];
        foreach ((_, string session) in traffic.Writing.Where(write => write.At < changedAt && !write.Session.StartsWith(uuid, StringComparison.Ordinal)))
            before.Add(session);
        Assert.True(before.Count > 10, $"{before.Count} sessions of before");
        Assert.NotEmpty(after);
        // With a driver of which nothing is known there is no way to end a pool's sessions.
        if (!TestDriver.KnowsNothing)
            Assert.DoesNotContain(after, write => before.Contains(write.Session));
        Assert.Equal(0, instance.Metrics.Sum("database.write.unknown"));
        Assert.InRange(traffic.LongestGap, TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task ReplicaKilled_With20IdleConnectionsInThePool_CostsOneTryAReadAtMost()
    {
        // The reads find it, not a probe that comes by itself.
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Group, options => options.ProbeInterval = TimeSpan.FromSeconds(5));
        HashSet<string> idle = await WarmedUpAsync(instance);
        int victim = (await Group.PrimaryAsync() + 1) % 3;
        string uuid = (await Group.QueryAsync(victim, "SELECT @@server_uuid"))!;
        Assert.InRange(idle.Count(session => session.StartsWith(uuid, StringComparison.Ordinal)), 20, 40);

        await Group.KillAsync(victim);
        for (int i = 0; i < 50; i++)
            await instance.Database.CreateSession().ReadAsync(Session, ct: Ct);

        // One refused connect each, for every second read, until the probes that they ask for have taken the node out of the choice.
        double again = instance.Metrics["database.reads{reason=replica_failed,role=replica}"];
        TestContext.Current.TestOutputHelper?.WriteLine($"50 reads after the kill, {again} of them at the second try");
        Assert.InRange(again, 1, 26);
        await instance.UntilAsync(topology => topology.Nodes[victim].Role == NodeRole.Offline);
        for (int i = 0; i < 50; i++)
            await instance.Database.CreateSession().ReadAsync(Session, ct: Ct);

        Assert.Equal(again, instance.Metrics["database.reads{reason=replica_failed,role=replica}"]);
        Assert.Equal(0, instance.Metrics.Sum("database.reads", "role=primary"));
    }

    [Fact]
    public async Task Cancellation_ServerFrozen_ReturnsAtOnceAndDropsTheConnection()
    {
        int victim = (await Group.PrimaryAsync() + 1) % 3;
        await using MySqlDataSource source = new(Group.ApplicationConnectionString(victim));
        DbConnection connection = await source.OpenConnectionAsync(Ct);
        await using DbConnection idle = await source.OpenConnectionAsync(Ct);
        await FreezeAsync(victim);
        TimeSpan query = await CancelAsync(async ct => await Session(connection, ct));
        long closingAt = TimeProvider.System.GetTimestamp();
        await connection.DisposeAsync();
        TimeSpan close = TimeProvider.System.GetElapsedTime(closingAt);
        TimeSpan open = await CancelAsync(async ct => await source.OpenConnectionAsync(ct));
        long retiringAt = TimeProvider.System.GetTimestamp();
        await idle.DisposeAsync();
        source.Retire();
        TimeSpan retire = TimeProvider.System.GetElapsedTime(retiringAt);

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"after the cancellation: query {query.TotalMilliseconds:0.0} ms, close {close.TotalMilliseconds:0.0} ms, connect "
            + $"{open.TotalMilliseconds:0.0} ms; retiring an idle session {retire.TotalMilliseconds:0.0} ms");
        Assert.All([query, close, open, retire], took => Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(2)));
    }

    private async Task FreezeAsync(int member)
    {
        _frozen = member;
        await Signals.FreezeAsync(Group.Members[member].ProcessId);
    }

    private Task<RealDatabase> ReadyAsync() => RealDatabase.ReadyAsync(
        Group,
        options =>
        {
            options.ProbeTimeout = new DatabaseOptions().ProbeTimeout;
            options.CausalWait = new DatabaseOptions().CausalWait;
        },
        poolSize: PoolSize);

    /// <summary>The time from the cancellation to its exception.</summary>
    private static async Task<TimeSpan> CancelAsync(Func<CancellationToken, Task> call)
    {
        using CancellationTokenSource caller = new();
        Task calling = call(caller.Token);
        await Task.WhenAny(calling, Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System));
        Assert.False(calling.IsCompleted);
        long cancelledAt = TimeProvider.System.GetTimestamp();
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calling);
        return TimeProvider.System.GetElapsedTime(cancelledAt);
    }

    /// <summary>Reads side by side, so that both replicas' pools hold idle sessions; says which.</summary>
    private static async Task<HashSet<string>> WarmedUpAsync(RealDatabase instance)
    {
        using SemaphoreSlim together = new(0);
        int arrived = 0;
        int readers = instance.PoolSize is { } size ? size : 40;
        return [.. await Task.WhenAll(Enumerable.Range(0, readers).Select(_ => instance.Database.CreateSession().ReadAsync(
            async (connection, ct) =>
            {
                string session = await Session(connection, ct);
                if (Interlocked.Increment(ref arrived) == readers)
                    together.Release(readers);
                await together.WaitAsync(ct);
                return session;
            },
            Freshness.Any, Ct)))];
    }

    private static async Task<string> Session(DbConnection connection, CancellationToken ct) => (await connection.ExecuteScalarAsync<string>(
        new CommandDefinition("SELECT CONCAT(@@server_uuid, '/', CONNECTION_ID())", cancellationToken: ct)))!;

    private static void Print(string what, Traffic traffic, RealDatabase instance)
    {
        string measured = string.Join(", ", instance.Metrics.All
            .Where(pair => pair.Key.StartsWith("database.write", StringComparison.Ordinal) || pair.Key.StartsWith("database.reads", StringComparison.Ordinal)
                || pair.Key.StartsWith("database.failover", StringComparison.Ordinal))
            .Select(pair => $"{pair.Key} {pair.Value:0.00}"));
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{what}: {traffic.Acknowledged} writes, each sent twice, longest gap {traffic.LongestGap.TotalSeconds:0.00} s; {traffic.Reads} reads, slowest "
            + $"{traffic.SlowestRead.TotalSeconds:0.00} s; {measured}");
    }
}
