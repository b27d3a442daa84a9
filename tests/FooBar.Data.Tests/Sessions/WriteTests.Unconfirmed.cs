using FooBar.Data.Tests.Fakes;

namespace FooBar.Data.Tests;

/// <summary>Writes whose COMMIT was not answered.</summary>
public sealed partial class WriteTests
{
    [Theory]
    [InlineData(0, FailurePhase.SentUnanswered, true)]
    [InlineData(0, FailurePhase.Unknown, true)]
    [InlineData(1180, FailurePhase.Answered, false)]
    [InlineData(1053, FailurePhase.Answered, true)]
    [InlineData(3100, FailurePhase.Answered, false)]
    [InlineData(3101, FailurePhase.Answered, false)]
    [InlineData(3798, FailurePhase.Answered, false)]
    public async Task Write_CommitNotConfirmed_IsResolvedUnderItsKey(int number, FailurePhase phase, bool committed)
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        OperationId operation = OperationId.New();
        LoseCommits(cluster.Primary, 1, statement =>
        {
            if (committed)
                Commit(statement);
            return number == 0 ? statement.Lose(phase) : new FakeDbException(number, phase, "no proof");
        });

        int expected = committed ? 1 : 2;
        Assert.Equal(expected, await cluster.Run(cluster.Database.CreateSession().WriteAsync(operation, Work, Ct)));

