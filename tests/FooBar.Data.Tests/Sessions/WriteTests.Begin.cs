using FooBar.Data.Tests.Fakes;

namespace FooBar.Data.Tests;

/// <summary>
/// Writes whose BEGIN is refused, by itself and, with a driver that can, sent together with the key: then the server has the key's INSERT already when
/// it refuses, and may execute it by itself.
/// </summary>
public sealed partial class WriteTests
{
    private const string Stored = "SELECT IF(created_at = '9999-12-31', '', CAST(result AS CHAR)) FROM operation WHERE id = @id";
    private const string Unfinished = "DELETE FROM operation WHERE id = @id AND created_at = '9999-12-31'";

    [Fact]
    public async Task Write_BeginSentWithTheKey_IsOneTransaction()
    {
        await using FakeCluster cluster = Cluster(together: true);
        await cluster.UntilReady();
        OperationId operation = OperationId.New();

        Assert.Equal(1, await cluster.Run(cluster.Database.CreateSession().WriteAsync(operation, Work, Ct)));

        Assert.Equal([Begin, Claim, "WORK", Store, "COMMIT"], FakeCluster.Statements(cluster.Primary));
        Assert.Equal((0, "1"), (cluster.Primary.KeysByThemselves, Assert.Single(cluster.Primary.Operations).Value));
        Assert.Equal(1, cluster.Driver.SentWithNext);
        // And its repetition finds it.
        Assert.Equal(1, await cluster.Run(cluster.Database.CreateSession().WriteAsync(operation, Work, Ct)));
        Assert.Equal(1, _works);
    }

