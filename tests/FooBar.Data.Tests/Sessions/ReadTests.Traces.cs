using System.Diagnostics;
using FooBar.Data.Tests.Fakes;

namespace FooBar.Data.Tests;

/// <summary>What the trace of a read, and its metrics, tell of its trouble.</summary>
public sealed partial class ReadTests
{
    private const string CausalWait = "SELECT WAIT_FOR_EXECUTED_GTID_SET(@required, @seconds)";

    [Fact]
    public async Task Traces_NoTrouble_HaveNoEvents()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        using RecordedTraces traces = new();

        await cluster.Run(cluster.Database.CreateSession(CausalToken.Parse($"{Group}:5")).ReadAsync(Where, ct: Ct));

        Assert.Empty(traces.Single.Events);
        Assert.Equal(("known", null), (traces.Single.GetTagItem("foobar.causal_wait"), traces.Single.GetTagItem("foobar.held_s")));
        Assert.False(cluster.Metrics.Has("database.causal.wait.duration{outcome=known}"));
        Assert.Equal(0, cluster.Metrics.Sum("database.tries.failed"));
    }

    [Fact]
    public async Task Traces_ReplicasFail_HaveAnEventForEachTry()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Nodes[1].OnStatement = cluster.Nodes[2].OnStatement = statement => throw statement.Lose(FailurePhase.SentUnanswered);
        using RecordedTraces traces = new();

        Assert.Equal("db-1", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, Freshness.Any, Ct)));

        ActivityEvent[] tries = traces.Events("try failed");
        Assert.Equal(["db-2", "db-3"], tries.Select(one => (string?)RecordedTraces.Tag(one, "foobar.node")).Order());
        Assert.All(tries, one => Assert.Equal(
            ("replica", typeof(FakeDbException).FullName, "connection lost (SentUnanswered)"),
            (RecordedTraces.Tag(one, "foobar.role"), RecordedTraces.Tag(one, "exception.type"), RecordedTraces.Tag(one, "exception.message"))));
        Assert.All(tries, one => Assert.InRange((double)RecordedTraces.Tag(one, "foobar.elapsed_s")!, 0, 0.1));
        Assert.Equal(("db-1", "primary", "replica_failed"), (
            traces.Single.GetTagItem("foobar.node"), traces.Single.GetTagItem("foobar.role"), traces.Single.GetTagItem("foobar.reason")));
        Assert.Equal(1, cluster.Metrics["database.tries.failed{node=db-2,operation=read,role=replica}"]);
        Assert.Equal(1, cluster.Metrics["database.tries.failed{node=db-3,operation=read,role=replica}"]);
        Assert.Equal(2, cluster.Metrics.Sum("database.tries.failed"));
    }

    [Fact]
    public async Task Traces_TokenReachedInAWait_SayWhereAndHowLong()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        foreach (FakeNode replica in cluster.Nodes[1..])
        {
            replica.OnStatement = async statement =>
            {
                if (statement.Text != CausalWait)
                    return null;
                await Task.Delay(TimeSpan.FromMilliseconds(100), cluster.Time, statement.Ct);
                return new object[] { 0L };
            };
        }

        using RecordedTraces traces = new();
        string node = await cluster.Run(cluster.Database.CreateSession(CausalToken.Parse($"{Group}:20")).ReadAsync(Where, ct: Ct));

        ActivityEvent wait = Assert.Single(traces.Events("causal wait"));
        Assert.Equal((node, "reached"), (RecordedTraces.Tag(wait, "foobar.node"), RecordedTraces.Tag(wait, "foobar.outcome")));
        Assert.InRange((double)RecordedTraces.Tag(wait, "foobar.waited_s")!, 0.1, 0.2);
        Assert.Equal("reached", traces.Single.GetTagItem("foobar.causal_wait"));
        Assert.InRange(cluster.Metrics["database.causal.wait.duration{outcome=reached}"], 0.1, 0.2);
    }

    [Fact]
    public async Task Traces_TokenNotReached_TellBothWaits()
    {
        await using FakeCluster cluster = new();
        cluster.Primary.Executed = $"{Group}:1-20";
        await cluster.UntilReady();
        using RecordedTraces traces = new();

        await cluster.Run(cluster.Database.CreateSession(CausalToken.Parse($"{Group}:20")).ReadAsync(Where, ct: Ct));

        Assert.Equal("timeout", RecordedTraces.Tag(Assert.Single(traces.Events("causal wait")), "foobar.outcome"));
        // By the primary, which was known to hold it.
        Assert.Equal(("known", "causal_timeout"), (traces.Single.GetTagItem("foobar.causal_wait"), traces.Single.GetTagItem("foobar.reason")));
        Assert.True(cluster.Metrics.Has("database.causal.wait.duration{outcome=timeout}"));
    }

    [Fact]
    public async Task Traces_WaitFailsOnThePrimary_IsCountedAndTold()
    {
        await using FakeCluster cluster = new(nodes: 1);
        await cluster.UntilReady();
        int waits = 0;
        cluster.Primary.OnStatement = statement => statement.Text != CausalWait ? Task.FromResult<object?>(null)
            : ++waits == 1 ? throw statement.Lose(FailurePhase.SentUnanswered)
            : Task.FromResult<object?>(new object[] { 0L });
        using RecordedTraces traces = new();

        await cluster.Run(cluster.Database.CreateSession(CausalToken.Parse($"{Group}:20")).ReadAsync(Where, ct: Ct));

        Assert.Equal(["failed", "reached"], traces.Events("causal wait").Select(one => RecordedTraces.Tag(one, "foobar.outcome")));
        Assert.All(traces.Events("causal wait"), one => Assert.Equal("db-1", RecordedTraces.Tag(one, "foobar.node")));
        Assert.Equal(1, cluster.Metrics["database.causal.waits{outcome=failed}"]);
        Assert.Equal(1, cluster.Metrics["database.causal.waits{outcome=reached}"]);
        Assert.Equal(1, cluster.Metrics["database.tries.failed{node=db-1,operation=read,role=primary}"]);
    }

    [Fact]
    public async Task Traces_ForeignToken_SayThatItWasDropped()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        using RecordedTraces traces = new();

        await cluster.Run(cluster.Database.CreateSession(CausalToken.Parse($"{Group}:99")).ReadAsync(Where, ct: Ct));

        Assert.Equal(["timeout", "foreign"], traces.Events("causal wait").Select(one => RecordedTraces.Tag(one, "foobar.outcome")));
        Assert.Equal("foreign", traces.Single.GetTagItem("foobar.causal_wait"));
        Assert.True(cluster.Metrics.Has("database.causal.wait.duration{outcome=foreign}"));
    }

    [Fact]
    public async Task Traces_HeldForAPlaceOnThePrimary_SayForHowLong()
    {
        await using FakeCluster cluster = new(options => options.MaximumPrimaryReads = 1);
        await cluster.UntilReady();
        foreach (FakeNode replica in cluster.Nodes[1..])
            replica.State = "RECOVERING";
        await cluster.UntilRoles(NodeRole.Primary, NodeRole.Unknown, NodeRole.Unknown);
        TaskCompletionSource working = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int> first = cluster.Database.CreateSession().ReadAsync(
            async (_, ct) =>
            {
                working.SetResult();
                await Task.Delay(TimeSpan.FromMilliseconds(500), cluster.Time, ct);
                return 1;
            },
            Ct);
        await cluster.Run(working.Task);
        using RecordedTraces traces = new();

        await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, ct: Ct));

        await cluster.Run(first);
        ActivityEvent held = Assert.Single(traces.Events("held"));
        Assert.Equal(("primary_read", "served"), (RecordedTraces.Tag(held, "foobar.held_for"), RecordedTraces.Tag(held, "foobar.outcome")));
        Assert.InRange((double)RecordedTraces.Tag(held, "foobar.waited_s")!, 0.3, 0.6);
        Assert.Equal(RecordedTraces.Tag(held, "foobar.waited_s"), traces.Single.GetTagItem("foobar.held_s"));
    }

    [Fact]
    public async Task Traces_NoNodeInTime_SayHowLongItWasHeldAndTheEpoch()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Primary.AsReplica();
        await cluster.Until(topology => topology.Primary is null);
        using RecordedTraces traces = new();

        await Assert.ThrowsAsync<DatabaseUnavailableException>(
            () => cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, Freshness.Latest, Ct)));

        ActivityEvent held = Assert.Single(traces.Events("held"));
        Assert.Equal(("node", "unserved"), (RecordedTraces.Tag(held, "foobar.held_for"), RecordedTraces.Tag(held, "foobar.outcome")));
        Assert.InRange((double)traces.Single.GetTagItem("foobar.held_s")!, 10, 10.2);
        Assert.Equal((2L, "DatabaseUnavailableException"), (traces.Single.GetTagItem("foobar.epoch"), traces.Single.StatusDescription));
    }

    [Fact]
    public void Traces_OnlyPassedOn_AreNotFilled()
    {
        using Activity passedOn = new("database read");
        passedOn.IsAllDataRequested = false;

        DataTracing.TryFailed(passedOn, new("db-1", NodeRole.Primary, TimeSpan.Zero, new TimeoutException()));
        DataTracing.Held(passedOn, "node", served: true, TimeSpan.FromSeconds(1));

        Assert.Empty(passedOn.Events);
        Assert.Empty(passedOn.TagObjects);
    }
}