        Assert.Equal(expected, _works);
        Assert.Single(cluster.Primary.Operations);
        Assert.Equal(1, cluster.Metrics[$"database.write.resolved{{outcome={(committed ? "committed" : "repeated")}}}"]);
        Assert.Equal(1, cluster.Metrics.Sum("database.write.resolved"));
        Assert.Equal(0, cluster.Metrics.Sum("database.write.unknown"));
        Assert.Equal(0, cluster.Metrics.Sum("database.write.retries"));
        Assert.Single(cluster.Log.TextsOf(3014));
        Assert.StartsWith(
            $"The unanswered COMMIT of operation {operation} on node db-1 is resolved: {(committed ? "committed" : "repeated")}, as node db-1 shows, ",
            Assert.Single(cluster.Log.TextsOf(3015)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Write_CommitNotConfirmedByADyingPrimary_IsResolvedOnTheNextOne(bool committed)
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        FakeNode next = cluster.Nodes[1];
        LoseCommits(cluster.Primary, 1, statement =>
        {
            if (committed)
                next.Operations[statement.Connection.Claimed!] = statement.Connection.Result!;
            cluster.Primary.OnProbe = _ => throw new FakeDbException(0, FailurePhase.SentUnanswered, "reset");
            cluster.Primary.ConnectFailure = new FakeDbException(0, FailurePhase.NotSent, "refused");
            return statement.Lose(FailurePhase.SentUnanswered);
        });
        DatabaseSession session = cluster.Database.CreateSession();
        Task<int> write = session.WriteAsync(OperationId.New(), Work, Ct);
        await cluster.UntilRoles(NodeRole.Offline, NodeRole.Replica, NodeRole.Replica);
        Assert.False(write.IsCompleted);
        next.Executed = $"{Group}:1-12";
        next.AsPrimary();

        Assert.Equal(committed ? 1 : 2, await cluster.Run(write));
        Assert.Single(next.Operations);
        Assert.Equal(1, cluster.Metrics.Sum("database.write.resolved"));
        // The token covers the commit that was found as well as the one that was made.
        Assert.Equal(committed ? $"{Group}:1-12" : $"{Group}:11", session.Token.ToString());
    }

    [Fact]
    public async Task Write_TwoCommitsNotConfirmed_AreResolvedTogether()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        int lost = 0;
        LoseCommits(cluster.Primary, 2, statement =>
        {
            if (++lost == 2)
                Commit(statement);
            return statement.Lose(FailurePhase.SentUnanswered);
        });

        Assert.Equal(2, await cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct)));

        Assert.Equal(2, _works);
        Assert.Equal(1, cluster.Metrics["database.write.resolved{outcome=committed}"]);
        Assert.Equal(0, cluster.Metrics.Sum("database.write.unknown"));
    }

    [Fact]
    public async Task Write_CommitNotConfirmedAndNoPrimaryInTime_StaysUnknown_AndRepeatingItAppliesItOnce()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        OperationId operation = OperationId.New();
        LoseCommits(cluster.Primary, 1, statement =>
        {
            Commit(statement);
            cluster.Primary.State = "ERROR";
            return statement.Lose(FailurePhase.SentUnanswered);
        });

        OutcomeUnknownException failure = await Assert.ThrowsAsync<OutcomeUnknownException>(
            () => cluster.Run(cluster.Database.CreateSession().WriteAsync(operation, Work, Ct)));

        Assert.Equal(operation, failure.Operation);
        Assert.Matches(
            $"^The outcome of operation {operation} is unknown: node db-1 did not confirm the COMMIT \\(failed after 0 ms: FakeDbException: "
            + "connection lost \\(SentUnanswered\\)\\), and it could not be found out in 15\\.0 s \\(DatabaseUnavailableException: .*\\)\\. "
            + "Repeat it with the same operation id: it will be applied once in all\\.$", failure.Message);
        Assert.Equal("connection lost (SentUnanswered)", failure.InnerException?.Message);
        Assert.Equal(1, cluster.Metrics["database.write.unknown{}"]);
        Assert.Equal(0, cluster.Metrics.Sum("database.write.resolved"));
        Assert.Single(cluster.Log.TextsOf(3011));

        cluster.Primary.State = "ONLINE";
        Assert.Equal(1, await cluster.Run(cluster.Database.CreateSession().WriteAsync(operation, Work, Ct)));
        Assert.Equal(1, _works);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Write_CommitNotConfirmedAndTheRepetitionsWorkFails_IsSealedOrFoundCommitted(bool committedMeanwhile)
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        LoseCommits(cluster.Primary, 1, statement => statement.Lose(FailurePhase.SentUnanswered));
        OperationId operation = OperationId.New();
        int works = 0;
        Task<int> write = cluster.Run(cluster.Database.CreateSession().WriteAsync(
            operation,
            (_, _) =>
            {
                if (++works == 1)
                    return Task.FromResult(1);
                // The group certifies the first one's transaction only now.
                if (committedMeanwhile)
                    cluster.Primary.Operations[Convert.ToHexString(operation.Value.ToByteArray(bigEndian: true))] = "1";
                throw new DivideByZeroException();
            },
            Ct));

        if (committedMeanwhile)
        {
            Assert.Equal(1, await write);
            Assert.Equal(1, cluster.Metrics["database.write.resolved{outcome=committed}"]);
        }
        else
        {
            await Assert.ThrowsAsync<DivideByZeroException>(() => write);
            Assert.Equal(1, cluster.Metrics["database.write.resolved{outcome=not_applied}"]);
            Assert.Empty(cluster.Primary.Operations);
            Assert.Equal([Begin, Claim, "DELETE FROM operation WHERE id = @id", "COMMIT"], FakeCluster.Statements(cluster.Primary)[^4..]);
        }

        Assert.Equal((2, 0), (works, cluster.Metrics.Sum("database.write.unknown")));
    }

    [Fact]
    public async Task Write_CommitNotConfirmedAndTheSealNeitherConfirmed_StaysUnknown()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        LoseCommits(cluster.Primary, 1000, statement => statement.Lose(FailurePhase.SentUnanswered));
        int works = 0;

        OutcomeUnknownException failure = await Assert.ThrowsAsync<OutcomeUnknownException>(
            () => cluster.Run(cluster.Database.CreateSession().WriteAsync(
                OperationId.New(), (_, _) => ++works == 1 ? Task.FromResult(1) : throw new DivideByZeroException(), Ct)));

        Assert.Contains("could not be found out in 1", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, works);
    }

    [Fact]
    public async Task Write_CommitNotConfirmedAndTheCallerGivesUp_StaysUnknown()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        using CancellationTokenSource caller = new();
        LoseCommits(cluster.Primary, 1, statement =>
        {
            cluster.Primary.State = "ERROR";
            return statement.Lose(FailurePhase.SentUnanswered);
        });
        Task<int> write = cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, caller.Token);
        await cluster.UntilRoles(NodeRole.Unknown, NodeRole.Replica, NodeRole.Replica);
        await caller.CancelAsync();

        OutcomeUnknownException failure = await Assert.ThrowsAsync<OutcomeUnknownException>(() => cluster.Run(write));
        Assert.Contains("CanceledException: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_CommitNotConfirmedAndItsKeyStaysLocked_StaysUnknownAtTheDeadline()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        long startedAt = cluster.Time.GetTimestamp();
        int claims = 0;
        cluster.Primary.OnStatement = async statement =>
        {
            if (statement.Text == "COMMIT")
                throw statement.Lose(FailurePhase.SentUnanswered);
            if (statement.Text == Claim && ++claims == 2)
                await Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, statement.Ct);
            return null;
        };

        await Assert.ThrowsAsync<OutcomeUnknownException>(
            () => cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct)));
        Assert.InRange(cluster.Time.GetElapsedTime(startedAt), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(15.2));
        Assert.Equal(2, claims);
    }
}
