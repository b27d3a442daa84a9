using FooBar.Data.Tests.History;
using FooBar.Testing;

namespace FooBar.Data.Tests.RealGroup;

/// <summary>The history of everything that the clients of two instances were told, checked against what the data layer promises.</summary>
[Collection(RealGroupDefinition.Name)]
public sealed class HistoryTests(GroupFixture fixture) : IAsyncLifetime
{
    private MySqlGroup Group => fixture.Group;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await Group.HealAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task HealthyGroup_TwoInstances_KeepsEveryPromiseAtTheFullRate()
    {
        await using RealDatabase one = await ReadyAsync();
        await using RealDatabase two = await ReadyAsync();
        await using Workload workload = new([one.Database, two.Database]);
        await workload.StartAsync(Ct);
        // Some 5 s of them.
        await workload.MoreAsync(400, Ct);

        RecordedHistory history = await workload.StopAsync(Ct);
        HistoryReport report = HistoryChecker.Check(history);
        Print("healthy group", workload, report);
        report.AssertCorrect();
        Assert.Empty(report.Errors);
        Assert.Equal(0, workload.NotBegun);
        Assert.InRange(workload.RatePerSecond, 240, 260);
    }

    [Fact]
    public async Task ReplicaKilled_TwoInstances_KeepsEveryPromiseAndNobodySeesIt()
    {
        await using RealDatabase one = await ReadyAsync();
        await using RealDatabase two = await ReadyAsync();
        await using Workload workload = new([one.Database, two.Database]);
        await workload.StartAsync(Ct);
        await workload.MoreAsync(200, Ct);
        long startedAt = TimeProvider.System.GetTimestamp();
        await workload.MoreAsync(150, Ct);
        int victim = (await Group.PrimaryAsync() + 1) % 3;

        long killedAt = TimeProvider.System.GetTimestamp();
        await Group.KillAsync(victim);
        await one.UntilAsync(topology => topology.Nodes[victim].Role == NodeRole.Offline);
        await workload.MoreAsync(600, Ct);

        RecordedHistory history = await workload.StopAsync(Ct);
        HistoryReport report = HistoryChecker.Check(history);
        Print("replica killed", workload, report);
        long after = killedAt + (2 * TimeProvider.System.TimestampFrequency);
        foreach (ReadKind kind in Enum.GetValues<ReadKind>())
        {
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{kind} before the kill: {history.LatenciesOfReads(startedAt, killedAt, kind)}; in the 2 s after it: "
                + $"{history.LatenciesOfReads(killedAt, after, kind)}; then: {history.LatenciesOfReads(after, long.MaxValue, kind)}");
        }

        report.AssertCorrect();
        Assert.Empty(report.Errors);
        Assert.Equal(0, workload.NotBegun);
    }

    private Task<RealDatabase> ReadyAsync() => RealDatabase.ReadyAsync(Group, options =>
    {
        options.ProbeTimeout = new DatabaseOptions().ProbeTimeout;
        options.CausalWait = new DatabaseOptions().CausalWait;
    });

    private static void Print(string what, Workload workload, HistoryReport report) => TestContext.Current.TestOutputHelper?.WriteLine(
        $"{what}: {workload.Begun} operations, {workload.RatePerSecond:0} a second, nothing begun for {workload.LongestStandstill.TotalSeconds:0.00} s "
        + $"at most; {report.Summary}\n{string.Join('\n', workload.Failures)}");
}
