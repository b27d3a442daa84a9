using FooBar.Data.Tests.Fakes;
using Microsoft.Extensions.Logging;

namespace FooBar.Data.Tests;

public sealed class TopologyMonitorTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_HealthyGroup_ProvesEveryRoleAndSaysSoOnce()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        Data.Topology first = cluster.Database.Topology;
        await cluster.Until(topology => topology.Nodes[0].ProvenAt - first.Nodes[0].ProvenAt > TimeSpan.FromSeconds(5).Ticks);

        Assert.Equal("db-1", cluster.Database.Topology.Primary?.Name);
        Assert.Equal(1, cluster.Database.Topology.Epoch);
        Assert.Equal(["Node db-1 has proved to be the primary (epoch 1)"], cluster.Log.TextsOf(3001));
        Assert.Equal(3, cluster.Log.TextsOf(3000).Count());
        Assert.Contains("Node db-1 was Unknown and is now Primary: it has proved it", cluster.Log.TextsOf(3000));
        Assert.Equal(4, cluster.Log.Lines.Count);
        Assert.Empty(cluster.Driver.Retired);
    }

    [Fact]
    public void Start_Twice_IsRefused()
    {
        using FakeNode node = new("db-1");
        TopologyMonitor monitor = new(new() { Nodes = [new("db-1", node, node)], TimeProvider = new Testing.FakeTime() }, new PrimarySamples(), new CollectingLogger());
        monitor.Start();

        Assert.Equal("The monitor has been started already.", Assert.Throws<InvalidOperationException>(monitor.Start).Message);
    }

    /// <summary>Whoever is woken waits again, with a timer of its own: the probes alone make those that are counted here.</summary>
    [Fact]
    public async Task Wait_OfManyForAPrimary_IsNotBegunAnewByEachProbe()
    {
        await using FakeCluster cluster = new();
        cluster.Primary.AsReplica();
        await cluster.UntilRoles(NodeRole.Replica, NodeRole.Replica, NodeRole.Replica);
        int alone = await TimersAsync();
        Task<Data.Topology?>[] waiting = [.. Enumerable.Range(0, 500).Select(_ =>
            cluster.Database.Monitor.WaitForAsync(topology => topology.Primary is not null, TimeSpan.FromSeconds(30), Ct))];
        int beside = await TimersAsync();

        Assert.InRange(beside, alone / 2, alone * 2);
        Assert.All(waiting, wait => Assert.False(wait.IsCompleted));
        cluster.Primary.AsPrimary();
        Data.Topology?[] found = await cluster.Run(Task.WhenAll(waiting));
        Assert.All(found, topology => Assert.Equal("db-1", topology?.Primary?.Name));

        async Task<int> TimersAsync()
        {
            int before = cluster.Time.CreatedTimers;
            await cluster.Run(Task.Delay(TimeSpan.FromSeconds(2), cluster.Time, Ct));
            return cluster.Time.CreatedTimers - before;
        }
    }

    [Fact]
    public async Task Wait_GivenUp_IsForgotten()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        int asked = 0;
        using CancellationTokenSource cancel = new();
        Task<Data.Topology?> waiting = cluster.Database.Monitor.WaitForAsync(Never, within: null, cancel.Token);
        Task<Data.Topology?> late = cluster.Database.Monitor.WaitForAsync(Never, TimeSpan.FromSeconds(1), Ct);

        Assert.Null(await cluster.Run(late));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        int before = Volatile.Read(ref asked);
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(2), cluster.Time, Ct));
        Assert.True(before > 2);
        Assert.Equal(before, asked);

        bool Never(Data.Topology topology)
        {
            Interlocked.Increment(ref asked);
            return false;
        }
    }

    [Fact]
    public async Task Probe_Healthy_KeepsOneConnectionANodeAndOneForThePrimarysSamples()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(5), cluster.Time, TestContext.Current.CancellationToken));

        Assert.Equal([2, 1, 1], cluster.Nodes.Select(node => node.Leased));
    }

    [Fact]
    public async Task Probe_NodeRefusesTwice_IsOfflineAndItsPoolRetired_ThenComesBack()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();

        FakeNode lost = cluster.Nodes[1];
        lost.OnProbe = _ => throw new FakeDbException(0, FailurePhase.SentUnanswered, "reset");
        lost.ConnectFailure = new FakeDbException(0, FailurePhase.NotSent, "refused", new IOException("refused", new IOException("its certificate is expired")));
        await cluster.UntilRoles(NodeRole.Primary, NodeRole.Offline, NodeRole.Replica);
        Assert.Equal("FakeDbException: refused (its certificate is expired)", cluster.Database.Topology.Nodes[1].Reason);
        Assert.Contains((LogLevel.Warning, 3000, "Node db-2 was Replica and is now Offline: FakeDbException: refused (its certificate is expired)"), cluster.Log.Lines);
        Assert.Equal(2, cluster.Database.Topology.Nodes[1].Failures);
        Assert.Equal(["db-2"], cluster.Driver.Retired);

        lost.OnProbe = _ => Task.CompletedTask;
        lost.ConnectFailure = null;
        await cluster.UntilReady();
        Assert.Equal(["db-2"], cluster.Driver.Retired);
        Assert.Equal(1, cluster.Database.Topology.Epoch);
    }

    [Fact]
    public async Task Probe_NodeHangsAndHeedsItsToken_IsOfflineAfterTwoDeadlines_AndDelaysNobody()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();

        cluster.Nodes[1].OnProbe = async ct => await Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, ct);
        await cluster.UntilRoles(NodeRole.Primary, NodeRole.Offline, NodeRole.Replica);
        Assert.Equal("no answer within 500 ms", cluster.Database.Topology.Nodes[1].Reason);

        // While it hangs, the others are heard of in their interval, not in its deadline.
        Assert.InRange(cluster.Metrics["database.monitor.age{node=db-1}"], 0, 0.3);
        Assert.InRange(cluster.Metrics["database.monitor.age{node=db-2}"], 1.0, 2.0);
    }

    /// <summary>It is slow, and not dead: to give it up would cancel what it is doing. Without operations nothing speaks for it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Probe_NodeHangsWhileItAnswersOperations_KeepsItsRole(bool write)
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        int probes = 0;
        cluster.Primary.OnProbe = async ct =>
        {
            Interlocked.Increment(ref probes);
            await Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, ct);
        };
        DatabaseSession session = cluster.Database.CreateSession();
        long since = cluster.Time.GetTimestamp();

        // Where the machine is slow, the clock runs on between two probes: at ten seconds the node is given up, and rightly.
        while (Volatile.Read(ref probes) < 6 && cluster.Time.GetElapsedTime(since) < TimeSpan.FromSeconds(8))
        {
            if (write)
                await cluster.Run(session.WriteAsync(OperationId.New(), (_, _) => Task.FromResult(1), Ct));
            else
                await cluster.Run(session.ReadAsync((_, _) => Task.FromResult(1), Freshness.Latest, Ct));
            cluster.Time.Advance(TimeSpan.FromMilliseconds(20));
            await Task.Yield();
        }

        // Two in vain would be enough.
        Assert.InRange(Volatile.Read(ref probes), 4, int.MaxValue);
        Assert.Equal(1, cluster.Database.Topology.Epoch);
        Assert.Equal(0, cluster.Database.Topology.Nodes[0].Failures);
        Assert.Empty(cluster.Driver.Retired);
        await cluster.UntilRoles(NodeRole.Offline, NodeRole.Replica, NodeRole.Replica);
        Assert.Equal("no answer within 500 ms", cluster.Database.Topology.Nodes[0].Reason);
    }

    /// <summary>What it answers tells nothing of its role: a knowledge that nothing renews ends.</summary>
    [Fact]
    public async Task Probe_NodeHangsForTenSecondsWhileItAnswersOperations_IsOffline()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Primary.OnProbe = ct => Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, ct);
        DatabaseSession session = cluster.Database.CreateSession();
        long since = cluster.Time.GetTimestamp();

        while (cluster.Database.Topology.Nodes[0].Role == NodeRole.Primary && cluster.Time.GetElapsedTime(since) < TimeSpan.FromSeconds(40))
        {
            Task<int> read = session.ReadAsync((_, _) => Task.FromResult(1), Freshness.Latest, Ct);
            await cluster.Run(((Task)read).ContinueWith(_ => true, Ct, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default));
            cluster.Time.Advance(TimeSpan.FromMilliseconds(20));
            await Task.Yield();
        }

        Assert.Equal((NodeRole.Offline, "no answer within 500 ms"), (cluster.Database.Topology.Nodes[0].Role, cluster.Database.Topology.Nodes[0].Reason));
        Assert.InRange(cluster.Time.GetElapsedTime(since).TotalSeconds, 9, 40);
    }

    /// <summary>A refused connection is no silence, whatever was answered before it.</summary>
    [Fact]
    public async Task Probe_NodeRefusesWhileItAnswersOperations_IsOffline()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        int probes = 0;
        cluster.Primary.OnProbe = _ =>
        {
            Interlocked.Increment(ref probes);
            throw new FakeDbException(0, FailurePhase.SentUnanswered, "reset");
        };
        DatabaseSession session = cluster.Database.CreateSession();

        // The third probe begins when the second failure is known. A write that begins after that finds no primary.
        bool isWritable = true;
        while (isWritable && Volatile.Read(ref probes) < 3)
        {
            Task<int> write = session.WriteAsync(OperationId.New(), (_, _) => Task.FromResult(1), Ct);
            await cluster.Run(((Task)write).ContinueWith(_ => true, Ct, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default));
            isWritable = write.IsCompletedSuccessfully;
            cluster.Time.Advance(TimeSpan.FromMilliseconds(20));
            await Task.Yield();
        }

        Assert.Equal(NodeRole.Offline, cluster.Database.Topology.Nodes[0].Role);
    }

    [Fact]
    public async Task Probe_DriverIgnoresItsToken_IsLeftAloneUntilItEnds()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();

        TaskCompletionSource stuck = new();
        int probes = 0;
        cluster.Nodes[1].OnProbe = _ =>
        {
            probes++;
            return stuck.Task;
        };
        long startedAt = cluster.Time.GetTimestamp();
        await cluster.Until(topology => topology.Nodes[1].Failures >= 5);
        Assert.Equal(1, probes);
        // Each failure took a deadline of its own: one hiccup is not two failures.
        Assert.True(cluster.Time.GetElapsedTime(startedAt) >= 5 * cluster.Options.ProbeTimeout);

        cluster.Nodes[1].OnProbe = _ => Task.CompletedTask;
        stuck.SetResult();
        await cluster.UntilReady();
    }

    [Fact]
    public async Task Publish_AdapterThrows_IsLoggedAndTheWatchGoesOn()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Driver.OnRetire = _ => throw new InvalidOperationException("broken adapter");

        cluster.Nodes[1].State = "RECOVERING";
        await cluster.UntilRoles(NodeRole.Primary, NodeRole.Unknown, NodeRole.Replica);
        cluster.Nodes[1].State = "ONLINE";
        await cluster.UntilReady();

        string fault = Assert.Single(cluster.Log.TextsOf(3004));
        Assert.StartsWith("The monitor of node db-2 met an error of its own and goes on System.InvalidOperationException: broken adapter", fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Switchover_OldStepsDownFirst_MovesThePrimaryAndRetiresBothPools()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();

        cluster.Nodes[0].AsReplica();
        cluster.Nodes[2].AsPrimary();
        await cluster.UntilRoles(NodeRole.Replica, NodeRole.Replica, NodeRole.Primary);

        Assert.Equal(["db-1", "db-3"], cluster.Driver.Retired.Distinct().Order());
        Assert.Empty(cluster.Log.TextsOf(3003));
    }

    [Fact]
    public async Task Switchover_BothSeenAsPrimaryForOneProbe_IsNoAlarm()
    {
        await using FakeCluster cluster = new(options => options.ProbeInterval = TimeSpan.FromHours(1));
        await cluster.UntilReady();

        cluster.Nodes[1].AsPrimary();
        cluster.Database.Monitor.ProbeNow();
        await cluster.Until(topology => topology.WriterStatus == WriterStatus.Conflict);
        cluster.Nodes[0].AsReplica();
        cluster.Database.Monitor.ProbeNow();
        await cluster.UntilRoles(NodeRole.Replica, NodeRole.Primary, NodeRole.Replica);

        Assert.Empty(cluster.Log.TextsOf(3003));
    }

    [Fact]
    public async Task Dispose_Twice_IsFine()
    {
        await using FakeCluster cluster = new();

        await cluster.Run(cluster.Database.DisposeAsync().AsTask());
        await cluster.Database.DisposeAsync();
    }

    [Fact]
    public async Task TwoClaimants_RepeatingTheirClaims_LeaveNoPrimaryAndOneError()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();

        cluster.Nodes[1].AsPrimary();
        await cluster.UntilRoles(NodeRole.Unknown, NodeRole.Unknown, NodeRole.Replica);
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(3), cluster.Time, TestContext.Current.CancellationToken));

        Assert.Equal(WriterStatus.Conflict, cluster.Database.Topology.WriterStatus);
        Assert.Equal([LogLevel.Error], cluster.Log.Lines.Where(line => line.Id == 3003).Select(line => line.Level));

        cluster.Nodes[1].AsReplica();
        await cluster.UntilReady();
        Assert.Single(cluster.Log.TextsOf(3003));
    }

    [Fact]
    public async Task ProbeNow_BetweenTicks_ProbesAtOnce()
    {
        await using FakeCluster cluster = new(options => options.ProbeInterval = TimeSpan.FromHours(1));
        await cluster.UntilReady();

        cluster.Nodes[1].State = "ERROR";
        cluster.Database.Monitor.ProbeNow();
        await cluster.UntilRoles(NodeRole.Primary, NodeRole.Unknown, NodeRole.Replica);

        Assert.Equal("its state is ERROR", cluster.Database.Topology.Nodes[1].Reason);
    }

    [Fact]
    public async Task PrimaryLost_ProbesComeEvery100MsFor30Seconds_ThenCalmly()
    {
        await using FakeCluster cluster = new(options => options.ProbeInterval = TimeSpan.FromSeconds(1));
        await cluster.UntilReady();
        int probes = 0;
        cluster.Nodes[2].OnProbe = _ =>
        {
            Interlocked.Increment(ref probes);
            return Task.CompletedTask;
        };
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(10), cluster.Time, Ct));
        Assert.InRange(Interlocked.Exchange(ref probes, 0), 9, 11);

        cluster.Primary.State = "ERROR";
        await cluster.UntilRoles(NodeRole.Unknown, NodeRole.Replica, NodeRole.Replica);
        Interlocked.Exchange(ref probes, 0);
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(20), cluster.Time, Ct));
        Assert.InRange(Interlocked.Exchange(ref probes, 0), 150, 201);

        // A new primary: the 30 s begin again.
        cluster.Nodes[1].AsPrimary();
        await cluster.UntilRoles(NodeRole.Unknown, NodeRole.Primary, NodeRole.Replica);
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(15), cluster.Time, Ct));
        Interlocked.Exchange(ref probes, 0);
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(10), cluster.Time, Ct));
        Assert.InRange(Interlocked.Exchange(ref probes, 0), 70, 101);
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(7), cluster.Time, Ct));
        Interlocked.Exchange(ref probes, 0);
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(10), cluster.Time, Ct));
        Assert.InRange(probes, 9, 11);
    }

    [Theory]
    [InlineData("offline", true)]
    [InlineData("unknown", true)]
    [InlineData("demoted", true)]
    [InlineData("promoted", false)]
    [InlineData("kept", false)]
    public async Task RoleChanges_EndsWhatTheNodeCanNoLongerDo(string change, bool ends)
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        int index = change == "promoted" ? 1 : 0;
        NodeWork work = cluster.Database.Topology.Nodes[index].Node.Work;
        NodeHold hold = work.Begin(long.MaxValue, Ct);
        Assert.False(hold.Token.IsCancellationRequested);

        switch (change)
        {
            case "offline":
                cluster.Primary.OnProbe = _ => throw new FakeDbException(0, FailurePhase.SentUnanswered, "reset");
                await cluster.UntilRoles(NodeRole.Offline, NodeRole.Replica, NodeRole.Replica);
                break;
            case "unknown":
                cluster.Primary.State = "RECOVERING";
                await cluster.UntilRoles(NodeRole.Unknown, NodeRole.Replica, NodeRole.Replica);
                break;
            case "demoted" or "promoted":
                cluster.Primary.AsReplica();
                await cluster.UntilRoles(NodeRole.Replica, NodeRole.Replica, NodeRole.Replica);
                cluster.Nodes[1].AsPrimary();
                await cluster.UntilRoles(NodeRole.Replica, NodeRole.Primary, NodeRole.Replica);
                break;
            default:
                await cluster.Run(Task.Delay(TimeSpan.FromSeconds(5), cluster.Time, Ct));
                break;
        }

        if (ends)
            await cluster.Run(Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, hold.Token).ContinueWith(_ => true, TaskScheduler.Default));
        Assert.Equal(ends, hold.Token.IsCancellationRequested);
        Assert.Equal(ends ? HoldEnd.NodeLost : HoldEnd.None, hold.Ended);
        // Who comes now either finds a role or is told at once.
        NodeHold late = work.Begin(long.MaxValue, Ct);
        Assert.Equal(change is "offline" or "unknown", late.Token.IsCancellationRequested);
        work.End(hold);
        work.End(late);
        Assert.Equal(0, work.Outstanding);
    }

    [Fact]
    public async Task Switchover_PoolsAreRetiredBeforeAnyoneSeesTheNewPrimary()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        List<string?> seen = [];
        cluster.Driver.OnRetire = node => seen.Add($"{node.Name} while the primary is {cluster.Database.Topology.Primary?.Name}");

        cluster.Nodes[0].AsReplica();
        await cluster.UntilRoles(NodeRole.Replica, NodeRole.Replica, NodeRole.Replica);
        cluster.Nodes[2].AsPrimary();
        await cluster.UntilRoles(NodeRole.Replica, NodeRole.Replica, NodeRole.Primary);

        Assert.Equal(["db-1 while the primary is db-1", "db-3 while the primary is "], seen);
    }

    [Fact]
    public async Task Metrics_Roles_AreOneForTheRoleAndZeroForTheOthers()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();


        Assert.Equal(1, cluster.Metrics["database.node.role{node=db-1,role=primary}"]);
        Assert.Equal(0, cluster.Metrics["database.node.role{node=db-1,role=replica}"]);
        Assert.Equal(1, cluster.Metrics["database.node.role{node=db-2,role=replica}"]);
        Assert.Equal(0, cluster.Metrics["database.node.role{node=db-2,role=offline}"]);
        Assert.Equal(3, cluster.Metrics.Sum("database.node.role"));
    }

    [Fact]
    public async Task Metrics_Failover_IsCountedTimedAndInTheEpoch()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        Assert.Equal((0, 1), (cluster.Metrics["database.failovers{}"], cluster.Metrics["database.epoch{}"]));
        Assert.False(cluster.Metrics.Has("database.failover.duration{}"));

        cluster.Primary.State = "ERROR";
        await cluster.UntilRoles(NodeRole.Unknown, NodeRole.Replica, NodeRole.Replica);
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(6), cluster.Time, Ct));
        cluster.Nodes[1].AsPrimary();
        await cluster.UntilRoles(NodeRole.Unknown, NodeRole.Primary, NodeRole.Replica);

        Assert.Equal((1, 3), (cluster.Metrics["database.failovers{}"], cluster.Metrics["database.epoch{}"]));
        Assert.InRange(cluster.Metrics["database.failover.duration{}"], 6, 7);
    }

    [Fact]
    public async Task Dispose_Started_ClosesTheMonitorsConnections()
    {
        FakeCluster cluster = new();
        await cluster.UntilReady();
        Assert.All(cluster.Nodes, node => Assert.InRange(node.Leased, 1, 2));

        // Asserts that nothing is leased any more.
        await cluster.DisposeAsync();
    }

    [Fact]
    public async Task Return_OfANodeThatWasMissed_BeginsSlowly_AndTheFirstAnswerDoesNot()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        Assert.All(cluster.Database.Topology.Nodes, node => Assert.Equal(NodeStanding.FullWeight, Weight(node)));

        cluster.Nodes[1].State = "RECOVERING";
        await cluster.UntilRoles(NodeRole.Primary, NodeRole.Unknown, NodeRole.Replica);
        cluster.Nodes[1].State = "ONLINE";
        await cluster.UntilRoles(NodeRole.Primary, NodeRole.Replica, NodeRole.Replica);

        Assert.InRange(Weight(cluster.Database.Topology.Nodes[1]), NodeStanding.FullWeight / 10, NodeStanding.FullWeight / 2);
        Assert.Equal(NodeStanding.FullWeight, Weight(cluster.Database.Topology.Nodes[2]));

        int Weight(NodeState node) => node.Node.Standing.WeightAt(cluster.Time.GetTimestamp(), cluster.Time);
    }

    /// <summary>One probe in vain may be the fault of a process that has just begun, and a replica with less than its share then gets no work at all.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task FirstAnswer_AfterProbesInVain_IsAReturnFromTheSecondOn(int inVain, bool slowly)
    {
        await using FakeCluster cluster = new(start: false);
        int probes = 0;
        cluster.Nodes[1].OnProbe = _ => ++probes > inVain
            ? Task.CompletedTask
            : throw new FakeDbException(0, FailurePhase.SentUnanswered, "reset");
        cluster.Database.Start();

        await cluster.UntilReady();

        int weight = cluster.Database.Topology.Nodes[1].Node.Standing.WeightAt(cluster.Time.GetTimestamp(), cluster.Time);
        Assert.Equal(slowly, weight < NodeStanding.FullWeight);
    }

    [Fact]
    public async Task Switchover_PrimaryTakesNoMoreWrites_IsToldUntilAnotherTakesOver()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Primary.SuperReadOnly = true;
        await cluster.UntilRoles(NodeRole.Unknown, NodeRole.Replica, NodeRole.Replica);
        SwitchoverInProgress? seen = cluster.Database.Topology.Switchover;
        Assert.Equal(("db-1", null), (seen?.From, seen?.To));

        cluster.Primary.AsReplica();
        cluster.Nodes[2].AsPrimary();
        await cluster.UntilRoles(NodeRole.Replica, NodeRole.Replica, NodeRole.Primary);

        Assert.Null(cluster.Database.Topology.Switchover);
    }

    [Fact]
    public async Task ReplaceNodes_AddsWatchesAndLetsGo_AndWhatIsInHandGoesElsewhere()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        TaskCompletionSource working = new();
        Task<string> read = cluster.Database.CreateSession().ReadAsync(
            async (connection, ct) =>
            {
                if (working.TrySetResult())
                    await Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, ct);
                return connection.DataSource;
            },
            Ct);
        await working.Task;
        string gone = cluster.Database.Topology.Nodes.Single(node => node.Node.Work.Outstanding == 1).Name;
        using FakeNode added = new("db-4");

        cluster.Database.ReplaceNodes([.. cluster.Options.Nodes.Where(node => node.Name != gone), new("db-4", added, added.Monitoring)]);

        Assert.NotEqual(gone, await cluster.Run(read));
        await cluster.Until(topology => topology.Nodes.Count == 3 && topology.Nodes[2] is { Name: "db-4", Role: NodeRole.Replica });
        Assert.Equal(1, added.Leased);
        Assert.Equal([$"Node {gone} is watched no more; it was Replica"], cluster.Log.TextsOf(3021));
        Assert.Equal(["Node db-4 is watched from now on"], cluster.Log.TextsOf(3020));
        Assert.Contains(gone, cluster.Driver.Retired);

        ArgumentException refused = Assert.Throws<ArgumentException>(() => cluster.Database.ReplaceNodes([]));
        Assert.Equal("DatabaseOptions.Nodes is empty: configure at least one node.", refused.Message);
        cluster.Database.ReplaceNodes([cluster.Options.Nodes[0]]);
        await cluster.Until(topology => topology.Nodes.Count == 1);
    }
}
