using FooBar.Data.Faults.Tests.Play;
using FooBar.Testing;

namespace FooBar.Data.Faults.Tests.Scenarios;

/// <summary>4: somebody else elects another primary, or promotes a reader, and back.</summary>
internal static class WriterElected
{
    public static IEnumerable<Scenario> All =>
    [
        new(4, "another primary elected by hand, and the old one again", ElectAsync) { InClassic = false },
        new(4, "reader promoted by hand, and the old primary again", PromoteAsync) { InGroup = false },
    ];

    private static async Task ElectAsync(Scene scene)
    {
        scene.PromiseNobodySees();
        int first = await scene.PrimaryAsync();
        foreach (int next in new[] { (first + 1) % 3, first })
        {
            string uuid = (await scene.Cluster.QueryAsync(next, "SELECT @@server_uuid"))!;
            await scene.Cluster.ExecuteAsync(next, $"SELECT group_replication_set_as_primary('{uuid}')");
            await scene.UntilAsync(topology => topology.Primary?.Name == $"db-{next + 1}");
            await scene.MoreAsync();
        }

        await scene.HealAsync();
    }

    /// <summary>By the book: the old one takes no more writes, the next one has everything, then it is opened, and the others follow it.</summary>
    private static async Task PromoteAsync(Scene scene)
    {
        scene.PromiseNobodySees();
        ClassicCluster cluster = (ClassicCluster)scene.Cluster;
        int first = await cluster.PrimaryAsync();
        foreach ((int from, int to) in new[] { (first, (first + 1) % 3), ((first + 1) % 3, first) })
        {
            await cluster.ExecuteAsync(from, "SET GLOBAL super_read_only = ON");
            string held = (await cluster.QueryAsync(from, "SELECT @@gtid_executed"))!;
            Assert.Equal("0", await cluster.QueryAsync(to, $"SELECT WAIT_FOR_EXECUTED_GTID_SET('{held}', 30)"));
            await cluster.PromoteAsync(to);
            await Task.WhenAll(Enumerable.Range(0, 3).Where(i => i != to).Select(i => cluster.FollowAsync(i, to)));
            await scene.UntilAsync(topology => topology.Primary?.Name == $"db-{to + 1}");
            await scene.MoreAsync();
        }

        await scene.HealAsync();
    }
}
