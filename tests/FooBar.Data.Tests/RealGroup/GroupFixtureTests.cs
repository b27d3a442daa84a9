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
}
