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
    /// <remarks>
    /// In a group only what no agreement of the group takes part in: until it has expelled the dead member, 5 s later, each agreement waits for it, whoever
    /// asks for it. All kinds are printed.
    /// </remarks>
    private static void AssertBackToNormal(Scene scene, RecordedHistory history, long from, long killedAt, long until)
    {
        ReadKind[] kinds = scene.IsGroup ? [ReadKind.OwnWrites, ReadKind.Any] : Enum.GetValues<ReadKind>();
        string all = string.Join('\n', [
            .. Enum.GetValues<ReadKind>().Select(kind => Around(kind.ToString(), (begin, end) => history.LatenciesOfReads(begin, end, kind))),
            Around("appends", history.LatenciesOfAppends),
        ]);
        TestContext.Current.TestOutputHelper?.WriteLine(all);
        foreach (ReadKind kind in kinds)
        {
            TimeSpan[] before = Seconds(history, from, killedAt, kind);
            TimeSpan[] after = [.. Seconds(history, killedAt + Ticks(BackToNormal), until, kind).Order()];
            Assert.NotEmpty(before);
            Assert.NotEmpty(after);
            TimeSpan normal = TimeSpan.FromTicks(Math.Max(LeastNormal.Ticks, 2 * before.Max().Ticks));
            Assert.True(after[after.Length / 2] <= normal, $"p99 of {kind} by the second: {Words(before)} ms before, {Words(after)} ms from 2 s behind the kill on, sorted");
        }

        string Around(string what, Func<long, long, Latencies> latencies) =>
            $"{what}: {latencies(from, killedAt)} before; {latencies(killedAt, killedAt + Ticks(BackToNormal))} in the 2 s behind the kill; {latencies(killedAt + Ticks(BackToNormal), until)} later";
    }

    private static TimeSpan[] Seconds(RecordedHistory history, long from, long until, ReadKind? kind = null)
    {
        long second = TimeProvider.System.TimestampFrequency;
        return [.. Enumerable.Range(0, (int)((until - from) / second))
            .Select(i => history.LatenciesOfReads(from + (i * second), from + ((i + 1) * second), kind))
            .Where(latencies => latencies.Count > 0).Select(latencies => latencies.P99)];
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
        // A server that is asked to go refuses everyone long before it has gone.
        if (!scene.IsGroup)
            await scene.UntilAsync(() => Task.FromResult(Others(primary).All(reader => !scene.Cluster.Members[reader].IsRunning)), "they have ended");
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
