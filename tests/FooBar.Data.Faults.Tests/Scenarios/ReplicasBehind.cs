using FooBar.Data.Faults.Tests.Play;

namespace FooBar.Data.Faults.Tests.Scenarios;

/// <summary>7: replicas receive and do not apply, or late. Nobody sees it, and no answer is older than it may be.</summary>
internal static class ReplicasBehind
{
    public static IEnumerable<Scenario> All =>
    [
        new(7, "applier of one replica stopped", OneStoppedAsync),
        new(7, "appliers of all replicas stopped", AllStoppedAsync),
        new(7, "replicas a second and more behind (SOURCE_DELAY)", DelayedAsync) { InGroup = false },
        new(7, "lag flapping around the bound", FlappingAsync),
    ];

    private static async Task OneStoppedAsync(Scene scene)
    {
        scene.PromiseNobodySees();
        int replica = (await scene.PrimaryAsync() + 1) % 3;
        await using (await HeldApplier.HoldAsync(scene.Cluster, replica))
            await scene.MoreAsync(400);
        await scene.HealAsync();
    }

    private static async Task AllStoppedAsync(Scene scene)
    {
        scene.PromiseNobodySees();
        int primary = await scene.PrimaryAsync();
        await using (await HeldApplier.HoldAsync(scene.Cluster, (primary + 1) % 3))
        await using (await HeldApplier.HoldAsync(scene.Cluster, (primary + 2) % 3))
            await scene.MoreAsync(400);
        await scene.HealAsync();
    }

    private static async Task DelayedAsync(Scene scene)
    {
        scene.PromiseNobodySees();
        int primary = await scene.PrimaryAsync();
        foreach (int seconds in new[] { 1, 3 })
        {
            await Task.WhenAll(Others(primary).Select(replica => DelayAsync(scene, replica, seconds)));
            await scene.MoreAsync(400);
        }

        await Task.WhenAll(Others(primary).Select(replica => DelayAsync(scene, replica, 0)));
        await scene.HealAsync();
    }

    /// <summary>Held for a second and let go, by turns: they are in and out of the bound of a second all the time.</summary>
    private static async Task FlappingAsync(Scene scene)
    {
        scene.PromiseNobodySees();
        int primary = await scene.PrimaryAsync();
        for (int i = 0; i < 6; i++)
        {
            int replica = (primary + 1 + (i % 2)) % 3;
            await using (await HeldApplier.HoldAsync(scene.Cluster, replica))
                await scene.MoreAsync(80 + (10 * i));
            await scene.MoreAsync(30);
        }

        await scene.HealAsync();
    }

    private static async Task DelayAsync(Scene scene, int replica, int seconds)
    {
        await scene.Cluster.ExecuteAsync(replica, "STOP REPLICA SQL_THREAD");
        await scene.Cluster.ExecuteAsync(replica, $"CHANGE REPLICATION SOURCE TO SOURCE_DELAY = {seconds}");
        await scene.Cluster.ExecuteAsync(replica, "START REPLICA SQL_THREAD");
    }

    private static IEnumerable<int> Others(int primary) => Enumerable.Range(0, 3).Where(i => i != primary);
}
