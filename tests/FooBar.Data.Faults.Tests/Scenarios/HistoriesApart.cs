using Dapper;
using FooBar.Data.Faults.Tests.Play;
using FooBar.Data.Tests.RealGroup;
using FooBar.Testing;

namespace FooBar.Data.Faults.Tests.Scenarios;

/// <summary>10 and 14: servers whose histories have parted, or may.</summary>
internal static class HistoriesApart
{
    public static IEnumerable<Scenario> All =>
    [
        new(10, "errant transaction on a replica", ErrantAsync),
        new(10, "GTIDs reset on all servers", ResetAsync) { SpoilsCluster = true },
        new(14, "two writable primaries", TwoPrimariesAsync) { InGroup = false },
    ];

    /// <summary>Somebody writes on a replica. With classic replication it is left out; a group does not let it back in.</summary>
    private static async Task ErrantAsync(Scene scene)
    {
        scene.PromiseNobodySees();
        int victim = (await scene.PrimaryAsync() + 1) % 3;
        if (scene.IsGroup)
            await scene.Cluster.ExecuteAsync(victim, "STOP GROUP_REPLICATION");
        await scene.Cluster.ExecuteAsync(victim, "SET GLOBAL super_read_only = OFF");
        await scene.Cluster.ExecuteAsync(victim, $"REPLACE INTO {MySqlCluster.Schema}.note (id, text) VALUES (10, 'written on a replica')");
        await scene.Cluster.ExecuteAsync(victim, "SET GLOBAL super_read_only = ON");
        if (scene.IsGroup)
        {
            await Assert.ThrowsAsync<FooBar.MySql.MySqlException>(
                () => scene.Cluster.ExecuteAsync(victim, $"START GROUP_REPLICATION USER = 'replication', PASSWORD = '{MySqlCluster.ReplicationPassword}'"));
        }

        await scene.UntilAsync(topology => topology.Nodes[victim].Role == NodeRole.Unknown && (scene.IsGroup || Says(topology.Nodes[victim], "it holds transactions that the primary does not")));
        await scene.MoreAsync(300);
        await scene.HealAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>
    /// The same rows, numbered anew, as after a restored dump: what sessions carry demands what nobody holds any more. Their reads are answered all
    /// the same, and what they demanded is dropped.
    /// </summary>
    private static async Task ResetAsync(Scene scene)
    {
        int primary = await scene.PrimaryAsync();
        int[] replicas = [.. Enumerable.Range(0, 3).Where(i => i != primary)];
        await scene.Cluster.ExecuteAsync(primary, "SET GLOBAL super_read_only = ON");
        string held = (await scene.Cluster.QueryAsync(primary, "SELECT @@gtid_executed"))!;
        foreach (int replica in replicas)
            await scene.UntilAsync(async () => await scene.Cluster.QueryAsync(replica, $"SELECT GTID_SUBSET('{held}', @@gtid_executed)") == "1", "the replicas hold everything");
        foreach (int replica in replicas)
            await scene.Cluster.ExecuteAsync(replica, scene.IsGroup ? "STOP GROUP_REPLICATION" : "STOP REPLICA");
        if (scene.IsGroup)
            await scene.Cluster.ExecuteAsync(primary, "STOP GROUP_REPLICATION");
        foreach (int member in (int[])[primary, .. replicas])
        {
            await scene.Cluster.ExecuteAsync(member, "RESET BINARY LOGS AND GTIDS");
            if (member != primary || scene.IsGroup)
                await scene.Cluster.ExecuteAsync(member, scene.IsGroup ? "RESET REPLICA ALL FOR CHANNEL 'group_replication_applier'" : "RESET REPLICA");
        }

        if (scene.IsGroup)
        {
            string join = $"START GROUP_REPLICATION USER = 'replication', PASSWORD = '{MySqlCluster.ReplicationPassword}'";
            await scene.Cluster.ExecuteAsync(primary, "SET GLOBAL group_replication_bootstrap_group = ON");
            await scene.Cluster.ExecuteAsync(primary, join);
            await scene.Cluster.ExecuteAsync(primary, "SET GLOBAL group_replication_bootstrap_group = OFF");
            foreach (int replica in replicas)
                await scene.Cluster.ExecuteAsync(replica, join);
        }
        else
        {
            foreach (int replica in replicas)
                await scene.Cluster.ExecuteAsync(replica, "START REPLICA");
            await scene.Cluster.ExecuteAsync(primary, "SET GLOBAL super_read_only = OFF");
            await scene.Cluster.ExecuteAsync(primary, "SET GLOBAL read_only = OFF");
        }

        await scene.ServedWithinAsync(TimeSpan.FromSeconds(30));
        // What a visitor brings who was here before: a number that the new history has not come to. The load's own tokens were empty when all held everything.
        DatabaseSession before = scene.Application.Database.CreateSession(CausalToken.Parse($"{held[..36]}:1000000"));
        Assert.Equal(1, await before.ReadAsync((connection, ct) => connection.ExecuteScalarAsync<int>(new CommandDefinition("SELECT 1", cancellationToken: ct)), Scene.Ct));
        Assert.NotEmpty(scene.Application.Log.TextsOf(3013));
        await scene.MoreAsync(300);
        int dropped = scene.Applications.Sum(application => application.Log.TextsOf(3013).Count());
        scene.Notes.Add($"{dropped} tokens dropped");
        Assert.All(scene.Applications, application => Assert.NotEmpty(application.Log.TextsOf(3023)));
    }

    /// <summary>A replica is opened by hand and cut from its source: two claim to be the primary. Nobody writes until one steps down.</summary>
    private static async Task TwoPrimariesAsync(Scene scene)
    {
        scene.PromiseNobodySees();
        ClassicCluster cluster = (ClassicCluster)scene.Cluster;
        int primary = await cluster.PrimaryAsync();
        int second = (primary + 1) % 3;
        await cluster.PromoteAsync(second);
        await scene.UntilAsync(topology => topology.WriterStatus == WriterStatus.Conflict);
        foreach (RealDatabase application in scene.Applications)
            await scene.UntilAsync(() => Task.FromResult(application.Log.TextsOf(3003).Any()), "the alarm is logged");
        await cluster.FollowAsync(second, primary);
        await scene.HealAsync();
        Assert.Equal(primary, await cluster.PrimaryAsync());
        // A probe's time lies between the second's first claim and everyone's knowledge of it.
        Assert.DoesNotContain(scene.Applications, application => application.Log.TextsOf(3001).Any(text => text.Contains($"db-{second + 1} ", StringComparison.Ordinal)));
    }

    private static bool Says(NodeState node, string reason) => node.Reason?.Contains(reason, StringComparison.Ordinal) == true;
}
