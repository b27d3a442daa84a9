using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using FooBar.Data.Tests.Fakes;

namespace FooBar.Data.Tests;

/// <summary>What reads may cost, and how long they may take.</summary>
public sealed partial class ReadTests
{
    [Fact]
    public async Task AllReplicasGone_ThePrimaryServesSoManyAndTheNextIsShed()
    {
        await using FakeCluster cluster = new(options => options.MaximumPrimaryReads = 2);
        await cluster.UntilReady();
        cluster.Nodes[1].State = cluster.Nodes[2].State = "ERROR";
        await cluster.UntilRoles(NodeRole.Primary, NodeRole.Unknown, NodeRole.Unknown);
        TaskCompletionSource release = new();
        Task<int>[] held = [.. Enumerable.Range(0, 2).Select(_ => cluster.Database.CreateSession().ReadAsync(Held, Freshness.Any, Ct))];
        long startedAt = cluster.Time.GetTimestamp();

        DatabaseUnavailableException failure = await Assert.ThrowsAsync<DatabaseUnavailableException>(
            () => cluster.Run(cluster.Database.CreateSession().ReadAsync(Held, Freshness.Any, Ct)));

        Assert.InRange(cluster.Time.GetElapsedTime(startedAt), PrimaryReads.Patience, PrimaryReads.Patience * 3);
        Assert.Matches(
            "^The read was shed after [12]\\.\\d s: no replica could answer it, and the primary answers 2 in their stead already \\(DatabaseOptions\\.MaximumPrimaryReads\\)\\. "
            + "Nodes: db-1 Primary, db-2 Unknown \\(its state is ERROR\\), db-3 Unknown \\(its state is ERROR\\)\\.",
            failure.Message);
        Assert.Equal(1, cluster.Metrics["database.reads.shed{}"]);
        // Not one that asks for the primary.
        Assert.Equal("db-1", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, Freshness.Latest, Ct)));

        // One that waits gets the place of one that is done.
        Task<int> waiting = cluster.Database.CreateSession().ReadAsync(Held, Freshness.Any, Ct);
        release.SetResult();
        int[] answers = await cluster.Run(Task.WhenAll([.. held, waiting]));
        Assert.Equal(3, answers.Sum());

        async Task<int> Held(DbConnection connection, CancellationToken ct)
        {
            await release.Task.WaitAsync(ct);
            return 1;
        }
    }

    [Fact]
    public async Task HeldForAPrimary_MoreThanItsPlaces_AreAllAnsweredInTheirTime()
    {
        await using FakeCluster cluster = new(options => options.MaximumPrimaryReads = 1);
        await cluster.UntilReady();
        foreach (FakeNode node in cluster.Nodes)
            node.State = "ERROR";
        await cluster.UntilRoles(NodeRole.Unknown, NodeRole.Unknown, NodeRole.Unknown);
        Task<int[]> held = FiveSlowAsync(cluster);

        cluster.Nodes[0].State = "ONLINE";

        Assert.Equal(5, (await cluster.Run(held)).Sum());
    }

    /// <summary>Whoever was held for the primary wants its places; a read that comes then, of what was just written say, stands behind them.</summary>
    [Fact]
    public async Task BehindAnOutage_MoreThanThePrimarysPlaces_AreAllAnsweredInTheirTime()
    {
        await using FakeCluster cluster = new(options => options.MaximumPrimaryReads = 1);
        await cluster.UntilReady();
        cluster.Nodes[1].State = cluster.Nodes[2].State = "ERROR";
        cluster.Primary.SuperReadOnly = true;
        await cluster.UntilRoles(NodeRole.Unknown, NodeRole.Unknown, NodeRole.Unknown);
        cluster.Primary.SuperReadOnly = false;
        await cluster.UntilRoles(NodeRole.Primary, NodeRole.Unknown, NodeRole.Unknown);

        Task<int[]> fresh = FiveSlowAsync(cluster);

        Assert.Equal(5, (await cluster.Run(fresh)).Sum());
        Assert.Equal(0, cluster.Metrics["database.reads.shed{}"]);
    }

    [Fact]
    public async Task NoPlaceOnThePrimary_AReplicaReturnsMeanwhile_AnswersAndNothingIsShed()
    {
        await using FakeCluster cluster = new(options => options.MaximumPrimaryReads = 1);
        await cluster.UntilReady();
        cluster.Nodes[1].State = cluster.Nodes[2].State = "ERROR";
        await cluster.UntilRoles(NodeRole.Primary, NodeRole.Unknown, NodeRole.Unknown);
        TaskCompletionSource release = new();
        Task first = cluster.Database.CreateSession().ReadAsync(
            async (_, ct) =>
            {
                await release.Task.WaitAsync(ct);
                return 1;
            },
            Freshness.Any, Ct);
        Task<string> second = cluster.Database.CreateSession().ReadAsync(Where, Freshness.Any, Ct);
        cluster.Nodes[2].State = "ONLINE";

        Assert.Equal("db-3", await cluster.Run(second));

        Assert.Equal(0, cluster.Metrics["database.reads.shed{}"]);
        release.SetResult();
        await cluster.Run(first);
    }

    [Fact]
    public async Task NoPlaceOnThePrimary_TheReplicasAreBehind_WaitsUntilOneIsNot()
    {
        await using FakeCluster cluster = new(options => options.MaximumPrimaryReads = 1);
        await cluster.UntilReady();
        await Grow(cluster, 0);
        TaskCompletionSource release = new();
        Task<string> first = cluster.Database.CreateSession().ReadAsync(
            async (connection, ct) =>
            {
                await release.Task.WaitAsync(ct);
                return await Where(connection, ct);
            },
            Freshness.AtMost(TimeSpan.FromSeconds(1)), Ct);
        Task<string> second = cluster.Database.CreateSession().ReadAsync(Where, Freshness.AtMost(TimeSpan.FromSeconds(1)), Ct);
        await cluster.Run(Task.Delay(PrimaryReads.Patience * 3, cluster.Time, Ct));

        cluster.Nodes[1].Executed = cluster.Primary.Executed;

        Assert.Equal("db-2", await cluster.Run(second));
        release.SetResult();
        Assert.Equal("db-1", await cluster.Run(first));
    }

    [Fact]
    public async Task OnlyThePrimaryConfigured_HasNoLimit()
    {
        await using FakeCluster cluster = new(options => options.MaximumPrimaryReads = 1, nodes: 1);
        await cluster.UntilReady();
        using SemaphoreSlim together = new(0);
        int arrived = 0;

        int[] answers = await cluster.Run(Task.WhenAll(Enumerable.Range(0, 5).Select(_ => cluster.Database.CreateSession().ReadAsync(
            async (_, ct) =>
            {
                if (Interlocked.Increment(ref arrived) == 5)
                    together.Release(5);
                await together.WaitAsync(ct);
                return 1;
            },
            Ct))));

        Assert.Equal(5, answers.Sum());
    }

    [Theory]
    [InlineData(nameof(Freshness.Any), "db-[23]")]
    [InlineData(nameof(Freshness.Latest), "db-1")]
    public async Task Work_OutlastsTheOperationsTime_IsEndedAndSaysSo(string kind, string node)
    {
        await using FakeCluster cluster = new(options => (options.PrimaryWait, options.OperationTimeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3)));
        await cluster.UntilReady();
        int runs = 0;

        OperationTimeoutException failure = await Assert.ThrowsAsync<OperationTimeoutException>(() => cluster.Run(cluster.Database.CreateSession().ReadAsync(
            async (_, ct) =>
            {
                runs++;
                await Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, ct);
                return 0;
            },
            Freshnesses.Named(kind), Ct)));

        Assert.Matches(
            $"^The read took 3\\.[01] s and 3 s are allowed \\(DatabaseOptions\\.OperationTimeout\\); its work on node {node} was ended, and nothing of it stands\\.$",
            failure.Message);
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task Connect_NeverSucceedsAndTheMonitorSeesNothing_IsUnavailableAtTheDeadline()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        foreach (FakeNode node in cluster.Nodes)
            node.OnConnect = ct => Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, ct);
        long startedAt = cluster.Time.GetTimestamp();

        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, ct: Ct)));

        Assert.InRange(cluster.Time.GetElapsedTime(startedAt), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(15.3));
    }

    [Fact]
    public async Task NodeThatFailsEveryConnection_IsLeftOutAfterThree()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Nodes[1].ConnectFailure = new FakeDbException(1040, FailurePhase.Answered, "Too many connections");

        for (int i = 0; i < 20; i++)
            Assert.Equal("db-3", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, ct: Ct)));

        // The monitor has its connection, and sees a healthy replica.
        Assert.Equal(NodeRole.Replica, cluster.Database.Topology.Nodes[1].Role);
        Assert.InRange(cluster.Metrics["database.reads{reason=replica_failed,role=replica}"], 3, 5);
        Assert.InRange(cluster.Metrics["database.node.ejections{node=db-2}"], 1, 2);
        Assert.StartsWith("Node db-2 fails what is sent there and is left out for 1 s", cluster.Log.TextsOf(3022).First(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NodeThatDoesNotAnswerACausalWait_IsNotLeftOut()
    {
        await using FakeCluster cluster = new(nodes: 2);
        cluster.Primary.Executed = $"{Group}:1-20";
        await cluster.UntilReady();
        cluster.Nodes[1].OnStatement = async statement =>
        {
            if (statement.Text.Contains("WAIT_FOR", StringComparison.Ordinal))
                await Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, statement.Ct);
            return null;
        };

        for (int i = 0; i < NodeStanding.FailuresUntilEjection + 1; i++)
            Assert.Equal("db-1", await cluster.Run(cluster.Database.CreateSession(CausalToken.Parse($"{Group}:20")).ReadAsync(Where, ct: Ct)));

        Assert.Equal(NodeStanding.FailuresUntilEjection + 1, cluster.Metrics["database.causal.waits{outcome=failed}"]);
        Assert.Equal(0, cluster.Metrics.Sum("database.node.ejections"));
    }

    [Fact]
    public async Task ManyAtOnceLoseTheirNode_AHundredAreRepeatedAtOnceAndTheOthersBehindAProbe()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        TaskCompletionSource lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Nodes[1].OnStatement = async statement =>
        {
            await lost.Task;
            throw statement.Lose(FailurePhase.SentUnanswered);
        };
        cluster.Nodes[2].OnStatement = async _ =>
        {
            await done.Task;
            return null;
        };
        Task<string>[] reads = [.. Enumerable.Range(0, 300).Select(_ => cluster.Database.CreateSession().ReadAsync(Where, Freshness.Any, Ct))];
        Assert.Equal((150, 150), (cluster.Nodes[1].Statements.Count, cluster.Nodes[2].Statements.Count));

        // The clock stands still.
        lost.SetResult();
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while (cluster.Nodes[2].Statements.Count < 250 || cluster.Metrics.Sum("database.waiting") < 50)
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, deadline.Token);
        Assert.Equal(250, cluster.Nodes[2].Statements.Count);

        done.SetResult();
        Assert.All(await cluster.Run(Task.WhenAll(reads)), node => Assert.Equal("db-3", node));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Hedge_NodesAreSlow_IsAnsweredByWhoeverIsFirst_ATenthOfTheTimeAtMost(bool both)
    {
        await using FakeCluster cluster = new(options => options.HedgeAfter = TimeSpan.FromMilliseconds(50));
        await cluster.UntilReady();
        foreach (FakeNode node in both ? cluster.Nodes[1..] : cluster.Nodes[1..2])
        {
            node.OnStatement = async statement =>
            {
                await Task.Delay(TimeSpan.FromSeconds(1), cluster.Time, statement.Ct);
                return null;
            };
        }

        int slow = 0;
        for (int i = 0; i < 100; i++)
        {
            long startedAt = cluster.Time.GetTimestamp();
            await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, Freshness.Any, Ct));
            slow += cluster.Time.GetElapsedTime(startedAt) > TimeSpan.FromSeconds(0.9) ? 1 : 0;
        }

        double hedged = cluster.Metrics.Sum("database.reads.hedged");
        if (both)
        {
            // Ten at once, and a tenth of all.
            Assert.InRange(hedged, 18, 20);
            Assert.Equal(100, slow);
        }
        else
        {
            Assert.InRange(hedged, 1, 20);
            Assert.Equal(hedged, cluster.Metrics["database.reads.hedged{winner=second}"]);
            Assert.Equal(FakeCluster.Statements(cluster.Nodes[1]).Count(text => text == "WORK") - hedged, slow);
        }
    }

    [Fact]
    public async Task Hedge_OtherKindsOfReads_AreNeverSentTwice()
    {
        await using FakeCluster cluster = new(options => options.HedgeAfter = TimeSpan.FromMilliseconds(50));
        await cluster.UntilReady();
        foreach (FakeNode node in cluster.Nodes)
        {
            node.OnStatement = async statement =>
            {
                await Task.Delay(TimeSpan.FromSeconds(1), cluster.Time, statement.Ct);
                return null;
            };
        }

        await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, Freshness.OwnWrites, Ct));

        Assert.Single(cluster.Nodes.SelectMany(node => node.Statements), "WORK");
    }

    [Fact]
    public async Task Sessions_NestedAndParallel_DoAsTheyAreDocumented()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        DatabaseSession session = cluster.Database.CreateSession();

        // A read in a read is another read.
        Assert.StartsWith("db-", await cluster.Run(session.ReadAsync((_, ct) => session.ReadAsync(Where, ct), Ct)), StringComparison.Ordinal);
        // A write in a read is a write.
        await cluster.Run(session.ReadAsync((_, ct) => session.WriteAsync(OperationId.New(), (_, _) => Task.FromResult(1), ct), Ct));
        // Side by side, each is its own.
        await cluster.Run(Task.WhenAll(Enumerable.Range(0, 20).Select(i => i % 2 == 0
            ? (Task)session.ReadAsync(Where, Ct)
            : session.WriteAsync(OperationId.New(), (_, _) => Task.FromResult(1), Ct))));
        Assert.Equal(11, cluster.Primary.Operations.Count);

        // Nothing goes on inside a write but its own connection.
        foreach (Func<CancellationToken, Task> nested in (Func<CancellationToken, Task>[])
            [ct => session.ReadAsync(Where, ct), ct => session.WriteAsync(OperationId.New(), (_, _) => Task.CompletedTask, ct)])
        {
            InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(
                () => cluster.Run(session.WriteAsync(OperationId.New(), (_, ct) => nested(ct), Ct)));
            Assert.EndsWith("was called inside the work of a WriteAsync: use the connection that the work was given.", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(11, cluster.Primary.Operations.Count);
        // And it is over with the write.
        await cluster.Run(session.ReadAsync(Where, Ct));
    }

    [Fact]
    public async Task Traces_SayWhereItWasDoneAndWhy()
    {
        ConcurrentQueue<Activity> ended = new();
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == Database.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        using Activity request = new Activity("request").Start();

        await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, Freshness.AtMost(TimeSpan.FromMinutes(1)), Ct));
        await cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), (_, _) => Task.FromResult(1), Ct));
        await Assert.ThrowsAsync<DivideByZeroException>(() => cluster.Run(cluster.Database.CreateSession().ReadAsync<int>((_, _) => throw new DivideByZeroException(), Ct)));

        Activity[] traces = [.. ended.Where(activity => activity.TraceId == request.TraceId)];
        Assert.Equal(["database read", "database write", "database read"], traces.Select(trace => trace.OperationName));
        Assert.Equal(("AtMost(00:01:00)", "replica", "replica"), (traces[0].GetTagItem("foobar.freshness"), traces[0].GetTagItem("foobar.role"), traces[0].GetTagItem("foobar.reason")));
        Assert.InRange((double)traces[0].GetTagItem("foobar.staleness_s")!, 0, 1);
        Assert.Equal(("db-1", "primary", "write"), (traces[1].GetTagItem("foobar.node"), traces[1].GetTagItem("foobar.role"), traces[1].GetTagItem("foobar.reason")));
        Assert.Equal((ActivityStatusCode.Error, "DivideByZeroException"), (traces[2].Status, traces[2].StatusDescription));
    }

    /// <summary>Each takes more than half of the patience, so that of those who wait for one place the third waits longer than that.</summary>
    private static Task<int[]> FiveSlowAsync(FakeCluster cluster) => Task.WhenAll(Enumerable.Range(0, 5).Select(_ => cluster.Database.CreateSession().ReadAsync(
            async (_, ct) =>
            {
                await Task.Delay(PrimaryReads.Patience * 0.6, cluster.Time, ct);
                return 1;
            },
            Freshness.Any, Ct)));
}
