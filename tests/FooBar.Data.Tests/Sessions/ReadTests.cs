using System.Data.Common;
using System.Text.RegularExpressions;
using Dapper;
using FooBar.Data.Tests.Fakes;

namespace FooBar.Data.Tests;

public sealed partial class ReadTests
{
    private const string Group = FakeNode.Group;
    private const string ReadOnly = "SET SESSION transaction_read_only = 1";
    private const string Restore = "SET SESSION transaction_read_only = DEFAULT";
    private const string ReadOnlyProven = ReadOnly + ", group_replication_consistency = 'BEFORE'";
    private const string StillWriter = "SELECT @@global.read_only";
    private const string RestoreProven = Restore + ", group_replication_consistency = DEFAULT";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Answers with the node that it ran on.</summary>
    private static async Task<string> Where(DbConnection connection, CancellationToken ct)
    {
        await connection.ExecuteAsync(new CommandDefinition("WORK", cancellationToken: ct));
        return connection.DataSource;
    }

    [Fact]
    public async Task Read_WithoutToken_SpreadsOverReplicasAtNoExtraRoundTrip()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        DatabaseSession session = cluster.Database.CreateSession();

        for (int i = 0; i < 100; i++)
            await cluster.Run(session.ReadAsync(Where, ct: Ct));

