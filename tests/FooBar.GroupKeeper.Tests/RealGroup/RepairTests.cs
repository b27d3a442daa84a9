using System.Diagnostics;
using System.Globalization;
using FooBar.Testing;

namespace FooBar.GroupKeeper.Tests.RealGroup;

/// <summary>One group after the other fault, each begun and ended whole.</summary>
[Collection(KeptGroupDefinition.Name)]
public sealed class RepairTests(KeptGroupFixture fixture, ITestOutputHelper output) : IAsyncLifetime
{
    private const string View = "SELECT GROUP_CONCAT(member_state ORDER BY member_port) FROM performance_schema.replication_group_members";

    private static int s_nextId;

    private KeptGroup Group => fixture.Group;

    public async ValueTask InitializeAsync()
    {
        await Group.StartMissingKeepersAsync();
        await Group.WholeAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Servers_InNoGroup_FormOneAndAreWhole()
    {
        output.WriteLine($"from three empty servers to a whole group: {fixture.FromNothing.TotalSeconds:0.0} s");

        Assert.Equal((0, "0"), (fixture.FirstPrimary, await Group.QueryAsync(0, "SELECT @@global.group_replication_bootstrap_group")));
        await Group.Keeper(1).SaysAsync(message => message == "db-2 is in the group, which is whole");

        // What the keeper shows is two seconds old at most.
        string role = await Group.PrimaryAsync() == 1 ? "primary" : "secondary";
        string metrics = await Group.Keeper(1).UntilMetricsAsync("group_step{step=\"none\"} 1", "group_members{state=\"online\"} 3");
        foreach (string series in (string[])
        [
            "group_member_state{state=\"online\"} 1", "group_member_state{state=\"silent\"} 0", $"group_member_role{{role=\"{role}\"}} 1",
            "group_members_configured 3", "group_member_answering{member=\"db-3\"} 1", "group_has_quorum 1", "group_has_primary 1", "group_member_divergent 0", "group_divided 0",
        ])
        {
            Assert.Contains($"\n{series}\n", metrics, StringComparison.Ordinal);
        }

        // All but one at most: a keeper that began while its member joined by itself had nothing to do.
        string[] all = await Task.WhenAll(KeptGroup.All.Select(place => Group.Keeper(place).GetAsync("/metrics")));
        Assert.InRange(all.Count(one => one.Contains("\ngroup_steps_total{outcome=\"done\",step=\"", StringComparison.Ordinal)), 2, 3);
        Assert.Contains("\ngroup_look_age_seconds ", metrics, StringComparison.Ordinal);
        string promtool = Path.Combine(Environment.GetEnvironmentVariable("FOOBAR_PROMETHEUS_HOME") ?? throw new InvalidOperationException("promtool is needed: run ./foobar test, or set FOOBAR_PROMETHEUS_HOME."), "bin", "promtool");
        (int exitCode, string complaints) = await TestProcess.RunAsync(promtool, ["check", "metrics"], TestContext.Current.CancellationToken, input: metrics);
        Assert.Equal((0, ""), (exitCode, complaints.Trim()));
        Assert.Contains("db-2 is online in its group.", await Group.Keeper(1).GetAsync("/health/ready"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Primary_KilledAndRestarted_IsBack()
    {
        int primary = (await Group.PrimaryAsync())!.Value;
        await FaultAsync("the primary killed", async () =>
        {
            await Group.Server(primary).KillAsync();
            await Group.Server(primary).StartAsync();
        });
    }

    [Fact]
    public async Task All_KilledAndRestarted_AreBack() => await FaultAsync("all three killed", async () =>
    {
        await Task.WhenAll(KeptGroup.All.Select(place => Group.Server(place).KillAsync()));
        await Task.WhenAll(KeptGroup.All.Select(place => Group.Server(place).StartAsync()));
    });

    /// <summary>The survivor lets go of what is left of its group before anyone forms it anew. The primary among the lost, or the survivor.</summary>
    [Fact]
    public async Task TwoOfThree_KilledAtOnceAndRestarted_AreBack()
    {
        foreach (bool primaryDies in Catalogue.Choose([true, false], plain: 1))
        {
            int primary = (await Group.PrimaryAsync())!.Value;
            int[] lost = primaryDies ? [primary, (primary + 1) % 3] : [.. KeptGroup.All.Where(place => place != primary)];
            await FaultAsync(primaryDies ? "the primary and a replica killed" : "both replicas killed", async () =>
            {
                await Task.WhenAll(lost.Select(place => Group.Server(place).KillAsync()));
                await Task.WhenAll(lost.Select(place => Group.Server(place).StartAsync()));
            });
        }
    }

    /// <summary>The server goes on with the start that nobody waits for, and the next keeper with what becomes of it.</summary>
    [Fact]
    public async Task Keeper_KilledWhileItsMemberJoins_TheNextOneGoesOn()
    {
        int replica = ((await Group.PrimaryAsync())!.Value + 1) % 3;
        await Group.MarkAsync(replica, isSet: false);
        await FaultAsync("a replica killed, and its keeper while it joined", async () =>
        {
            await Group.Server(replica).KillAsync();
            await Group.Server(replica).StartAsync();
            await Group.MarkAsync(replica, isSet: true);
            await Group.StopKeeperAsync(replica, kill: true);
            await Group.StartKeeperAsync(replica);
        });
    }

    [Fact]
    public async Task Primary_FrozenUntilItWasExpelled_IsBack()
    {
        int primary = (await Group.PrimaryAsync())!.Value;
        int witness = (primary + 1) % 3;
        await FaultAsync("the primary frozen until it was expelled", async () =>
        {
            await Signals.FreezeAsync(Group.Server(primary).ProcessId);
            await Group.UntilAsync(witness, "ONLINE,ONLINE", View);
            await Signals.ThawAsync(Group.Server(primary).ProcessId);
        });
    }

    [Fact]
    public async Task Member_ThatHoldsWhatTheGroupLacks_IsRefusedUntilItIsMended()
    {
        int stray = ((await Group.PrimaryAsync())!.Value + 1) % 3;
        string name = $"db-{stray + 1}";
        await Group.StopKeeperAsync(stray);
        await Group.ExecuteAsync(stray, "STOP GROUP_REPLICATION", "SET GLOBAL super_read_only = OFF", "CREATE TABLE test.stray (id INT PRIMARY KEY)", "SET GLOBAL super_read_only = ON");
        string uuid = (await Group.QueryAsync(stray, "SELECT @@server_uuid"))!;
        string[] others = [.. KeptGroup.All.Where(place => place != stray).Select(place => $"db-{place + 1}")];
        await Group.StartKeeperAsync(stray);

        await Group.Keeper(stray).SaysAsync(message => message ==
            $"{name} holds transactions that {others[0]} and {others[1]} lack ({uuid}:1), so it does not join. Save what is only there, then make the member anew from the group: see README, \"A divergent member\"");
        Assert.Equal("OFFLINE", await Group.QueryAsync(stray, View));
        Assert.Contains("group_member_divergent 1", await Group.Keeper(stray).GetAsync("/metrics"), StringComparison.Ordinal);
        Assert.Contains($"{name} is OFFLINE; Divergent", await Group.Keeper(stray).GetAsync("/health/ready"), StringComparison.Ordinal);

        string mended = (await Group.QueryAsync(stray, $"SELECT GTID_SUBTRACT(@@global.gtid_executed, '{uuid}:1')"))!.ReplaceLineEndings("");
        await Group.ExecuteAsync(
            stray, "SET GLOBAL super_read_only = OFF", "SET SESSION sql_log_bin = OFF", "DROP TABLE test.stray", "RESET BINARY LOGS AND GTIDS",
            $"SET GLOBAL gtid_purged = '{mended}'", "SET GLOBAL super_read_only = ON");
        output.WriteLine($"a mended member joined after {(await Group.WholeAsync()).TotalSeconds:0.0} s");
    }

    [Fact]
    public async Task Group_WithoutAMemberThatIsLostForGood_IsFormedOnAnOrder()
    {
        // A keeper says each thing once until it has seen the group whole; the test before may not have given it the time to.
        await Group.Keeper(0).UntilMetricsAsync("group_step{step=\"none\"} 1", "group_members{state=\"online\"} 3");
        int said = Group.Keeper(0).Log.Count;
        await Task.WhenAll(KeptGroup.All.Select(place => Group.Server(place).KillAsync()));
        await Task.WhenAll(Group.Server(0).StartAsync(), Group.Server(1).StartAsync());
        await Group.Keeper(0).SaysAsync(message => message == "db-1: Wait: db-3 to answer: there is no group, and nobody else knows what it holds", said);
        Assert.Equal("OFFLINE", await Group.QueryAsync(1, View));

        foreach (int place in (int[])[0, 1])
        {
            Assert.Equal(
                (0, $"The order is left for the keeper of db-{place + 1}, which says in its log what becomes of it. Give the same order on every host that is left.\n\n\n"),
                await Group.OrderAsync(place, "db-3"));
        }

        output.WriteLine($"two of three on an order: {(await Group.WholeAsync(0, 1)).TotalSeconds:0.0} s");
        said = Group.Keeper(0).Log.Count;
        await Group.OrderAsync(0, "db-3");
        await Group.Keeper(0).SaysAsync(message => message == "The order to form the group without members is refused: there is a group: db-1 and db-2", said);

        await Group.Server(2).StartAsync();
        output.WriteLine($"the third, back: {(await Group.WholeAsync()).TotalSeconds:0.0} s");
    }

    /// <summary>Breaks the group under writes, and proves that it becomes whole and holds all that was acknowledged.</summary>
    private async Task FaultAsync(string what, Func<Task> breakAsync)
    {
        KeeperProcess[] keepers = [.. KeptGroup.All.Select(Group.Keeper)];
        int[] said = [.. keepers.Select(keeper => keeper.Log.Count)];
        await using Writer writer = new(Group);
        await writer.StartAsync(s_nextId);
        int before = writer.Acknowledged().Count;
        long began = Stopwatch.GetTimestamp();
        await breakAsync();
        TimeSpan broken = Stopwatch.GetElapsedTime(began);
        await Group.WholeAsync();
        TimeSpan whole = Stopwatch.GetElapsedTime(began);

        // Somebody can write again.
        int after = writer.Acknowledged().Count;
        while (writer.Acknowledged().Count == after)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        await writer.DisposeAsync();
        IReadOnlyList<int> acknowledged = writer.Acknowledged();
        s_nextId = acknowledged[^1] + 1000;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: servers back after {broken.TotalSeconds:0.0} s, group whole after {whole.TotalSeconds:0.0} s; {acknowledged.Count} writes acknowledged, {before} of them before"));
        foreach (string line in keepers.SelectMany((keeper, place) => keeper.Log.Skip(said[place])).Where(line => line.Contains(" failed after ", StringComparison.Ordinal)))
        {
            output.WriteLine(line);
        }

        // Every acknowledged row is somewhere, and everyone holds the same rows under the same transactions.
        string list = string.Join(',', acknowledged);
        await Group.UntilAsync(0, "0", $"SELECT {acknowledged.Count} - COUNT(*) FROM test.note WHERE id IN ({list})");
        await Group.SameAsync("SELECT CONCAT(COUNT(*), ' rows, sum ', SUM(CRC32(id)), ', ', @@global.gtid_executed) FROM test.note");
    }
}

/// <summary>One group for every test of the collection, which run one after another.</summary>
public sealed class KeptGroupFixture : IAsyncLifetime
{
    public KeptGroup Group { get; } = new();

    public TimeSpan FromNothing { get; private set; }

    /// <summary>Who formed the group.</summary>
    public int? FirstPrimary { get; private set; }

    public async ValueTask InitializeAsync()
    {
        await Group.StartServersAsync();
        await Task.WhenAll(KeptGroup.All.Select(Group.StartKeeperAsync));
        FromNothing = await Group.WholeAsync();
        FirstPrimary = await Group.PrimaryAsync();
        await Group.ExecuteAsync(FirstPrimary!.Value, "CREATE TABLE test.note (id INT PRIMARY KEY)");
    }

    public async ValueTask DisposeAsync() => await Group.DisposeAsync();
}

[CollectionDefinition(Name)]
public sealed class KeptGroupDefinition : ICollectionFixture<KeptGroupFixture>
{
    public const string Name = "A kept group";
}
