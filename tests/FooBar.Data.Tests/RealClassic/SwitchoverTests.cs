using FooBar.Data.Tests.RealGroup;
using FooBar.Testing;

namespace FooBar.Data.Tests.RealClassic;

/// <summary>Switchovers by a process that was started for this alone, as an operator's tool is.</summary>
[Collection(RealClassicDefinition.Name)]
public sealed class SwitchoverTests(ClassicFixture fixture) : IAsyncLifetime
{
    private static readonly SwitchoverOptions Options = new() { ReplicationUser = "replication", ReplicationPassword = () => MySqlCluster.ReplicationPassword };

    private ClassicCluster Cluster => fixture.Cluster;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await Cluster.HealAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Switchover_BeforeAnybodyHasAnswered_WaitsForTheFirstAnswers()
    {
        int primary = await Cluster.PrimaryAsync();
        int next = (primary + 1) % 3;
        await using RealDatabase instance = new(Cluster);

        SwitchoverResult result = await instance.Database.SwitchOverAsync($"db-{next + 1}", Options, Ct);

        Assert.Equal(($"db-{primary + 1}", $"db-{next + 1}", 0), (result.From, result.To, result.NotFollowing.Count));
        Assert.Equal(next, await Cluster.PrimaryAsync());

        // By default it would wait for a minute when its new source is restarted, and give up after ten.
        Assert.Equal("1 0", await Cluster.QueryAsync(
            primary, "SELECT CONCAT(CONNECTION_RETRY_INTERVAL, ' ', CONNECTION_RETRY_COUNT) FROM performance_schema.replication_connection_configuration"));
    }

    [Fact]
    public async Task Switchover_WhileAReplicaIsDown_NamesIt()
    {
        int primary = await Cluster.PrimaryAsync();
        int next = (primary + 1) % 3, away = (primary + 2) % 3;
        await Cluster.KillAsync(away);
        await using RealDatabase instance = new(Cluster);

        SwitchoverResult result = await instance.Database.SwitchOverAsync($"db-{next + 1}", Options, Ct);

        Assert.StartsWith($"db-{away + 1}: ", Assert.Single(result.NotFollowing), StringComparison.Ordinal);
        Assert.Equal(next, await Cluster.PrimaryAsync());
    }

    [Fact]
    public async Task Switchover_ToThePrimaryThatTakesNoWrites_SaysHowLongThatTook()
    {
        int primary = await Cluster.PrimaryAsync();
        await Cluster.ExecuteAsync(primary, "SET PERSIST read_only = ON");
        await Cluster.ExecuteAsync(primary, "SET PERSIST super_read_only = ON");
        await using RealDatabase instance = new(Cluster);

        SwitchoverResult result = await instance.Database.SwitchOverAsync($"db-{primary + 1}", Options, Ct);

        Assert.True(result.WithoutPrimary > TimeSpan.Zero);
        Assert.Equal(primary, await Cluster.PrimaryAsync());
    }
}