        Assert.Empty(FakeCluster.Statements(cluster.Nodes[0]));
        Assert.Equal(Enumerable.Repeat("WORK", 50), FakeCluster.Statements(cluster.Nodes[1]));
        Assert.Equal(Enumerable.Repeat("WORK", 50), FakeCluster.Statements(cluster.Nodes[2]));
        Assert.Equal(50, cluster.Metrics["database.queries{node=db-2,operation=read,role=replica}"]);
        Assert.Equal(50, cluster.Metrics["database.queries{node=db-3,operation=read,role=replica}"]);
        Assert.Equal(100, cluster.Metrics.Sum("database.queries"));
        Assert.Equal(0, cluster.Metrics.Sum("database.reads", "role=primary"));
        Assert.Equal(0, cluster.Metrics.Sum("database.causal.waits"));
    }

    [Theory]
    [InlineData("known")]
    [InlineData("reached")]
    [InlineData("timeout")]
    [InlineData("failed")]
    [InlineData("foreign")]
    public async Task CausalWaits_BeforeTheFirst_AreThereWithZero(string outcome)
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();

        // A rate does not see a series that begins at 1.
        Assert.True(cluster.Metrics.Has($"database.causal.waits{{outcome={outcome}}}"));
        Assert.Equal(0, cluster.Metrics.Sum("database.causal.waits"));
    }

    [Fact]
    public async Task Read_TokenKnownOnOneReplica_GoesThereWithoutWaiting()
    {
        await using FakeCluster cluster = new();
        cluster.Nodes[2].Executed = $"{Group}:1-20";
        await cluster.UntilReady();
        DatabaseSession session = cluster.Database.CreateSession(CausalToken.Parse($"{Group}:20"));

        for (int i = 0; i < 10; i++)
            Assert.Equal("db-3", await cluster.Run(session.ReadAsync(Where, ct: Ct)));

        Assert.Equal(Enumerable.Repeat("WORK", 10), FakeCluster.Statements(cluster.Nodes[2]));
        Assert.Equal(10, cluster.Metrics["database.causal.waits{outcome=known}"]);
    }

    [Fact]
    public async Task Read_TokenNotYetKnown_WaitsOnTheReplicaAndReadsThere()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Nodes[1].Executed = cluster.Nodes[2].Executed = $"{Group}:1-20";
        DatabaseSession session = cluster.Database.CreateSession(CausalToken.Parse($"{Group}:20"));

        Task<string> read = session.ReadAsync(Where, ct: Ct);
        string node = await cluster.Run(read);

        Assert.NotEqual("db-1", node);
        string[] statements = FakeCluster.Statements(cluster.Nodes.Single(n => n.Name == node));
        Assert.Equal(["SELECT WAIT_FOR_EXECUTED_GTID_SET(@required, @seconds)", "WORK"], statements);
        Assert.Equal(1, cluster.Metrics["database.causal.waits{outcome=reached}"]);
    }

    [Fact]
    public async Task Read_ReplicaDoesNotCatchUp_ReadsFromThePrimaryReadOnly()
    {
        await using FakeCluster cluster = new();
        cluster.Primary.Executed = $"{Group}:1-20";
        await cluster.UntilReady();
        DatabaseSession session = cluster.Database.CreateSession(CausalToken.Parse($"{Group}:20"));

        Assert.Equal("db-1", await cluster.Run(session.ReadAsync(Where, ct: Ct)));

        Assert.Equal([ReadOnly, "WORK", Restore], FakeCluster.Statements(cluster.Primary));
        Assert.Equal(1, cluster.Metrics["database.causal.waits{outcome=timeout}"]);
        Assert.Equal(1, cluster.Metrics["database.causal.waits{outcome=known}"]);
        Assert.Equal(1, cluster.Metrics["database.reads{reason=causal_timeout,role=primary}"]);
        Assert.Equal(1, cluster.Metrics["database.queries{node=db-1,operation=read,role=primary}"]);
        Assert.Equal(1, cluster.Metrics.Sum("database.queries"));
    }

    [Fact]
    public async Task Read_WaitOnReplicaFails_ReadsFromThePrimary()
    {
        await using FakeCluster cluster = new();
        cluster.Primary.Executed = $"{Group}:1-20";
        await cluster.UntilReady();
        foreach (FakeNode replica in cluster.Nodes[1..])
            replica.OnStatement = statement => throw statement.Lose(FailurePhase.SentUnanswered);
        DatabaseSession session = cluster.Database.CreateSession(CausalToken.Parse($"{Group}:20"));

        Assert.Equal("db-1", await cluster.Run(session.ReadAsync(Where, ct: Ct)));
        Assert.Equal(1, cluster.Metrics["database.reads{reason=causal_failed,role=primary}"]);
        Assert.Equal(1, cluster.Metrics["database.causal.waits{outcome=failed}"]);
    }

    [Fact]
    public async Task Read_Any_IgnoresTheToken()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        DatabaseSession session = cluster.Database.CreateSession(CausalToken.Parse($"{Group}:99"));

        Assert.NotEqual("db-1", await cluster.Run(session.ReadAsync(Where, Freshness.Any, Ct)));
        Assert.Equal(0, cluster.Metrics.Sum("database.causal.waits"));
    }

    [Fact]
    public async Task Read_Latest_ReadsFromThePrimaryAndIsNoFallback()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();

        Assert.Equal("db-1", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, Freshness.Latest, Ct)));
        Assert.Equal(1, cluster.Metrics["database.reads{reason=latest,role=primary}"]);
        Assert.Equal(1, cluster.Metrics.Sum("database.reads"));
    }

    [Fact]
    public async Task Read_NoReplica_ReadsFromThePrimary()
    {
        await using FakeCluster cluster = new(nodes: 1);
        await cluster.UntilReady();

        Assert.Equal("db-1", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, ct: Ct)));
        Assert.Equal(1, cluster.Metrics["database.reads{reason=no_replica,role=primary}"]);
    }

    [Fact]
    public async Task Read_BeforeTheFirstProbe_WaitsForANode()
    {
        await using FakeCluster cluster = new();

        Assert.NotEqual("", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, ct: Ct)));
    }

    [Fact]
    public async Task Read_OneReplicaRefuses_IsRepeatedOnTheOther()
    {
        await using FakeCluster cluster = new(options => options.ProbeInterval = TimeSpan.FromHours(1));
        await cluster.UntilReady();
        cluster.Nodes[1].ConnectFailure = new FakeDbException(0, FailurePhase.NotSent, "refused");
        DatabaseSession session = cluster.Database.CreateSession();

        for (int i = 0; i < 10; i++)
            Assert.Equal("db-3", await cluster.Run(session.ReadAsync(Where, ct: Ct)));
        Assert.Equal(10, cluster.Metrics["database.reads{reason=replica,role=replica}"] + cluster.Metrics["database.reads{reason=replica_failed,role=replica}"]);
        Assert.True(cluster.Metrics["database.reads{reason=replica_failed,role=replica}"] > 0);
    }

    [Fact]
    public async Task Read_ReplicaLostInTheMiddle_IsRepeatedOnTheOther()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Nodes[1].OnStatement = statement => throw statement.Lose(FailurePhase.SentUnanswered);

        for (int i = 0; i < 10; i++)
            Assert.Equal("db-3", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, ct: Ct)));
    }

    [Theory]
    [InlineData("connect", nameof(Freshness.Any), true)]
    [InlineData("WORK", nameof(Freshness.Any), true)]
    [InlineData("WORK", nameof(Freshness.Latest), true)]
    [InlineData("SELECT WAIT_FOR_EXECUTED_GTID_SET(@required, @seconds)", nameof(Freshness.OwnWrites), true)]
    [InlineData("connect", nameof(Freshness.Any), false)]
    [InlineData("WORK", nameof(Freshness.Any), false)]
    [InlineData("connect", nameof(Freshness.Latest), false)]
    [InlineData("SET SESSION transaction_read_only = 1, group_replication_consistency = 'BEFORE'", nameof(Freshness.Latest), false)]
    [InlineData("WORK", nameof(Freshness.Latest), false)]
    [InlineData("SELECT @@global.read_only", nameof(Freshness.Latest), false)]
    [InlineData("SET SESSION transaction_read_only = DEFAULT, group_replication_consistency = DEFAULT", nameof(Freshness.Latest), false)]
    [InlineData("SELECT WAIT_FOR_EXECUTED_GTID_SET(@required, @seconds)", nameof(Freshness.OwnWrites), false)]
    public async Task Read_NodeHangs_IsReleasedWhenTheMonitorGivesTheNodeUp(string at, string kind, bool heeds)
    {
        Freshness freshness = Freshnesses.Named(kind);
        await using FakeCluster cluster = new(options =>
        {
            options.CausalWait = TimeSpan.FromSeconds(5);
            ((FakeDriver)options.Driver).HeedsCancellation = heeds;
        });
        await cluster.UntilReady();
        FakeNode[] hung = freshness == Freshness.Latest ? [cluster.Primary] : cluster.Nodes[1..];
        foreach (FakeNode node in hung)
        {
            node.OnProbe = async ct => await Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, ct);
            if (at == "connect")
                node.OnConnect = cluster.HangAsync;
            node.OnStatement = async statement =>
            {
                if (statement.Text == at)
                    await cluster.HangAsync(statement.Ct);
                return null;
            };
        }

        // What the replicas are not known to hold, and the primary is.
        if (freshness == Freshness.OwnWrites)
        {
            cluster.Primary.Executed = $"{Group}:1-20";
            await cluster.Until(topology => topology.Nodes[0].Executed.Contains(Data.GtidSet.Parse($"{Group}:20")));
        }

        long startedAt = cluster.Time.GetTimestamp();
        Task<string> read = cluster.Database.CreateSession(CausalToken.Parse($"{Group}:20")).ReadAsync(Where, freshness, Ct);
        if (freshness == Freshness.Latest)
        {
            await cluster.UntilRoles(NodeRole.Offline, NodeRole.Replica, NodeRole.Replica);
            cluster.Nodes[1].AsPrimary();
        }

        // What hangs behind the answer changes nothing in it.
        Assert.Equal(freshness == Freshness.Latest && !at.EndsWith("DEFAULT", StringComparison.Ordinal) ? "db-2" : "db-1", await cluster.Run(read));
        Assert.InRange(cluster.Time.GetElapsedTime(startedAt), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task Read_BothReplicasFail_IsRepeatedOnThePrimary()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Nodes[1].OnStatement = cluster.Nodes[2].OnStatement = statement => throw statement.Lose(FailurePhase.SentUnanswered);

        Assert.Equal("db-1", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, ct: Ct)));
        Assert.Equal(1, cluster.Metrics["database.reads{reason=replica_failed,role=primary}"]);
    }

    /// <summary>As object mappers do.</summary>
    [Fact]
    public async Task Read_WorkWrapsTheFailure_IsRepeatedAllTheSame()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Nodes[1].OnStatement = cluster.Nodes[2].OnStatement = statement => throw statement.Lose(FailurePhase.SentUnanswered);

        Assert.Equal("db-1", await cluster.Run(cluster.Database.CreateSession().ReadAsync(
            async (connection, ct) =>
            {
                try
                {
                    return await Where(connection, ct);
                }
                catch (DbException failure)
                {
                    throw new InvalidOperationException("The post could not be read.", failure);
                }
            },
            ct: Ct)));
        Assert.Equal(1, cluster.Metrics["database.reads{reason=replica_failed,role=primary}"]);
    }

    [Fact]
    public async Task Read_NoPrimaryAndReplicas_IsAnsweredByOne()
    {
        await using FakeCluster cluster = new();
        cluster.Primary.State = "ERROR";
        await cluster.UntilRoles(NodeRole.Unknown, NodeRole.Replica, NodeRole.Replica);
        long startedAt = cluster.Time.GetTimestamp();

        foreach (Freshness freshness in (Freshness[])[Freshness.Any, Freshness.OwnWrites])
            Assert.NotEqual("db-1", await cluster.Run(cluster.Database.CreateSession(CausalToken.Parse($"{Group}:10")).ReadAsync(Where, freshness, Ct)));

        Assert.InRange(cluster.Time.GetElapsedTime(startedAt), TimeSpan.Zero, TimeSpan.FromMilliseconds(200));
        Assert.Equal(2, cluster.Metrics["database.reads{reason=replica,role=replica}"]);
    }

    [Fact]
    public async Task Read_NoPrimaryAndNoReplicaHoldsTheToken_IsAnsweredByTheReplicaThatReachesIt()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Primary.State = "ERROR";
        await cluster.UntilRoles(NodeRole.Unknown, NodeRole.Replica, NodeRole.Replica);
        long startedAt = cluster.Time.GetTimestamp();
        Task<string> read = cluster.Database.CreateSession(CausalToken.Parse($"{Group}:20")).ReadAsync(Where, ct: Ct);
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(6), cluster.Time, Ct));
        Assert.False(read.IsCompleted);

        cluster.Nodes[2].Executed = $"{Group}:1-20";

        Assert.Equal("db-3", await cluster.Run(read));
        Assert.InRange(cluster.Time.GetElapsedTime(startedAt), TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(6.5));
        Assert.Equal(1, cluster.Metrics["database.reads{reason=causal_timeout,role=replica}"]);
        Assert.DoesNotContain("WORK", FakeCluster.Statements(cluster.Nodes[1]));
    }

    [Fact]
    public async Task Read_NoPrimaryAndNoReplicaHoldsTheToken_IsAnsweredByTheNewPrimaryIfItIsFirst()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Primary.State = "ERROR";
        await cluster.UntilRoles(NodeRole.Unknown, NodeRole.Replica, NodeRole.Replica);
        Task<string> read = cluster.Database.CreateSession(CausalToken.Parse($"{Group}:20")).ReadAsync(Where, ct: Ct);
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(6), cluster.Time, Ct));

        cluster.Nodes[1].Executed = $"{Group}:1-20";
        cluster.Nodes[1].AsPrimary();

        Assert.Equal("db-2", await cluster.Run(read));
        Assert.Equal(1, cluster.Metrics["database.reads{reason=causal_timeout,role=primary}"]);
    }

    [Fact]
    public async Task Read_NoPrimaryAndTheOnlyReplicaFailsOnce_IsRepeatedThere()
    {
        await using FakeCluster cluster = new(nodes: 2);
        cluster.Primary.State = "ERROR";
        await cluster.UntilRoles(NodeRole.Unknown, NodeRole.Replica);
        int tries = 0;
        cluster.Nodes[1].OnStatement = statement =>
            ++tries <= 3 ? throw statement.Lose(FailurePhase.SentUnanswered) : Task.FromResult<object?>(null);

        Assert.Equal("db-2", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, ct: Ct)));
        Assert.Equal(4, tries);
    }

    [Fact]
    public async Task Read_EveryNodeFails_ListsWhatWasTried()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        foreach (FakeNode node in cluster.Nodes)
            node.ConnectFailure = new FakeDbException(1045, FailurePhase.Answered, $"{node.Name} denies access");

        DatabaseUnavailableException failure = await Assert.ThrowsAsync<DatabaseUnavailableException>(
            () => cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, ct: Ct)));

        Assert.Matches("^No node could do the read within 10\\.\\d s\\. Nodes: db-1 Primary, db-2 Replica, db-3 Replica\\. Tried: ", failure.Message);
        Assert.Matches("db-2 as Replica after 0 ms: FakeDbException: db-2 denies access; ", failure.Message);
        Assert.Matches("db-3 as Replica after 0 ms: FakeDbException: db-3 denies access; ", failure.Message);
        Assert.Matches("db-1 as Primary after 0 ms: FakeDbException: db-1 denies access; ", failure.Message);
        Assert.EndsWith("Nothing was executed. Look at performance_schema.replication_group_members on a node that answers.", failure.Message, StringComparison.Ordinal);
        // Whichever was tried last, which depends on when the primary was proven again.
        Assert.Equal(Regex.Match(failure.Message, "(db-. denies access)\\. Nothing was executed").Groups[1].Value, failure.InnerException?.Message);
        // The back-off, one a round of three nodes: at most 20 rounds of 0.5 to 1 s, and fewer than ten that halve what is left at the end.
        Assert.InRange(failure.Message.Split("denies access").Length, 20, 100);
    }

    [Fact]
    public async Task Read_NoNodeAnswers_SaysThatNothingCouldBeTried()
    {
        await using FakeCluster cluster = new(start: false, nodes: 1);
        cluster.Primary.ConnectFailure = new FakeDbException(0, FailurePhase.NotSent, "refused");
        cluster.Database.Start();

        DatabaseUnavailableException failure = await Assert.ThrowsAsync<DatabaseUnavailableException>(
            () => cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, ct: Ct)));

        Assert.Contains("Nodes: db-1 Offline (FakeDbException: refused). Tried: nothing.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_PrimaryLostAndAnotherProven_IsRepeatedThere()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Primary.OnStatement = statement =>
        {
            cluster.Primary.AsReplica();
            cluster.Nodes[2].AsPrimary();
            throw statement.Lose(FailurePhase.SentUnanswered);
        };

        Assert.Equal("db-3", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, Freshness.Latest, Ct)));
    }

    [Fact]
    public async Task Read_StatementAtFault_IsNotRepeated()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        int tries = 0;

        FakeDbException failure = await Assert.ThrowsAsync<FakeDbException>(() => cluster.Run(cluster.Database.CreateSession().ReadAsync<int>(
            (_, _) =>
            {
                tries++;
                throw new FakeDbException(1064, FailurePhase.Answered, "syntax");
            },
            ct: Ct)));

        Assert.Equal(("syntax", 1), (failure.Message, tries));
    }

    [Theory]
    [InlineData(nameof(Freshness.Any), 1290, "The MySQL server is running with the --super-read-only option so it cannot execute this statement")]
    [InlineData(nameof(Freshness.Latest), 1792, "Cannot execute statement in a READ ONLY transaction.")]
    public async Task Read_WorkWrites_IsRefusedAndSaysWhatToDo(string kind, int number, string message)
    {
        Freshness freshness = Freshnesses.Named(kind);
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        foreach (FakeNode node in cluster.Nodes)
        {
            node.OnStatement = statement => statement.Text == "WORK"
                ? throw new FakeDbException(number, FailurePhase.Answered, message)
                : Task.FromResult<object?>(null);
        }

        WriteInReadException failure = await Assert.ThrowsAsync<WriteInReadException>(
            () => cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, freshness, Ct)));

        Assert.Matches("^The work of a ReadAsync tried to write on node db-[123] and was refused: use WriteAsync\\.$", failure.Message);
        Assert.Equal(message, failure.InnerException?.Message);
    }

    [Theory]
    [InlineData("bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb:1")]
    [InlineData(Group + ":99")]
    public async Task Read_TokenThatNobodyCanHold_IsDroppedOnceThePrimaryDisownsIt(string foreign)
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        DatabaseSession session = cluster.Database.CreateSession(CausalToken.Parse(foreign));

        Assert.Equal("db-1", await cluster.Run(session.ReadAsync(Where, ct: Ct)));

        Assert.True(session.Token.IsEmpty);
        Assert.Equal(1, cluster.Metrics["database.causal.waits{outcome=foreign}"]);
        Assert.Equal(1, cluster.Metrics["database.tokens.rejected{reason=foreign}"]);
        Assert.Equal(
            ["A causal token was dropped: primary db-1 does not hold what it demands and nobody can. It is another database's, or this one was restored"],
            cluster.Log.TextsOf(3013));
        Assert.NotEqual("db-1", await cluster.Run(session.ReadAsync(Where, ct: Ct)));
    }

    [Fact]
    public async Task Read_PartOfTheTokenNobodyCanHold_KeepsWhatThePrimaryHolds()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Primary.Executed = Group + ":1-20";
        DatabaseSession session = cluster.Database.CreateSession(CausalToken.Parse($"{Group}:15,bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb:1"));

        Assert.Equal("db-1", await cluster.Run(session.ReadAsync(Where, ct: Ct)));

        // Written since the database was restored, and not on every replica yet.
        Assert.Equal($"{Group}:15", session.Token.ToString());
    }

    [Fact]
    public async Task Read_PrimaryCannotProveThatItIsNotCutOff_DropsNoToken()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        DatabaseSession session = cluster.Database.CreateSession(CausalToken.Parse($"{Group}:20"));
        cluster.Primary.OnStatement = async statement =>
        {
            if (statement.Text == "START TRANSACTION READ ONLY")
                await Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, statement.Ct);
            return null;
        };
        Task<string> read = session.ReadAsync(Where, ct: Ct);
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(5), cluster.Time, Ct));
        Assert.False(read.IsCompleted);

        // It was cut off, and its successor holds what the session wrote.
        cluster.Primary.State = "ERROR";
        cluster.Nodes[1].Executed = $"{Group}:1-20";
        await cluster.UntilRoles(NodeRole.Unknown, NodeRole.Replica, NodeRole.Replica);
        cluster.Nodes[1].AsPrimary();

        Assert.Equal("db-2", await cluster.Run(read));
        Assert.False(session.Token.IsEmpty);
        Assert.Equal(0, cluster.Metrics.Sum("database.tokens.rejected"));
    }

    [Fact]
    public async Task Read_CancelledInACallThatDoesNotEnd_EndsAllTheSame()
    {
        await using FakeCluster cluster = new(options => ((FakeDriver)options.Driver).HeedsCancellation = false);
        await cluster.UntilReady();
        using CancellationTokenSource caller = new();
        foreach (FakeNode node in cluster.Nodes)
        {
            node.OnStatement = async statement =>
            {
                await caller.CancelAsync();
                await cluster.HangAsync(statement.Ct);
                return null;
            };
        }

        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, ct: caller.Token)));

        Assert.Equal(caller.Token, cancelled.CancellationToken);
        // The connection is the driver's as long as it is in the call; the place on the node is not.
        Assert.Equal(1, cluster.Nodes.Sum(node => node.Leased) - 4);
        Assert.Equal(0, cluster.Metrics.Sum("database.node.in_flight"));
    }

    [Fact]
    public async Task Read_Cancelled_IsCancelledAndNotRepeated()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        using CancellationTokenSource caller = new();
        foreach (FakeNode node in cluster.Nodes)
        {
            node.OnStatement = async statement =>
            {
                await caller.CancelAsync();
                throw statement.Lose(FailurePhase.SentUnanswered);
            };
        }

        OperationCanceledException cancelled = await Assert.ThrowsAsync<OperationCanceledException>(
            () => cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, ct: caller.Token)));
        Assert.Equal(caller.Token, cancelled.CancellationToken);
        Assert.Single(cluster.Nodes, node => !node.Statements.IsEmpty);
    }

    [Fact]
    public async Task Read_NotStarted_SaysSo()
    {
        await using FakeCluster cluster = new(start: false);

        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => cluster.Database.CreateSession().ReadAsync(Where, ct: Ct));
        Assert.Equal("The database has not been started: call Start() first.", failure.Message);
    }
}
