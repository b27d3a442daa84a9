using FooBar.Data.Faults.Tests.Play;
using FooBar.Data.Tests.RealGroup;

namespace FooBar.Data.Faults.Tests.Scenarios;

/// <summary>2: the primary hangs, with its connections open and new ones accepted (SIGSTOP), and wakes up early or late.</summary>
internal static class WriterFrozen
{
    public static IEnumerable<Scenario> All =>
    [
        new(2, "writer frozen, thawed early", EarlyAsync),
        new(2, "writer frozen, thawed late", LateAsync),
    ];

    /// <summary>Before a group has given it up: it goes on with what it had in hand, and is the primary as before.</summary>
    private static async Task EarlyAsync(Scene scene)
    {
        scene.PromiseNobodySees();
        int victim = await scene.PrimaryAsync();
        await scene.Cluster.FreezeAsync(victim);
        await scene.UntilAsync(topology => topology.Primary is null);
        await scene.Cluster.ThawAsync(victim);
        await scene.HealAsync();
    }

    /// <summary>
    /// A group has another primary by then, and the old one wakes up as one that believes itself to be it. With classic replication it is the
    /// only one that there is, and it wakes up when the held writes have failed.
    /// </summary>
    private static async Task LateAsync(Scene scene)
    {
        int victim = await scene.PrimaryAsync();
        await scene.Cluster.FreezeAsync(victim);
        if (scene.IsGroup)
        {
            scene.PromiseNobodySees();
            await scene.UntilAsync(topology => topology.Primary is { } primary && primary.Name != $"db-{victim + 1}");
            await scene.MoreAsync();
        }
        else
        {
            await scene.UntilAsync(() => Task.FromResult(scene.Workload.Failures.Count > 0), "somebody was told that there is no primary");
        }

        await scene.Cluster.ThawAsync(victim);
        if (scene.IsGroup)
        {
            foreach (RealDatabase application in scene.Applications)
                await application.UntilAsync(topology => topology.Nodes[victim].Role != NodeRole.Offline);
        }

        await scene.MoreAsync();
        await scene.HealAsync();
    }
}
