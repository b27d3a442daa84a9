using FooBar.Data.Faults.Tests.Play;
using FooBar.Data.Tests.History;

namespace FooBar.Data.Faults.Tests.Scenarios;

/// <summary>5: readers are lost, one or all, or everything, and come back.</summary>
internal static class ServersLost
{
    private static readonly TimeSpan BackToNormal = TimeSpan.FromSeconds(2);

    /// <summary>What is normal on a machine that has other work: twice the worst second before the fault, and never less than this.</summary>
    private static readonly TimeSpan LeastNormal = TimeSpan.FromMilliseconds(50);

    public static IEnumerable<Scenario> All =>
    [
        new(5, "one reader killed", OneReaderAsync),
        new(5, "all readers killed", AllReadersAsync),
        new(5, "all readers leave in order", AllReadersLeaveAsync),
        new(5, "everything killed", EverythingAsync),
    ];

    private static async Task OneReaderAsync(Scene scene)
    {
        scene.PromiseNobodySees();
        int victim = (await scene.PrimaryAsync() + 1) % 3;
        long from = Scene.Now;
        await scene.MoreAsync(400);
        long killedAt = Scene.Now;
        await scene.Cluster.KillAsync(victim);
        await scene.UntilAsync(topology => topology.Nodes[victim].Role == NodeRole.Offline);
        await scene.MoreAsync(600);
        long until = Scene.Now;
        scene.Afterwards.Add(history => AssertBackToNormal(scene, history, from, killedAt, until));
        await scene.HealAsync();
    }

    /// <summary>
    /// The p99 of the reads of each second. Back to normal within 2 s: of the seconds that begin later than that, the middle one is not above the worst
    /// before the fault by more than that one's double. The middle one, because this machine's other work has bad seconds of its own.
    /// </summary>
    private static void AssertBackToNormal(Scene scene, RecordedHistory history, long from, long killedAt, long until)
    {
        TimeSpan[] before = Seconds(history, from, killedAt);
        TimeSpan[] during = Seconds(history, killedAt, killedAt + Ticks(BackToNormal));
        TimeSpan[] after = [.. Seconds(history, killedAt + Ticks(BackToNormal), until).Order()];
        Assert.NotEmpty(before);
        Assert.NotEmpty(after);
        TimeSpan middle = after[after.Length / 2];
        TimeSpan normal = TimeSpan.FromTicks(Math.Max(LeastNormal.Ticks, 2 * before.Max().Ticks));
        string figures = $"p99 of reads by the second: {Words(before)} ms before, {Words(during)} ms in the 2 s behind the kill, {Words(after)} ms later, sorted";
        string appends = $"appends: {history.LatenciesOfAppends(from, killedAt)} before; {history.LatenciesOfAppends(killedAt, killedAt + Ticks(BackToNormal))} in the 2 s behind the kill; "
            + $"{history.LatenciesOfAppends(killedAt + Ticks(BackToNormal), until)} later";
        string kinds = string.Join('\n', Enum.GetValues<ReadKind>().Select(kind =>
            $"{kind}: {history.LatenciesOfReads(from, killedAt, kind)} before; {history.LatenciesOfReads(killedAt, killedAt + Ticks(BackToNormal), kind)} in the 2 s behind the kill; "
            + $"{history.LatenciesOfReads(killedAt + Ticks(BackToNormal), until, kind)} later"));
        TestContext.Current.TestOutputHelper?.WriteLine($"{figures}\n{kinds}\n{appends}");
        Assert.True(middle <= normal, figures);
    }

    private static TimeSpan[] Seconds(RecordedHistory history, long from, long until)
    {
        long second = TimeProvider.System.TimestampFrequency;
        return [.. Enumerable.Range(0, (int)((until - from) / second)).Select(i => history.LatenciesOfReads(from + (i * second), from + ((i + 1) * second))).Where(latencies => latencies.Count > 0).Select(latencies => latencies.P99)];
    }

    private static string Words(IEnumerable<TimeSpan> spans) => string.Join(" ", spans.Select(span => $"{span.TotalMilliseconds:0}"));

    private static long Ticks(TimeSpan span) => (long)(span.TotalSeconds * TimeProvider.System.TimestampFrequency);

    /// <summary>A group is left without a majority then, and nobody answers what must be new; with classic replication the primary serves alone.</summary>
    private static async Task AllReadersAsync(Scene scene)
    {
        int primary = await scene.PrimaryAsync();
        if (!scene.IsGroup)
            scene.PromiseNobodySees();
        await Task.WhenAll(Others(primary).Select(scene.Cluster.KillAsync));
        await scene.UntilAsync(topology => topology.Nodes.Where((_, i) => i != primary).All(node => node.Role == NodeRole.Offline));
        if (scene.IsGroup)
            await scene.UntilAsync(topology => topology.Primary is null);
        else
            await scene.MoreAsync();
        await scene.HealAsync();
    }

    /// <summary>
    /// The primary is the majority of what is left, and serves alone. A group's new view holds everything up for a moment, and what comes behind that in
    /// one wave is more than the primary's places for reads that are the replicas': some are shed, as is promised.
    /// </summary>
    private static async Task AllReadersLeaveAsync(Scene scene)
    {
        int primary = await scene.PrimaryAsync();
        foreach (int reader in Others(primary))
            await scene.Cluster.ExecuteAsync(reader, scene.IsGroup ? "STOP GROUP_REPLICATION" : "SHUTDOWN");
        await scene.UntilAsync(topology => topology.Primary is not null && topology.Nodes.All(node => node.Role != NodeRole.Replica));
        await scene.MoreAsync(300);
        await scene.HealAsync();
    }

    private static async Task EverythingAsync(Scene scene)
    {
        await Task.WhenAll(Enumerable.Range(0, 3).Select(scene.Cluster.KillAsync));
        await scene.UntilAsync(topology => topology.Nodes.All(node => node.Role == NodeRole.Offline));
        await scene.HealAsync();
    }

    private static IEnumerable<int> Others(int primary) => Enumerable.Range(0, 3).Where(i => i != primary);
}
