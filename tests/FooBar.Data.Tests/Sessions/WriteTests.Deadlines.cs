using FooBar.Data.Tests.Fakes;

namespace FooBar.Data.Tests;

/// <summary>Writes that meet a node that hangs, and their time.</summary>
public sealed partial class WriteTests
{
    [Theory]
    [InlineData("connect", true)]
    [InlineData(Begin, true)]
    [InlineData(Claim, true)]
    [InlineData("WORK", true)]
    [InlineData("COMMIT", true)]
    [InlineData("connect", false)]
    [InlineData(Begin, false)]
    [InlineData(Claim, false)]
    [InlineData("WORK", false)]
    [InlineData(Store, false)]
    [InlineData("COMMIT", false)]
    public async Task Write_PrimaryHangs_IsReleasedWhenTheMonitorGivesTheNodeUp(string at, bool heeds)
    {
        await using FakeCluster cluster = new(options => ((FakeDriver)options.Driver).HeedsCancellation = heeds);
        await cluster.UntilReady();
        FakeNode hung = cluster.Primary;
        hung.OnProbe = async ct => await Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, ct);
        if (at == "connect")
            hung.OnConnect = cluster.HangAsync;
        hung.OnStatement = async statement =>
        {
            if (statement.Text == at)
                await cluster.HangAsync(statement.Ct);
            return null;
        };
        long startedAt = cluster.Time.GetTimestamp();
        Task<int> write = cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct);
        await cluster.UntilRoles(NodeRole.Offline, NodeRole.Replica, NodeRole.Replica);
        cluster.Nodes[1].AsPrimary();

        await cluster.Run(write);

        Assert.Single(cluster.Nodes[1].Operations);
        // Two probes of 500 ms, their pause, the next primary's proof; a second more for a rollback that nobody answers.
        Assert.InRange(cluster.Time.GetElapsedTime(startedAt), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));
        Assert.Equal(at == "COMMIT" ? 1 : 0, cluster.Metrics.Sum("database.write.resolved"));
        Assert.Equal(at == "COMMIT" ? 0 : 1, cluster.Metrics["database.write.retries{reason=node_lost}"]);
    }

    [Fact]
    public async Task Write_CancelledOnAHungPrimary_IsTheCallersCancellation()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        using CancellationTokenSource caller = new();
        cluster.Primary.OnStatement = async statement =>
        {
            if (statement.Text == "WORK")
            {
                caller.CancelAfter(TimeSpan.Zero);
                await Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, statement.Ct);
            }

            return null;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, caller.Token)));
        Assert.Equal(0, cluster.Metrics.Sum("database.write.retries"));
    }

    [Fact]
    public async Task Write_CommitHangs_IsGivenUpAtHalfTimeAndResolved()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        long startedAt = cluster.Time.GetTimestamp();
        int commits = 0;
        cluster.Primary.OnStatement = async statement =>
        {
            if (statement.Text == "COMMIT" && ++commits == 1)
                await Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, statement.Ct);
            return null;
        };

        Assert.Equal(2, await cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct)));
        Assert.InRange(cluster.Time.GetElapsedTime(startedAt), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(6));
    }

    [Fact]
    public async Task Write_EveryCommitHangs_StaysUnknownSoonAfterItsTime()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        long startedAt = cluster.Time.GetTimestamp();
        cluster.Primary.OnStatement = async statement =>
        {
            if (statement.Text == "COMMIT")
                await Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, statement.Ct);
            return null;
        };

        OutcomeUnknownException failure = await Assert.ThrowsAsync<OutcomeUnknownException>(
            () => cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct)));
        Assert.Matches("did not confirm the COMMIT \\(failed after 5[0-9]{3} ms: ", failure.Message);
        Assert.InRange(cluster.Time.GetElapsedTime(startedAt), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(15.1));
    }

    /// <summary>A new primary that comes late is met by everything that waited for it, at once: the last in that line has its time too.</summary>
    [Fact]
    public async Task Write_PrimaryComesAtTheLastMomentAndIsBusy_IsCommitted()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Primary.OnStatement = async statement =>
        {
            if (statement.Text == Claim)
                await Task.Delay(TimeSpan.FromSeconds(3), cluster.Time, statement.Ct);
            return null;
        };
        cluster.Primary.AsReplica();
        await cluster.Until(topology => topology.Primary is null);
        Task<int> writing = cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct);
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(9), cluster.Time, Ct));

        cluster.Primary.AsPrimary();
        await cluster.Run(writing);
    }

    [Fact]
    public async Task Write_KeyStaysLocked_IsUnavailableAtTheDeadline()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Primary.OnStatement = async statement =>
        {
            if (statement.Text == Claim)
                await Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, statement.Ct);
            return null;
        };

        DatabaseUnavailableException failure = await Assert.ThrowsAsync<DatabaseUnavailableException>(
            () => cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct)));
        Assert.Matches("^No node could do the write within 15\\.\\d s\\. .* Tried: db-1 as Primary after 15[01][0-9]{2} ms: ", failure.Message);
    }

    [Fact]
    public async Task Write_WorkOutlastsPrimaryWait_IsCommittedAllTheSame()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Primary.OnStatement = async statement =>
        {
            if (statement.Text == "COMMIT")
                await Task.Delay(TimeSpan.FromSeconds(1.5), cluster.Time, statement.Ct);
            return null;
        };

        Assert.Equal(1, await cluster.Run(cluster.Database.CreateSession().WriteAsync(
            OperationId.New(),
            async (_, ct) =>
            {
                await Task.Delay(TimeSpan.FromSeconds(12), cluster.Time, ct);
                return ++_works;
            },
            Ct)));
        Assert.Equal(0, cluster.Metrics.Sum("database.write.resolved"));
    }

    [Fact]
    public async Task Write_WorkOutlastsItsTime_IsRolledBackAndSaysSo()
    {
        await using FakeCluster cluster = new(options => (options.PrimaryWait, options.OperationTimeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)));
        await cluster.UntilReady();

        OperationTimeoutException failure = await Assert.ThrowsAsync<OperationTimeoutException>(() => cluster.Run(cluster.Database.CreateSession().WriteAsync(
            OperationId.New(), (_, ct) => Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, ct), Ct)));

        Assert.Matches(
            "^The write took 2\\.[01] s and 2 s are allowed \\(DatabaseOptions\\.OperationTimeout\\); its work on node db-1 was ended, and nothing of it stands\\.$",
            failure.Message);
        Assert.Equal([Begin, Claim, "ROLLBACK"], FakeCluster.Statements(cluster.Primary));
    }

    [Fact]
    public async Task Write_CallerGivesUpInItsCommit_IsToldAtOnceAndTheCommitGoesOn()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        using CancellationTokenSource caller = new();
        TaskCompletionSource committing = new();
        TaskCompletionSource release = new();
        cluster.Primary.OnStatement = async statement =>
        {
            if (statement.Text == "COMMIT")
            {
                committing.SetResult();
                await release.Task.WaitAsync(statement.Ct);
            }

            return null;
        };
        DatabaseSession session = cluster.Database.CreateSession();
        Task<int> write = session.WriteAsync(OperationId.New(), Work, caller.Token);
        await cluster.Run(committing.Task);
        await caller.CancelAsync();

        OutcomeUnknownException failure = await Assert.ThrowsAsync<OutcomeUnknownException>(() => write);

        Assert.Contains("node db-1 did not confirm the COMMIT", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, cluster.Metrics["database.write.unknown{}"]);
        Assert.True(session.Token.IsEmpty);
        release.SetResult();
        await cluster.Run(Task.Run(async () =>
        {
            while (session.Token.IsEmpty)
                await Task.Yield();
        }, Ct));
        Assert.Single(cluster.Primary.Operations);
        Assert.Equal(1, cluster.Metrics["database.write.unknown{}"]);
    }
}
