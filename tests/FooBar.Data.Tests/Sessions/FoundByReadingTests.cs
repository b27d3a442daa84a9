using System.Data.Common;
using System.Diagnostics;
using Dapper;
using FooBar.Data.Tests.Fakes;

namespace FooBar.Data.Tests;

/// <summary>What a reader of the code found, each red before it was mended.</summary>
public sealed class FoundByReadingTests
{
    private const string Group = FakeNode.Group;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static async Task<string> Where(DbConnection connection, CancellationToken ct)
    {
        await connection.ExecuteAsync(new CommandDefinition("WORK", cancellationToken: ct));
        return connection.DataSource;
    }

    [Fact]
    public async Task ForeignTokenPlusOwnWrite_OwnWriteIsKept()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        DatabaseSession session = cluster.Database.CreateSession(CausalToken.Parse("bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb:1"));
        await cluster.Run(session.WriteAsync(OperationId.New(), (_, _) => Task.FromResult(1), Ct));
        cluster.Primary.Executed = $"{Group}:1-11";
        Assert.Equal("db-1", await cluster.Run(session.ReadAsync(Where, ct: Ct)));
        // The replicas stay at 1-10: only the primary holds what the session wrote.
        Assert.Equal("db-1", await cluster.Run(session.ReadAsync(Where, ct: Ct)));
    }

    [Fact]
    public async Task TokenLostWhileAReadLearns_IsNotForgotten()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        DatabaseSession session = cluster.Database.CreateSession(CausalToken.Forged);
        TaskCompletionSource working = new();
        TaskCompletionSource goOn = new();
        Task<string> read = session.ReadAsync(
            async (connection, _) =>
            {
                working.TrySetResult();
                await goOn.Task;
                return connection.DataSource;
            },
            ct: Ct);
        await cluster.Run(working.Task);
        // A write beside it: done, and its GTID is not learned.
        cluster.Primary.CommittedGtids = null;
        bool lost = false;
        cluster.Primary.OnStatement = statement =>
        {
            if (lost || !statement.Text.StartsWith("SELECT @@global.gtid_executed", StringComparison.Ordinal))
                return Task.FromResult<object?>(null);
            lost = true;
            throw statement.Lose(FailurePhase.SentUnanswered);
        };
        await cluster.Run(session.WriteAsync(OperationId.New(), (_, _) => Task.FromResult(1), Ct));
        cluster.Primary.Executed = $"{Group}:1-11";
        goOn.SetResult();
        await cluster.Run(read);
        Assert.True(lost);
        Assert.Equal("db-1", await cluster.Run(session.ReadAsync(Where, ct: Ct)));
    }

    [Fact]
    public async Task Hedge_WhileTracesAreHeard_HedgesToo()
    {
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == Database.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        await using FakeCluster cluster = new(options => options.HedgeAfter = TimeSpan.FromMilliseconds(50));
        await cluster.UntilReady();
        cluster.Nodes[1].OnStatement = cluster.Nodes[2].OnStatement = async statement =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), cluster.Time, statement.Ct);
            return null;
        };
        await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, Freshness.Any, Ct));
        Assert.Equal(1, cluster.Metrics.Sum("database.reads.hedged"));
    }

    [Fact]
    public async Task ForeignTokenCheck_PutsConsistencyBack()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        await cluster.Run(cluster.Database.CreateSession(CausalToken.Parse($"{Group}:99")).ReadAsync(Where, ct: Ct));
        string[] statements = FakeCluster.Statements(cluster.Primary);
        Assert.Contains(statements, text => text.Contains("'BEFORE'", StringComparison.Ordinal));
        Assert.Contains(statements, text => text.Contains("consistency = DEFAULT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task NodeTakenOut_SourceDisposedOf_ReadGoesElsewhere()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        TaskCompletionSource connecting = new();
        TaskCompletionSource disposed = new();
        foreach (FakeNode node in cluster.Nodes[1..])
        {
            node.OnConnect = async _ =>
            {
                if (!connecting.TrySetResult())
                    return;
                await disposed.Task;
                throw new ObjectDisposedException("MySqlDataSource");
            };
        }

        Task<string> read = cluster.Database.CreateSession().ReadAsync(Where, ct: Ct);
        await connecting.Task;
        string gone = cluster.Database.Topology.Nodes.Single(node => node.Node.Work.Outstanding == 1).Name;
        cluster.Database.ReplaceNodes([.. cluster.Options.Nodes.Where(node => node.Name != gone)]);
        disposed.SetResult();
        Assert.NotEqual(gone, await cluster.Run(read));
    }

    [Theory]
    [InlineData("Latest")]
    [InlineData("00:00:00.0000001")]
    public async Task Classic_OldPrimaryIsReadOnlySinceTheLastProbe_DoesNotAnswerLatest(string freshness)
    {
        await using FakeCluster cluster = new(member: false);
        await cluster.UntilReady();
        // Switched over by another process a moment ago; db-2 has acknowledged 11 to somebody.
        cluster.Nodes[0].SuperReadOnly = true;
        cluster.Nodes[0].Channels = 0;
        cluster.Nodes[1].SuperReadOnly = false;
        cluster.Nodes[1].Channels = 0;
        cluster.Nodes[1].Executed = $"{Group}:1-11";
        Assert.Equal("db-2", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, Freshnesses.Named(freshness), Ct)));
    }

    [Fact]
    public async Task Classic_PromotionLostOthersTransactions_OwnWritesAreKept()
    {
        await using FakeCluster cluster = new(start: false, member: false);
        cluster.Nodes[1].Executed = $"{Group}:1-8";
        cluster.Nodes[2].Executed = $"{Group}:1-7";
        cluster.Database.Start();
        await cluster.UntilReady();
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(1), cluster.Time, Ct));
        // The session wrote 8, which the promoted one has; 9 and 10 were others' and are lost. Its first sample is on its way.
        DatabaseSession session = cluster.Database.CreateSession(CausalToken.Parse($"{Group}:8"));
        cluster.Nodes[0].ConnectFailure = new FakeDbException(0, FailurePhase.NotSent, "down");
        cluster.Nodes[0].OnProbe = _ => throw new FakeDbException(0, FailurePhase.SentUnanswered, "down");
        cluster.Nodes[0].OnSample = _ => throw new FakeDbException(0, FailurePhase.SentUnanswered, "down");
        cluster.Nodes[1].OnSample = ct => Task.Delay(TimeSpan.FromSeconds(1.5), cluster.Time, ct);
        cluster.Nodes[1].SuperReadOnly = false;
        await cluster.UntilRoles(NodeRole.Offline, NodeRole.Primary, NodeRole.Replica);
        await cluster.Run(session.ReadAsync(Where, Freshness.AtMost(TimeSpan.FromMinutes(1)), Ct));
        Assert.Equal(0, cluster.Metrics["database.tokens.rejected{reason=foreign}"]);
        Assert.Equal("db-2", await cluster.Run(session.ReadAsync(Where, ct: Ct)));
    }

    [Fact]
    public async Task TokenDroppedWhenAllHeldIt_NodeAddedThatLacksIt_OwnWritesAreSeen()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        DatabaseSession session = cluster.Database.CreateSession();
        await cluster.Run(session.WriteAsync(OperationId.New(), (_, _) => Task.FromResult(1), Ct));
        foreach (FakeNode node in cluster.Nodes)
            node.Executed = $"{Group}:1-11";
        await cluster.Until(topology => topology.IsHeldEverywhere(Data.GtidSet.Parse($"{Group}:11")));
        string cookie = session.Token.ToString();
        using FakeNode added = new("db-4") { Executed = $"{Group}:1-5" };
        cluster.Database.ReplaceNodes([.. cluster.Options.Nodes, new("db-4", added, added.Monitoring)]);
        await cluster.Until(topology => topology.Nodes.Count == 4 && topology.Nodes[3].ProvenAt is not null);
        for (int i = 0; i < 12; i++)
            Assert.NotEqual("db-4", await cluster.Run(cluster.Database.CreateSession(CausalToken.Restore(cookie)).ReadAsync(Where, ct: Ct)));
        added.Executed = $"{Group}:1-11";
        await cluster.Until(topology => topology.Nodes[3].Role == NodeRole.Replica);
    }

    private sealed class Elsewhere : SynchronizationContext;

    [Fact]
    public async Task CallerGivesUpAsTheCommitIsAnswered_IsNotToldThatNothingWasDone()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        int wrong = 0, unknown = 0, done = 0;
        for (int i = 0; i < 2000; i++)
        {
            using CancellationTokenSource caller = new();
            cluster.Primary.OnStatement = async statement =>
            {
                if (statement.Text == "COMMIT")
                {
                    await Task.Yield();
                    SynchronizationContext? before = SynchronizationContext.Current;
                    SynchronizationContext.SetSynchronizationContext(new Elsewhere());
                    caller.Cancel();
                    SynchronizationContext.SetSynchronizationContext(before);
                }

                return null;
            };
            OperationId operation = OperationId.New();
            try
            {
                await Task.Run(() => cluster.Database.CreateSession().WriteAsync(operation, (_, _) => Task.FromResult(1), caller.Token));
                done++;
            }
            catch (OutcomeUnknownException)
            {
                unknown++;
            }
            catch (OperationCanceledException)
            {
                if (cluster.Primary.Operations.ContainsKey(Convert.ToHexString(operation.Value.ToByteArray(bigEndian: true))))
                    wrong++;
            }
        }

        Assert.True(wrong == 0, $"{wrong} told cancelled though committed, {unknown} unknown, {done} done");
    }
}
