using FooBar.MySql;
using FooBar.Testing;

namespace FooBar.Data.Tests.RealGroup;

/// <summary>The ground that the other tests of the collection stand on: each finds a whole group, whatever the one before did to it.</summary>
[Collection(RealGroupDefinition.Name)]
public sealed class GroupFixtureTests(GroupFixture fixture) : IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await fixture.Group.HealAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Heal_MemberLeftTheGroupThoughNobodyKilledIt_BringsItBackOpenToItsClients()
    {
        int primary = await fixture.Group.PrimaryAsync();
        int member = (primary + 1) % fixture.Group.Members.Count;
        await fixture.Group.ExecuteAsync(member, "STOP GROUP_REPLICATION");
        await fixture.Group.ExecuteAsync(member, "SET GLOBAL offline_mode = ON");

        await fixture.Group.HealAsync();

        Assert.Equal("ONLINE", await fixture.Group.QueryAsync(member, "SELECT MEMBER_STATE FROM performance_schema.replication_group_members WHERE MEMBER_ID = @@server_uuid"));
        Assert.Equal("0", await fixture.Group.QueryAsync(member, "SELECT @@offline_mode"));
    }

    [Fact]
    public async Task Heal_AllMembersKilled_TheOneThatHoldsMostBeginsTheGroupAnew()
    {
        MySqlGroup group = fixture.Group;
        int primary = await group.PrimaryAsync();
        // The others lack what comes last.
        foreach (int i in Enumerable.Range(0, group.Members.Count).Where(i => i != primary))
            await group.KillAsync(i);
        string held = (await group.QueryAsync(primary, "SELECT @@gtid_executed"))!;
        await group.KillAsync(primary);

        long startedAt = TimeProvider.System.GetTimestamp();
        await group.HealAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"healed in {TimeProvider.System.GetElapsedTime(startedAt).TotalMilliseconds:0} ms");

        foreach (int i in Enumerable.Range(0, group.Members.Count))
            Assert.Equal("1", await group.QueryAsync(i, $"SELECT GTID_SUBSET('{held}', @@gtid_executed)"));
    }

    [Fact]
    public async Task Heal_ErrantTransaction_MakesTheMemberAnew()
    {
        MySqlGroup group = fixture.Group;
        int primary = await group.PrimaryAsync();
        int errant = (primary + 1) % group.Members.Count;
        await group.ExecuteAsync(errant, "STOP GROUP_REPLICATION");
        await group.ExecuteAsync(errant, "SET GLOBAL super_read_only = OFF");
        await group.ExecuteAsync(errant, "CREATE DATABASE stray");

        long startedAt = TimeProvider.System.GetTimestamp();
        await group.HealAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"healed in {TimeProvider.System.GetElapsedTime(startedAt).TotalMilliseconds:0} ms");

        Assert.Null(await group.QueryAsync(errant, "SHOW DATABASES LIKE 'stray'"));
        Assert.Equal("operation", await group.QueryAsync(errant, $"SHOW TABLES IN {MySqlCluster.Schema} LIKE 'operation'"));
    }

    [Fact]
    public async Task Heal_ReadOnlySetByHand_TheRolesAreAsTheyWere()
    {
        MySqlGroup group = fixture.Group;
        int primary = await group.PrimaryAsync();
        int replica = (primary + 1) % group.Members.Count;
        await group.ExecuteAsync(primary, "SET GLOBAL super_read_only = ON");
        await group.ExecuteAsync(replica, "SET GLOBAL read_only = OFF");
        await group.ExecuteAsync(replica, "SET GLOBAL max_connections = 10");

        await group.HealAsync();

        Assert.Equal("0 0", await group.QueryAsync(primary, "SELECT CONCAT(@@read_only, ' ', @@super_read_only)"));
        Assert.Equal("1 1 200", await group.QueryAsync(replica, "SELECT CONCAT(@@read_only, ' ', @@super_read_only, ' ', @@max_connections)"));
        long startedAt = TimeProvider.System.GetTimestamp();
        await group.HealAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"healed a whole group in {TimeProvider.System.GetElapsedTime(startedAt).TotalMilliseconds:0.0} ms");
    }

    [Fact]
    public async Task Administration_ElectsAndSetsReadOnly_WithItsOwnPrivileges()
    {
        MySqlGroup group = fixture.Group;
        int next = (await group.PrimaryAsync() + 1) % group.Members.Count;
        await using MySqlConnection connection = new(group.AdministrationConnectionString(next));
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        foreach (string sql in new[] { "SELECT group_replication_set_as_primary(@@server_uuid)", "SET GLOBAL super_read_only = ON" })
        {
            await using MySqlCommand command = connection.CreateCommand();
            command.CommandText = sql;
            await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(next, await group.PrimaryAsync());
        Assert.Equal("1", await group.QueryAsync(next, "SELECT @@super_read_only"));
    }
}
