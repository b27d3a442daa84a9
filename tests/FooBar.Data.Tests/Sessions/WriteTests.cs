using System.Data.Common;
using Dapper;
using FooBar.Data.Tests.Fakes;

namespace FooBar.Data.Tests;

public sealed partial class WriteTests
{
    private const string Group = FakeNode.Group;
    private const string Begin = "START TRANSACTION READ WRITE";
    private const string Claim = "INSERT INTO operation (id, result, created_at) VALUES (@id, 'null', '9999-12-31')";
    private const string Store = "UPDATE operation SET result = @result, created_at = UTC_TIMESTAMP(6) WHERE id = @id";
    private const string ReadOnly = "The MySQL server is running with the --super-read-only option so it cannot execute this statement";

    private int _works;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Answers with how often it ran.</summary>
    private async Task<int> Work(DbConnection connection, CancellationToken ct)
    {
        await connection.ExecuteAsync(new CommandDefinition("WORK", cancellationToken: ct));
        return ++_works;
    }

    [Fact]
    public async Task Write_Once_IsOneTransactionWithTheKeyFirst()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        DatabaseSession session = cluster.Database.CreateSession();

        Assert.Equal(1, await cluster.Run(session.WriteAsync(OperationId.New(), Work, Ct)));

        Assert.Equal([Begin, Claim, "WORK", Store, "COMMIT"], FakeCluster.Statements(cluster.Primary));
        Assert.Equal($"{Group}:11", session.Token.ToString());
        Assert.Equal(1, cluster.Metrics["database.queries{node=db-1,operation=write,role=primary}"]);
        Assert.Equal(1, cluster.Metrics.Sum("database.queries"));
    }

    [Fact]
    public async Task Write_SameOperationTwice_WorksOnceAndReturnsTheStoredResultWithACoveringToken()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        OperationId operation = OperationId.New();
        await cluster.Run(cluster.Database.CreateSession().WriteAsync(operation, Work, Ct));
        FakeCluster.Statements(cluster.Primary);
        cluster.Primary.Executed = $"{Group}:1-11";
        cluster.Primary.OnStatement = statement => Task.FromResult<object?>(
            statement.Text.Contains("gtid_owned", StringComparison.Ordinal) ? new object[] { $"{Group}:12#77" } : null);
        DatabaseSession session = cluster.Database.CreateSession();

        Assert.Equal(1, await cluster.Run(session.WriteAsync(operation, Work, Ct)));

        Assert.Equal(1, _works);
        Assert.Equal($"{Group}:1-12", session.Token.ToString());
        Assert.Equal(
            [Begin, Claim, "ROLLBACK", "SELECT IF(created_at = '9999-12-31', '', CAST(result AS CHAR)) FROM operation WHERE id = @id", "SELECT @@global.gtid_owned", "SELECT @@global.gtid_executed"],
            FakeCluster.Statements(cluster.Primary));
    }

    [Fact]
    public async Task Write_SameOperationWithAnotherResultType_SaysSo()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        OperationId operation = OperationId.New();
        await cluster.Run(cluster.Database.CreateSession().WriteAsync(operation, (_, _) => Task.FromResult("text"), Ct));

        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => cluster.Run(cluster.Database.CreateSession().WriteAsync(operation, Work, Ct)));
        Assert.Equal($"The stored result of operation {operation} is not a Int32: was its id used for another operation?", failure.Message);
    }

    [Fact]
    public async Task Write_WithoutResult_CanBeRepeatedToo()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        OperationId operation = OperationId.New();
        Func<DbConnection, CancellationToken, Task> work = async (connection, ct) => await Work(connection, ct);

        await cluster.Run(cluster.Database.CreateSession().WriteAsync(operation, work, Ct));
        await cluster.Run(cluster.Database.CreateSession().WriteAsync(operation, work, Ct));

        Assert.Equal(1, _works);
    }

    [Fact]
    public async Task Write_CommitNotSent_IsBegunAnew()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        Once(cluster.Primary, "COMMIT", statement => statement.Lose(FailurePhase.NotSent));

        Assert.Equal(2, await cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct)));
        Assert.Single(cluster.Primary.Operations);
        Assert.Equal(1, cluster.Metrics["database.write.retries{reason=node_lost}"]);
    }

    [Theory]
    [InlineData(Begin)]
    [InlineData("WORK")]
    [InlineData("COMMIT")]
    public async Task Write_NodeTurnsReadOnly_IsBegunAnewOnTheNextPrimary(string at)
    {
        // No tick comes in time: the refusal itself must have the monitor look.
        await using FakeCluster cluster = new(options => options.ProbeInterval = TimeSpan.FromHours(1));
        await cluster.UntilReady();
        Once(cluster.Primary, at, _ =>
        {
            cluster.Primary.AsReplica();
            cluster.Nodes[1].AsPrimary();
            return new FakeDbException(1290, FailurePhase.Answered, ReadOnly);
        });

        await cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct));

        Assert.Empty(cluster.Primary.Operations);
        Assert.Single(cluster.Nodes[1].Operations);
        Assert.Equal(1, cluster.Metrics["database.write.retries{reason=read_only}"]);
        Assert.Equal([Begin, Claim, "WORK", Store, "COMMIT"], FakeCluster.Statements(cluster.Nodes[1]));
    }

    [Theory]
    [InlineData(FailurePhase.NotSent)]
    [InlineData(FailurePhase.SentUnanswered)]
    [InlineData(FailurePhase.Unknown)]
    public async Task Write_ConnectionLostBeforeCommit_IsBegunAnewOnTheNextPrimary(FailurePhase phase)
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Primary.OnStatement = statement =>
        {
            cluster.Primary.State = "ERROR";
            cluster.Nodes[1].AsPrimary();
            throw statement.Lose(phase);
        };

        Assert.Equal(1, await cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct)));
        Assert.Single(cluster.Nodes[1].Operations);
    }

    [Fact]
    public async Task Write_PrimaryRefusesConnections_WaitsForTheNextOne()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Primary.ConnectFailure = new FakeDbException(0, FailurePhase.NotSent, "refused");
        cluster.Primary.OnProbe = _ => throw new FakeDbException(0, FailurePhase.SentUnanswered, "reset");
        Task<int> write = cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct);
        await cluster.UntilRoles(NodeRole.Offline, NodeRole.Replica, NodeRole.Replica);
        Assert.False(write.IsCompleted);

        cluster.Nodes[2].AsPrimary();

        Assert.Equal(1, await cluster.Run(write));
        Assert.Single(cluster.Nodes[2].Operations);
    }

    [Fact]
    public async Task Write_NoPrimaryInTime_SaysThatNothingWasExecuted()
    {
        await using FakeCluster cluster = new();
        cluster.Primary.AsReplica();
        await cluster.UntilRoles(NodeRole.Replica, NodeRole.Replica, NodeRole.Replica);

        DatabaseUnavailableException failure = await Assert.ThrowsAsync<DatabaseUnavailableException>(
            () => cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct)));

        Assert.Equal(
            "No node could do the write within 10.0 s. Nodes: db-1 Replica, db-2 Replica, db-3 Replica. Tried: nothing. Nothing was "
            + "executed. Look at performance_schema.replication_group_members on a node that answers.", failure.Message);
    }

    [Fact]
    public async Task Write_TooManyWaitForAPrimary_IsTurnedAwayAtOnce_AndTheOthersAreServed()
    {
        await using FakeCluster cluster = new(options => options.MaximumWaiting = 3);
        await cluster.UntilReady();
        cluster.Primary.AsReplica();
        await cluster.UntilRoles(NodeRole.Replica, NodeRole.Replica, NodeRole.Replica);
        Task<int>[] held = [.. Enumerable.Range(0, 3).Select(_ => cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct))];
        Assert.Equal(3, cluster.Metrics["database.waiting{operation=write}"]);

        Task<int> surplus = cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct);

        Assert.True(surplus.IsCompleted);
        DatabaseUnavailableException failure = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => surplus);
        Assert.Equal(
            "The write was turned away: 3 operations wait already (DatabaseOptions.MaximumWaiting). Nodes: db-1 Replica, db-2 "
            + "Replica, db-3 Replica. Tried: nothing. Nothing was executed. Look at performance_schema.replication_group_members on a node "
            + "that answers.", failure.Message);

        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(4), cluster.Time, Ct));
        cluster.Nodes[1].AsPrimary();
        await cluster.Run(Task.WhenAll(held));
        Assert.Equal(3, cluster.Nodes[1].Operations.Count);
        Assert.Equal(0, cluster.Metrics["database.waiting{operation=write}"]);
        Assert.InRange(cluster.Metrics["database.wait.duration{operation=write,outcome=served}"], 4, 5);
        // Their places are free again.
        await cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct));
    }

    [Fact]
    public async Task Write_CommitNotConfirmedAndTooManyWait_IsResolvedAllTheSame()
    {
        await using FakeCluster cluster = new(options => options.MaximumWaiting = 1);
        await cluster.UntilReady();
        TaskCompletionSource lost = new();
        cluster.Primary.OnStatement = async statement =>
        {
            if (statement.Text != "COMMIT")
                return null;
            cluster.Primary.AsReplica();
            await lost.Task;
            throw statement.Lose(FailurePhase.SentUnanswered);
        };
        Task<int> unconfirmed = cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct);
        await cluster.UntilRoles(NodeRole.Replica, NodeRole.Replica, NodeRole.Replica);
        Task<int> held = cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct);
        lost.SetResult();
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(1), cluster.Time, Ct));
        Assert.Equal(2, cluster.Metrics["database.waiting{operation=write}"]);
        cluster.Nodes[1].AsPrimary();

        await cluster.Run(Task.WhenAll(unconfirmed, held));
        Assert.Equal(1, cluster.Metrics.Sum("database.write.resolved"));
    }

    [Theory]
    [InlineData(1213)]
    [InlineData(1205)]
    public async Task Write_ThreeConflicts_IsBegunAnewEachTime(int number)
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        int conflicts = 0;
        cluster.Primary.OnStatement = statement => statement.Text == "WORK" && conflicts++ < 3
            ? throw new FakeDbException(number, FailurePhase.Answered, "conflict")
            : Task.FromResult<object?>(null);

        Assert.Equal(1, await cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct)));

        Assert.Equal(3, cluster.Metrics["database.write.retries{reason=conflict}"]);
        string[] statements = FakeCluster.Statements(cluster.Primary);
        Assert.Equal(3, statements.Count(text => text == "ROLLBACK"));
        Assert.Equal(4, statements.Count(text => text == Begin));
    }

    [Fact]
    public async Task Write_FourConflicts_GivesUp()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Primary.OnStatement = statement => statement.Text == "WORK"
            ? throw new FakeDbException(1213, FailurePhase.Answered, "deadlock")
            : Task.FromResult<object?>(null);

        FakeDbException failure = await Assert.ThrowsAsync<FakeDbException>(
            () => cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct)));
        Assert.Equal("deadlock", failure.Message);
        Assert.Empty(cluster.Primary.Operations);
    }

    /// <summary>As object mappers do.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Write_WorkWrapsTheFailure_IsBegunAnewAllTheSame(bool deadlock)
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        int tries = 0;
        Once(cluster.Primary, "WORK", statement => throw (deadlock ? new FakeDbException(1213, FailurePhase.Answered, "deadlock") : statement.Lose(FailurePhase.SentUnanswered)));

        int done = await cluster.Run(cluster.Database.CreateSession().WriteAsync(
            OperationId.New(),
            async (connection, ct) =>
            {
                tries++;
                try
                {
                    return await Work(connection, ct);
                }
                catch (DbException failure)
                {
                    throw new InvalidOperationException("The post could not be saved.", failure);
                }
            },
            Ct));

        Assert.Equal((1, 2), (done, tries));
    }

    [Fact]
    public async Task Write_WorkThrows_IsRolledBackAndThrown()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();

        await Assert.ThrowsAsync<DivideByZeroException>(() => cluster.Run(
            cluster.Database.CreateSession().WriteAsync<int>(OperationId.New(), (_, _) => throw new DivideByZeroException(), Ct)));

        Assert.Equal([Begin, Claim, "ROLLBACK"], FakeCluster.Statements(cluster.Primary));
    }

    [Fact]
    public async Task Write_WorkGoesOnAfterADeadlock_IsNotCommitted()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        OperationId operation = OperationId.New();

        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() => cluster.Run(
            cluster.Database.CreateSession().WriteAsync(
                operation,
                (connection, _) =>
                {
                    ((FakeConnection)connection).Claimed = null;
                    return Task.FromResult(1);
                },
                Ct)));

        Assert.StartsWith($"The transaction of operation {operation} ended inside its work: ", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("COMMIT", FakeCluster.Statements(cluster.Primary));
    }

    [Fact]
    public async Task Write_CancelledInItsWork_IsRolledBack()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        using CancellationTokenSource caller = new();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cluster.Run(cluster.Database.CreateSession().WriteAsync(
            OperationId.New(),
            async (_, _) =>
            {
                await caller.CancelAsync();
                return 1;
            },
            caller.Token)));

        Assert.Equal([Begin, Claim, "ROLLBACK"], FakeCluster.Statements(cluster.Primary));
    }

    [Fact]
    public async Task Write_DriverDoesNotKnowItsGtids_AsksTheServer()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Primary.CommittedGtids = null;
        DatabaseSession session = cluster.Database.CreateSession();
        Once(cluster.Primary, "COMMIT", _ =>
        {
            cluster.Primary.Executed = $"{Group}:1-11";
            return null;
        });

        await cluster.Run(session.WriteAsync(OperationId.New(), Work, Ct));

        Assert.Equal($"{Group}:1-11", session.Token.ToString());
    }

    [Fact]
    public async Task Write_GtidsCannotBeLearned_IsDoneAndTheSessionAsksThePrimaryOnce()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Primary.CommittedGtids = null;
        Once(cluster.Primary, "SELECT @@global.gtid_executed", statement => statement.Lose(FailurePhase.SentUnanswered));
        DatabaseSession session = cluster.Database.CreateSession();

        Assert.Equal(1, await cluster.Run(session.WriteAsync(OperationId.New(), Work, Ct)));

        Assert.Equal("db-1", await cluster.Run(session.ReadAsync((connection, _) => Task.FromResult(connection.DataSource), ct: Ct)));
        Assert.Equal(1, cluster.Metrics["database.reads{reason=token_lost,role=primary}"]);
        Assert.Single(cluster.Log.TextsOf(3012));
        // It has learned there what it wrote.
        Assert.NotEqual("db-1", await cluster.Run(session.ReadAsync((connection, _) => Task.FromResult(connection.DataSource), ct: Ct)));
    }

    [Fact]
    public async Task Token_HeldEverywhere_IsEmptyAgain()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        DatabaseSession session = cluster.Database.CreateSession();
        await cluster.Run(session.WriteAsync(OperationId.New(), Work, Ct));
        Assert.False(session.Token.IsEmpty);

        foreach (FakeNode node in cluster.Nodes)
            node.Executed = $"{Group}:1-11";
        await cluster.Until(topology => topology.Nodes.All(node => node.Executed.Contains(Data.GtidSet.Parse($"{Group}:11"))));

        Assert.True(session.Token.IsEmpty);
    }

    [Fact]
    public async Task Token_ManyGaps_IsShortenedByWhatThePrimaryHolds()
    {
        await using FakeCluster cluster = new();
        cluster.Primary.Executed = $"{Group}:1-100";
        await cluster.UntilReady();
        CausalToken gaps = CausalToken.Parse(Group + string.Concat(Enumerable.Range(1, 16).Select(i => $":{2 * i}")));
        DatabaseSession session = cluster.Database.CreateSession(gaps);
        cluster.Primary.CommittedGtids = $"{Group}:101";

        await cluster.Run(session.WriteAsync(OperationId.New(), Work, Ct));

        Assert.Equal($"{Group}:2-101", session.Token.ToString());
    }

    [Fact]
    public async Task Write_EmptyOperationId_IsRefused()
    {
        await using FakeCluster cluster = new();

        ArgumentException failure = await Assert.ThrowsAsync<ArgumentException>(
            () => cluster.Database.CreateSession().WriteAsync(default, Work, Ct));
        Assert.StartsWith("The operation id is empty: make one with OperationId.New().", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>Fails the first COMMITs.</summary>
    private static void LoseCommits(FakeNode node, int count, Func<FakeStatement, Exception> failure)
    {
        int seen = 0;
        node.OnStatement = statement => statement.Text == "COMMIT" && Interlocked.Increment(ref seen) <= count
            ? throw failure(statement)
            : Task.FromResult<object?>(null);
    }

    /// <summary>Does what the server does before its answer is lost.</summary>
    private static void Commit(FakeStatement statement) =>
        statement.Connection.Node.Operations[statement.Connection.Claimed!] = statement.Connection.Result!;

    /// <summary>Fails a statement the first time it comes, or lets it pass after a side effect.</summary>
    private static void Once(FakeNode node, string text, Func<FakeStatement, Exception?> failure)
    {
        int seen = 0;
        node.OnStatement = statement =>
        {
            if (statement.Text == text && Interlocked.Increment(ref seen) == 1 && failure(statement) is { } thrown)
                throw thrown;
            return Task.FromResult<object?>(null);
        };
    }

    [Fact]
    public async Task Write_ItsKeyIsThereWithoutItsOperation_TakesItAway_AndIsDone()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        OperationId operation = OperationId.New();
        // Its transaction was refused, and the key, sent behind it, was committed by itself.
        cluster.Primary.Operations[Convert.ToHexString(operation.Value.ToByteArray(bigEndian: true))] = "";

        Assert.Equal(1, await cluster.Run(cluster.Database.CreateSession().WriteAsync(operation, Work, Ct)));

        Assert.Equal("1", Assert.Single(cluster.Primary.Operations).Value);
        Assert.Equal(1, _works);
    }
}
