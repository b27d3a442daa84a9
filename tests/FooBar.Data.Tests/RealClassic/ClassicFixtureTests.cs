using System.Globalization;
using FooBar.MySql;
using FooBar.Testing;

namespace FooBar.Data.Tests.RealClassic;

/// <summary>The ground that the tests of the collection stand on: each finds a whole cluster, whatever the one before did to it.</summary>
[Collection(RealClassicDefinition.Name)]
public sealed class ClassicFixtureTests(ClassicFixture fixture) : IAsyncLifetime
{
    private static int s_note;

    private ClassicCluster Cluster => fixture.Cluster;

    public async ValueTask InitializeAsync() => await Cluster.HealAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Start_OthersFollowThePrimaryOverTlsAndAreReadOnly()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"the cluster was there after {fixture.StartUp.TotalSeconds:0.0} s");
        int primary = await Cluster.PrimaryAsync();

        await AssertWholeAsync(primary);
        foreach (int i in Enumerable.Range(0, 3))
            Assert.Equal($"127.0.0.1 {Cluster.Members[i].Port}", await Cluster.QueryAsync(i, "SELECT CONCAT(@@report_host, ' ', @@report_port)"));
        foreach (int i in Others(primary))
            Assert.Equal("YES 1", await Cluster.QueryAsync(i, "SELECT CONCAT(SSL_ALLOWED, ' ', AUTO_POSITION) FROM performance_schema.replication_connection_configuration"));
    }

    [Fact]
    public async Task Heal_HealthyCluster_ChangesNothing()
    {
        int primary = await Cluster.PrimaryAsync();
        string[] before = await ReceiversAsync();
        long startedAt = TimeProvider.System.GetTimestamp();
        await Cluster.HealAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"healed in {TimeProvider.System.GetElapsedTime(startedAt).TotalMilliseconds:0.0} ms");

        Assert.Equal(primary, await Cluster.PrimaryAsync());
        Assert.Equal(before, await ReceiversAsync());

        async Task<string[]> ReceiversAsync() => [.. await Task.WhenAll(Others(primary).Select(async i =>
            await Cluster.QueryAsync(i, "SELECT CONCAT(@@server_uuid, THREAD_ID) FROM performance_schema.replication_connection_status") ?? "none"))];
    }

    [Theory]
    [InlineData("the primary")]
    [InlineData("a replica")]
    [InlineData("all")]
    public async Task Heal_MembersKilled_ComeBackInTheirRoles(string who)
    {
        int primary = await Cluster.PrimaryAsync();
        int note = await InsertAsync(primary);
        int[] killed = who switch { "the primary" => [primary], "a replica" => [(primary + 1) % 3], _ => [0, 1, 2] };
        foreach (int i in killed)
            await Cluster.KillAsync(i);

        await HealAsync();

        Assert.Equal(primary, await Cluster.PrimaryAsync());
        await AssertWholeAsync(primary, note);
    }

    [Fact]
    public async Task Heal_AnotherOnePromoted_StaysThePrimaryAndTheOldOneFollows()
    {
        int old = await Cluster.PrimaryAsync();
        int next = (old + 1) % 3;
        await Cluster.KillAsync(old);
        await Cluster.PromoteAsync(next);
        int note = await InsertAsync(next);

        await Cluster.RestartAsync(old);
        await Cluster.FollowAsync(old, next);
        await HealAsync();

        Assert.Equal(next, await Cluster.PrimaryAsync());
        await AssertWholeAsync(next, note);
    }

    [Fact]
    public async Task Heal_TwoWritable_OneIsLeftAndWhatTheOtherWroteIsGone()
    {
        int primary = await Cluster.PrimaryAsync();
        int other = (primary + 1) % 3;
        await Cluster.PromoteAsync(other);
        int[] notes = [await InsertAsync(primary), await InsertAsync(other)];

        await HealAsync();

        int left = await Cluster.PrimaryAsync();
        await AssertWholeAsync(left, notes[left == primary ? 0 : 1]);
        Assert.Null(await TextAsync(left, notes[left == primary ? 1 : 0]));
    }

    [Fact]
    public async Task Heal_ErrantTransaction_MakesTheMemberAnew()
    {
        int primary = await Cluster.PrimaryAsync();
        int errant = (primary + 1) % 3;
        await Cluster.ExecuteAsync(errant, "SET GLOBAL super_read_only = OFF");
        int stray = await InsertAsync(errant);
        await Cluster.ExecuteAsync(errant, "SET GLOBAL super_read_only = ON");
        int note = await InsertAsync(primary);

        await HealAsync();

        await AssertWholeAsync(primary, note);
        Assert.Null(await TextAsync(errant, stray));
    }

    [Fact]
    public async Task Heal_RowsDifferUnseenByGtids_MakesTheMemberAnewWhereTheApplierStops()
    {
        int primary = await Cluster.PrimaryAsync();
        int other = (primary + 1) % 3;
        int note = Interlocked.Increment(ref s_note);
        await using (MySqlConnection connection = new(Cluster.Members[other].ConnectionString))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            foreach (string sql in new[] { "SET GLOBAL super_read_only = OFF", "SET sql_log_bin = OFF", Insert(note, "mine"), "SET GLOBAL super_read_only = ON" })
            {
                await using MySqlCommand command = connection.CreateCommand();
                command.CommandText = sql;
                await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            }
        }

        await Cluster.ExecuteAsync(primary, Insert(note, $"text {note}"));

        await HealAsync();

        await AssertWholeAsync(primary, note);
    }

    [Fact]
    public async Task Heal_GtidsResetAndTheMemberDiscarded_MakesItAnewUnderAnotherPrimary()
    {
        int old = await Cluster.PrimaryAsync();
        await Cluster.ExecuteAsync(old, "RESET BINARY LOGS AND GTIDS");
        Cluster.Discard(old);

        await HealAsync();

        int primary = await Cluster.PrimaryAsync();
        Assert.NotEqual(old, primary);
        await AssertWholeAsync(primary);
    }

    [Theory]
    [InlineData("STOP REPLICA SQL_THREAD")]
    [InlineData("STOP REPLICA IO_THREAD")]
    [InlineData("STOP REPLICA SQL_THREAD; CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 3600; START REPLICA")]
    [InlineData("STOP REPLICA; RESET REPLICA ALL")]
    public async Task Heal_ReplicaThatDoesNotApply_CatchesUp(string spoil)
    {
        int primary = await Cluster.PrimaryAsync();
        int replica = (primary + 1) % 3;
        foreach (string sql in spoil.Split(';'))
            await Cluster.ExecuteAsync(replica, sql);
        int note = await InsertAsync(primary);
        Assert.Null(await TextAsync(replica, note));

        await HealAsync();

        await AssertWholeAsync(primary, note);
    }

    [Fact]
    public async Task Heal_SettingsChanged_AreWhatTheyWere()
    {
        int primary = await Cluster.PrimaryAsync();
        await Cluster.ExecuteAsync(primary, "SET GLOBAL max_connections = 10");
        await Cluster.ExecuteAsync(primary, "SET GLOBAL super_read_only = ON");
        await Cluster.ExecuteAsync((primary + 1) % 3, "SET PERSIST max_connections = 10");
        await Cluster.ExecuteAsync((primary + 1) % 3, "SET GLOBAL offline_mode = ON");
        await Cluster.KillAsync((primary + 2) % 3);
        await Cluster.RestartAsync((primary + 2) % 3, "max-connections=10");

        await HealAsync();

        foreach (int i in Enumerable.Range(0, 3))
            Assert.Equal("200 0", await Cluster.QueryAsync(i, "SELECT CONCAT(@@max_connections, ' ', @@offline_mode)"));
        await Cluster.KillAsync((primary + 1) % 3);
        await Cluster.RestartAsync((primary + 1) % 3);
        Assert.Equal("200", await Cluster.QueryAsync((primary + 1) % 3, "SELECT @@max_connections"));
        await HealAsync();
        await AssertWholeAsync(await Cluster.PrimaryAsync());
    }

    [Fact]
    public async Task Heal_MemberFrozen_GoesOn()
    {
        int primary = await Cluster.PrimaryAsync();
        await Cluster.FreezeAsync((primary + 1) % 3);
        int note = await InsertAsync(primary);

        await HealAsync();

        await AssertWholeAsync(primary, note);
    }

    [Fact]
    public async Task Administration_SwitchesOver_WithItsOwnPrivileges()
    {
        int old = await Cluster.PrimaryAsync();
        int next = (old + 1) % 3;
        await AdministrateAsync(old, "SET PERSIST super_read_only = ON", "RESET PERSIST read_only", "RESET PERSIST super_read_only");
        await AdministrateAsync(next, "STOP REPLICA", "RESET REPLICA ALL", "SET PERSIST super_read_only = OFF", "SET PERSIST read_only = OFF");
        await AdministrateAsync(
            old,
            string.Create(
                CultureInfo.InvariantCulture,
                $"CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = {Cluster.Members[next].Port}, SOURCE_USER = 'replication', SOURCE_PASSWORD = 'lab-only', SOURCE_AUTO_POSITION = 1, SOURCE_SSL = 1"),
            "START REPLICA");

        Assert.Equal(next, await Cluster.PrimaryAsync());
        await HealAsync();
        await AssertWholeAsync(next, await InsertAsync(next));
    }

    private async Task AdministrateAsync(int member, params string[] statements)
    {
        await using MySqlConnection connection = new(Cluster.AdministrationConnectionString(member));
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        foreach (string sql in statements)
        {
            await using MySqlCommand command = connection.CreateCommand();
            command.CommandText = sql;
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
    }

    private async Task HealAsync()
    {
        long startedAt = TimeProvider.System.GetTimestamp();
        await Cluster.HealAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"healed in {TimeProvider.System.GetElapsedTime(startedAt).TotalMilliseconds:0} ms");
    }

    /// <summary>One takes writes, what it is given arrives at the others, and they hold the row and nothing that it does not hold.</summary>
    private async Task AssertWholeAsync(int primary, int? note = null)
    {
        Assert.Equal(primary, await Cluster.PrimaryAsync());
        int newest = await InsertAsync(primary);
        string held = (await Cluster.QueryAsync(primary, "SELECT @@gtid_executed"))!;
        foreach (int i in Others(primary))
        {
            Assert.Equal("0", await Cluster.QueryAsync(i, $"SELECT WAIT_FOR_EXECUTED_GTID_SET('{held}', 30)"));
            Assert.Equal(held, await Cluster.QueryAsync(i, "SELECT @@gtid_executed"));
            Assert.Equal("1", await Cluster.QueryAsync(i, "SELECT @@super_read_only"));
            Assert.Equal($"text {newest}", await TextAsync(i, newest));
            if (note is { } earlier)
                Assert.Equal($"text {earlier}", await TextAsync(i, earlier));
        }
    }

    private async Task<int> InsertAsync(int member)
    {
        int note = Interlocked.Increment(ref s_note);
        await Cluster.ExecuteAsync(member, Insert(note, $"text {note}"));
        return note;
    }

    private static string Insert(int note, string text) =>
        string.Create(CultureInfo.InvariantCulture, $"INSERT INTO {MySqlCluster.Schema}.note (id, text) VALUES ({note}, '{text}')");

    private Task<string?> TextAsync(int member, int note) => Cluster.QueryAsync(
        member, string.Create(CultureInfo.InvariantCulture, $"SELECT text FROM {MySqlCluster.Schema}.note WHERE id = {note}"));

    private static int[] Others(int primary) => [(primary + 1) % 3, (primary + 2) % 3];
}
