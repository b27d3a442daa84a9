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

    private Task<RealDatabase> ReadyAsync() => RealDatabase.ReadyAsync(Group, options =>
    {
        options.ProbeTimeout = new DatabaseOptions().ProbeTimeout;
        options.CausalWait = new DatabaseOptions().CausalWait;
    });

    private static void Print(string what, Workload workload, HistoryReport report) => TestContext.Current.TestOutputHelper?.WriteLine(
        $"{what}: {workload.Begun} operations, {workload.RatePerSecond:0} a second, nothing begun for {workload.LongestStandstill.TotalSeconds:0.00} s "
        + $"at most; {report.Summary}\n{string.Join('\n', workload.Failures)}");
}
