using System.Diagnostics;
using FooBar.Data.Tests.Fakes;

namespace FooBar.Data.Tests;

/// <summary>What the trace of a write, and its metrics, tell of its trouble.</summary>
public sealed partial class WriteTests
{
    [Fact]
    public async Task Traces_NoTrouble_HaveNoEvents()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        using RecordedTraces traces = new();

        await cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct));

        Assert.Empty(traces.Single.Events);
        Assert.Equal((null, null), (traces.Single.GetTagItem("foobar.outcome"), traces.Single.GetTagItem("foobar.held_s")));
        Assert.True(cluster.Metrics.Has("database.write.unanswered{}"));
        Assert.Equal(0, cluster.Metrics.Sum("database.write.unanswered") + cluster.Metrics.Sum("database.tries.failed"));
    }

    [Fact]
    public async Task Traces_NodeFails_HaveTheTryAndTheTimeHeld()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Primary.OnStatement = statement =>
        {
            cluster.Primary.State = "ERROR";
            throw statement.Lose(FailurePhase.SentUnanswered);
        };
        using RecordedTraces traces = new();
        Task<int> write = cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct);
        await cluster.Until(topology => topology.Primary is null);
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(2), cluster.Time, Ct));
        cluster.Nodes[1].AsPrimary();

        await cluster.Run(write);

        Assert.Equal(["try failed", "held"], traces.Single.Events.Select(one => one.Name));
        ActivityEvent failed = traces.Events("try failed")[0];
        Assert.Equal(("db-1", "primary", "connection lost (SentUnanswered)"), (
            RecordedTraces.Tag(failed, "foobar.node"), RecordedTraces.Tag(failed, "foobar.role"), RecordedTraces.Tag(failed, "exception.message")));
        ActivityEvent held = traces.Events("held")[0];
        Assert.Equal(("node", "served"), (RecordedTraces.Tag(held, "foobar.held_for"), RecordedTraces.Tag(held, "foobar.outcome")));
        Assert.InRange((double)traces.Single.GetTagItem("foobar.held_s")!, 2, 3.5);
        Assert.Equal(("db-2", "write"), (traces.Single.GetTagItem("foobar.node"), traces.Single.GetTagItem("foobar.reason")));
        Assert.Equal(1, cluster.Metrics["database.tries.failed{node=db-1,operation=write,role=primary}"]);
    }

    [Fact]
    public async Task Traces_HeldTwice_AddUpTheirTime()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Primary.AsReplica();
        await cluster.Until(topology => topology.Primary is null);
        using RecordedTraces traces = new();
        Task<int> write = cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct);
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(1), cluster.Time, Ct));
        Once(cluster.Nodes[1], "WORK", statement =>
        {
            cluster.Nodes[1].State = "ERROR";
            return statement.Lose(FailurePhase.NotSent);
        });
        cluster.Nodes[1].AsPrimary();
        await cluster.Until(topology => topology.Nodes[1].Reason is not null);
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(1), cluster.Time, Ct));
        cluster.Nodes[2].AsPrimary();

        await cluster.Run(write);

        double[] waits = [.. traces.Events("held").Select(one => (double)RecordedTraces.Tag(one, "foobar.waited_s")!)];
        Assert.Equal(2, waits.Length);
        Assert.All(waits, seconds => Assert.InRange(seconds, 1, 3));
        Assert.Equal(waits.Sum(), (double)traces.Single.GetTagItem("foobar.held_s")!, 6);
    }

    [Fact]
    public async Task Traces_HeldForItsTurn_SaySo()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int>[] writes = await FillAsync(cluster, released.Task);
        using RecordedTraces traces = new();
        Task<int> inLine = cluster.Database.CreateSession().WriteAsync(OperationId.New(), (_, _) => Task.FromResult(1), Ct);
        await InLineAsync(cluster, 1);
        await cluster.Run(Task.Delay(TimeSpan.FromMilliseconds(100), cluster.Time, Ct));
        released.SetResult();

        await cluster.Run(Task.WhenAll([.. writes, inLine]));

        ActivityEvent held = Assert.Single(traces.Events("held"));
        Assert.Equal(("turn", "served"), (RecordedTraces.Tag(held, "foobar.held_for"), RecordedTraces.Tag(held, "foobar.outcome")));
        Assert.InRange((double)RecordedTraces.Tag(held, "foobar.waited_s")!, 0.1, 0.3);
    }

    [Fact]
    public async Task Traces_Conflict_IsAFailedTryAndNotTheNodesFault()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        Once(cluster.Primary, "WORK", _ => new FakeDbException(1213, FailurePhase.Answered, "deadlock"));
        using RecordedTraces traces = new();

        await cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct));

        Assert.Equal("deadlock", RecordedTraces.Tag(Assert.Single(traces.Events("try failed")), "exception.message"));
        Assert.Equal(0, cluster.Metrics.Sum("database.tries.failed"));
    }

    [Theory]
    [InlineData("committed")]
    [InlineData("repeated")]
    [InlineData("not_applied")]
    public async Task Traces_CommitUnanswered_SayHowItWasResolved(string outcome)
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        LoseCommits(cluster.Primary, 1, statement =>
        {
            if (outcome == "committed")
                Commit(statement);
            return statement.Lose(FailurePhase.SentUnanswered);
        });
        using RecordedTraces traces = new();
        int works = 0;

        Task<int> write = cluster.Run(cluster.Database.CreateSession().WriteAsync(
            OperationId.New(), (_, _) => ++works == 2 && outcome == "not_applied" ? throw new DivideByZeroException() : Task.FromResult(works), Ct));
        await ((Task)write).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        Assert.Equal(outcome == "not_applied", write.IsFaulted);
        ActivityEvent unanswered = Assert.Single(traces.Events("commit unanswered"));
        Assert.Equal(("db-1", "connection lost (SentUnanswered)"), (
            RecordedTraces.Tag(unanswered, "foobar.node"), RecordedTraces.Tag(unanswered, "exception.message")));
        ActivityEvent resolved = Assert.Single(traces.Events("commit resolved"));
        Assert.Equal(("db-1", outcome, "db-1"), (
            RecordedTraces.Tag(resolved, "foobar.node"), RecordedTraces.Tag(resolved, "foobar.outcome"), RecordedTraces.Tag(resolved, "foobar.shown_by")));
        Assert.InRange((double)RecordedTraces.Tag(resolved, "foobar.elapsed_s")!, 0.01, 2);
        Assert.Equal(outcome, traces.Single.GetTagItem("foobar.outcome"));
        Assert.Empty(traces.Events("outcome unknown"));
        Assert.Equal(1, cluster.Metrics["database.write.unanswered{}"]);
    }

    [Fact]
    public async Task Traces_OutcomeStaysUnknown_SaySo()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        LoseCommits(cluster.Primary, 1, statement =>
        {
            cluster.Primary.State = "ERROR";
            return statement.Lose(FailurePhase.SentUnanswered);
        });
        using RecordedTraces traces = new();

        await Assert.ThrowsAsync<OutcomeUnknownException>(() => cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct)));

        Assert.Equal("db-1", RecordedTraces.Tag(Assert.Single(traces.Events("outcome unknown")), "foobar.node"));
        Assert.Equal(("unknown", ActivityStatusCode.Error), (traces.Single.GetTagItem("foobar.outcome"), traces.Single.Status));
        Assert.Empty(traces.Events("commit resolved"));
        Assert.Equal(1, cluster.Metrics["database.write.unanswered{}"]);
    }
}