    [Theory]
    [InlineData(1290, false)]
    [InlineData(1290, true)]
    [InlineData(1836, false)]
    [InlineData(1836, true)]
    public async Task Write_BeginRefusedByAReadOnlyServer_IsDoneOnTheNextPrimary(int number, bool together)
    {
        await using FakeCluster cluster = Cluster(together);
        await cluster.UntilReady();
        FakeNode old = cluster.Primary;
        old.OnStatement = statement =>
        {
            if (statement.Text is not (Begin or Claim))
                return Task.FromResult<object?>(null);
            old.AsReplica();
            cluster.Nodes[1].AsPrimary();
            throw new FakeDbException(number, FailurePhase.Answered, ReadOnly);
        };

        Assert.Equal(1, await cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct)));

        Assert.Equal(together ? [Begin, Claim, "ROLLBACK"] : [Begin, "ROLLBACK"], FakeCluster.Statements(old));
        Assert.Equal([Begin, Claim, "WORK", Store, "COMMIT"], FakeCluster.Statements(cluster.Nodes[1]));
        Assert.Empty(old.Operations);
        Assert.Equal("1", Assert.Single(cluster.Nodes[1].Operations).Value);
        Assert.Equal((1, 0, 0), (_works, old.KeysByThemselves, cluster.Nodes[1].KeysByThemselves));
        Assert.Equal(1, cluster.Metrics["database.write.retries{reason=read_only}"]);
    }

    [Theory]
    [InlineData(FailurePhase.NotSent, false)]
    [InlineData(FailurePhase.NotSent, true)]
    [InlineData(FailurePhase.SentUnanswered, false)]
    [InlineData(FailurePhase.SentUnanswered, true)]
    [InlineData(FailurePhase.Unknown, false)]
    [InlineData(FailurePhase.Unknown, true)]
    public async Task Write_NodeLostInItsBegin_IsDoneOnTheNextPrimary(FailurePhase phase, bool together)
    {
        await using FakeCluster cluster = Cluster(together);
        await cluster.UntilReady();
        Once(cluster.Primary, Begin, statement =>
        {
            cluster.Primary.State = "ERROR";
            cluster.Nodes[1].AsPrimary();
            return statement.Lose(phase);
        });

        Assert.Equal(1, await cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct)));

        Assert.Equal([Begin], FakeCluster.Statements(cluster.Primary));
        Assert.Empty(cluster.Primary.Operations);
        Assert.Equal("1", Assert.Single(cluster.Nodes[1].Operations).Value);
        Assert.Equal(1, _works);
        Assert.Equal(1, cluster.Metrics["database.write.retries{reason=node_lost}"]);
    }

    /// <summary>The session was ended, the server is going, the group's member is leaving, a switchover that was then given up.</summary>
    [Theory]
    [InlineData(1927, false)]
    [InlineData(1927, true)]
    [InlineData(1053, false)]
    [InlineData(1053, true)]
    [InlineData(3797, true)]
    [InlineData(4094, true)]
    public async Task Write_BeginRefusedByAServerThatGoesOn_LeavesNoKeyByItself_AndIsDoneOnce(int number, bool together)
    {
        await using FakeCluster cluster = Cluster(together);
        await cluster.UntilReady();
        Once(cluster.Primary, Begin, _ => new FakeDbException(number, FailurePhase.Answered, "going"));

        Assert.Equal(1, await cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct)));

        // The worst that a server can do: it took the key by itself. It is nobody's, and taken away by the next try.
        Assert.Equal(together ? 1 : 0, cluster.Primary.KeysByThemselves);
        Assert.Equal(
            together
                ? [Begin, Claim, "ROLLBACK", Begin, Claim, "ROLLBACK", Stored, Unfinished, Begin, Claim, "WORK", Store, "COMMIT"]
                : [Begin, "ROLLBACK", Begin, Claim, "WORK", Store, "COMMIT"],
            FakeCluster.Statements(cluster.Primary));
        Assert.Equal((1, "1"), (_works, Assert.Single(cluster.Primary.Operations).Value));
        Assert.Equal(1, cluster.Metrics["database.write.retries{reason=node_lost}"]);
        Assert.Equal(0, cluster.Metrics.Sum("database.write.unanswered") + cluster.Metrics.Sum("database.write.resolved"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Write_BeginRefusedForGood_IsThrown_AndRepeatingItAppliesItOnce(bool together)
    {
        await using FakeCluster cluster = Cluster(together);
        await cluster.UntilReady();
        OperationId operation = OperationId.New();
        Once(cluster.Primary, Begin, _ => new FakeDbException(1227, FailurePhase.Answered, "access denied"));

        FakeDbException refused = await Assert.ThrowsAsync<FakeDbException>(
            () => cluster.Run(cluster.Database.CreateSession().WriteAsync(operation, Work, Ct)));

        Assert.Equal(("access denied", 0), (refused.Message, _works));
        Assert.Equal(together ? [Begin, Claim, "ROLLBACK"] : [Begin, "ROLLBACK"], FakeCluster.Statements(cluster.Primary));
        Assert.Equal(1, await cluster.Run(cluster.Database.CreateSession().WriteAsync(operation, Work, Ct)));
        Assert.Equal((1, "1"), (_works, Assert.Single(cluster.Primary.Operations).Value));
    }

    [Fact]
    public async Task Write_RepeatedOverADriverThatTellsNoNumbers_GetsTheStoredResult()
    {
        await using FakeCluster cluster = Cluster(together: false);
        await cluster.UntilReady();
        OperationId operation = OperationId.New();
        Assert.Equal(1, await cluster.Run(cluster.Database.CreateSession().WriteAsync(operation, Work, Ct)));
        Once(cluster.Primary, Claim, _ => new FakeDbException(0, FailurePhase.Unknown, "duplicate") { State = "23000" });

        Assert.Equal(1, await cluster.Run(cluster.Database.CreateSession().WriteAsync(operation, Work, Ct)));

        Assert.Equal(1, _works);
    }

    /// <summary>A key that went in by itself must not pass for the outcome of a COMMIT without an answer.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Write_CommitNotConfirmedAndTheNextBeginRefused_IsResolvedAsItWas(bool committed, bool together)
    {
        await using FakeCluster cluster = Cluster(together);
        await cluster.UntilReady();
        int begins = 0, commits = 0;
        cluster.Primary.OnStatement = statement =>
        {
            if (statement.Text == Begin && ++begins == 2)
                throw new FakeDbException(1053, FailurePhase.Answered, "going");
            if (statement.Text != "COMMIT" || ++commits > 1)
                return Task.FromResult<object?>(null);
            if (committed)
                Commit(statement);
            throw statement.Lose(FailurePhase.SentUnanswered);
        };

        int expected = committed ? 1 : 2;
        Assert.Equal(expected, await cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct)));

        Assert.Equal((expected, expected.ToString(System.Globalization.CultureInfo.InvariantCulture)), (_works, Assert.Single(cluster.Primary.Operations).Value));
        Assert.Equal(together && !committed ? 1 : 0, cluster.Primary.KeysByThemselves);
        Assert.Equal(1, cluster.Metrics[$"database.write.resolved{{outcome={(committed ? "committed" : "repeated")}}}"]);
        Assert.Equal(1, cluster.Metrics.Sum("database.write.resolved"));
    }

    private static FakeCluster Cluster(bool together)
    {
        FakeCluster cluster = new();
        cluster.Driver.CanSendWithNext = together;
        return cluster;
    }
}
