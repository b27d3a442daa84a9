using FooBar.Data.Faults.Tests.Play;

namespace FooBar.Data.Faults.Tests.Scenarios;

/// <summary>9: servers that run and refuse: no connection is left, the disk is full, somebody has set the primary read-only.</summary>
internal static class ServersLimited
{
    public static IEnumerable<Scenario> All =>
    [
        new(9, "max_connections reached on a replica", scene => ConnectionsAsync(scene, onPrimary: false)),
        new(9, "max_connections reached on the primary", scene => ConnectionsAsync(scene, onPrimary: true)),
        new(9, "disk of the primary full", DiskAsync) { NeedsNamespaces = true },
        new(9, "primary set read-only by hand, and back", ReadOnlyAsync),
    ];

    /// <summary>The applications' connections are ended and may not come back; the monitor keeps its own, and goes on seeing a healthy server.</summary>
    private static async Task ConnectionsAsync(Scene scene, bool onPrimary)
    {
        scene.PromiseNobodySees();
        int victim = (await scene.PrimaryAsync() + (onPrimary ? 0 : 1)) % 3;
        await scene.Cluster.ExecuteAsync(victim, "SET GLOBAL max_connections = 1");
        foreach (string id in (await scene.Cluster.QueryAsync(victim, "SELECT GROUP_CONCAT(ID) FROM performance_schema.processlist WHERE USER = 'app'"))?.Split(',') ?? [])
            await scene.Cluster.EndSessionAsync(victim, id);
        await scene.UntilAsync(
            () => Task.FromResult(scene.Applications.All(application => application.Log.Lines.Any(line => line.Text.Contains("Too many connections", StringComparison.Ordinal)))),
            "every application was refused");
        if (!onPrimary)
            await scene.MoreAsync(300);
        await scene.HealAsync();
    }

    /// <summary>
    /// Commits wait for room without an end, and the server answers everything else. Whoever sent one gets no answer, and no other server may take over:
    /// the outcome stays unknown, until there is room and the server, which looks for it once a minute, is begun anew.
    /// </summary>
    private static async Task DiskAsync(Scene scene)
    {
        int victim = await scene.PrimaryAsync();
        scene.Cluster.Members[victim].Disk!.Fill();
        await scene.UntilAsync(
            () => Task.FromResult(scene.Cluster.Members[victim].ErrorLog.Contains("Disk is full", StringComparison.Ordinal)), "the server knows");
        await scene.UntilAsync(() => Task.FromResult(scene.Workload.Failures.Count > 0), "a caller knows");
        await scene.HealAsync(TimeSpan.FromSeconds(30));
    }

    private static async Task ReadOnlyAsync(Scene scene)
    {
        scene.PromiseNobodySees();
        int victim = await scene.PrimaryAsync();
        await scene.Cluster.ExecuteAsync(victim, "SET GLOBAL super_read_only = ON");
        await scene.UntilAsync(topology => topology.Primary is null);
        await scene.UntilAsync(
            () => Task.FromResult(scene.Applications.All(application => application.Metrics["database.waiting{operation=write}"] >= 20)), "writes are held");
        await scene.Cluster.ExecuteAsync(victim, "SET GLOBAL super_read_only = OFF");
        await scene.Cluster.ExecuteAsync(victim, "SET GLOBAL read_only = OFF");
        await scene.HealAsync();
    }
}
