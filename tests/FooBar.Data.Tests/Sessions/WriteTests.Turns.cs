using System.Collections.Concurrent;
using System.Data.Common;
using FooBar.Data.Tests.Fakes;

namespace FooBar.Data.Tests;

/// <summary>Many writes that meet a new primary at once.</summary>
public sealed partial class WriteTests
{
    [Fact]
    public async Task Writes_HeldInAnOutage_BeginFewAtATimeAndTheOldestFirst()
    {
        const int Count = 30;
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        cluster.Primary.AsReplica();
        await cluster.UntilRoles(NodeRole.Replica, NodeRole.Replica, NodeRole.Replica);
        ConcurrentQueue<int> begun = new();
        TaskCompletionSource allInLine = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int running = 0, most = 0;
        List<Task> writes = [];
        for (int i = 0; i < Count; i++)
        {
            int number = i;
            writes.Add(cluster.Database.CreateSession().WriteAsync(OperationId.New(), WorkAsync, Ct));
            await cluster.Run(Task.Delay(TimeSpan.FromMilliseconds(25), cluster.Time, Ct));

            async Task WorkAsync(DbConnection connection, CancellationToken ct)
            {
                begun.Enqueue(number);
                lock (begun)
                    most = Math.Max(most, ++running);
                await allInLine.Task;
                await Task.Delay(TimeSpan.FromMilliseconds(25), cluster.Time, ct);
                lock (begun)
                    running--;
            }
        }

        cluster.Nodes[1].AsPrimary();
        await cluster.UntilRoles(NodeRole.Replica, NodeRole.Primary, NodeRole.Replica);
        await InLineAsync(cluster, Count - WriteGate.First);
        Assert.InRange(begun.Count, 0, WriteGate.First);
        allInLine.SetResult();
        await cluster.Run(Task.WhenAll(writes));

        // 4, and one more after 4, 9, 15 and 22 of them; four more should the clock run ahead of the pool once.
        Assert.InRange(most, 2, 12);
        // The first four come as they wake. Of the others those that are let in together begin in any order.
        int[] order = [.. begun];
        Assert.All(Enumerable.Range(WriteGate.First, Count - WriteGate.First), place => Assert.InRange(order[place] - place, -12, 12));
        Assert.Equal(Enumerable.Range(0, Count), order.Order());
        Assert.Equal(0, cluster.Metrics["database.waiting{operation=write}"]);
    }

    [Fact]
    public async Task Write_PrimaryMovesWhileItStandsInLine_BeginsOnTheNextOnly()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        Task<int>[] writes = await FillAsync(cluster);
        Task<int> inLine = cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct);
        Assert.Equal(1, cluster.Metrics["database.waiting{operation=write}"]);

        cluster.Primary.AsReplica();
        cluster.Nodes[1].AsPrimary();
        cluster.Database.Monitor.ProbeNow();
        await cluster.UntilRoles(NodeRole.Replica, NodeRole.Primary, NodeRole.Replica);
        await cluster.Run(Task.WhenAll([.. writes, inLine]));

        Assert.Equal(5, cluster.Nodes[1].Operations.Count);
        Assert.Equal(WriteGate.First, FakeCluster.Statements(cluster.Primary).Count(statement => statement == Begin));
    }

    /// <summary>Those that are let in by what leaves the old primary must not all begin on the new one.</summary>
    [Fact]
    public async Task Writes_PrimaryMovesWhileManyStandInLine_BeginFewAtATimeThere()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        for (int i = 0; i < 20; i++)
            await cluster.Run(cluster.Database.CreateSession().WriteAsync(OperationId.New(), (_, _) => Task.CompletedTask, Ct));
        Task<int>[] writes = await FillAsync(cluster, count: 7);
        Task<int>[] line = [.. Enumerable.Range(0, 20).Select(_ => cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct))];
        await InLineAsync(cluster, line.Length);
        TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int begun = 0;
        cluster.Nodes[1].OnStatement = async statement =>
        {
            if (statement.Text == "WORK")
            {
                Interlocked.Increment(ref begun);
                await released.Task;
            }

            return null;
        };

        cluster.Primary.AsReplica();
        cluster.Nodes[1].AsPrimary();
        cluster.Database.Monitor.ProbeNow();
        await cluster.UntilRoles(NodeRole.Replica, NodeRole.Primary, NodeRole.Replica);
        // Those that were at work on the old one come back after a pause.
        await cluster.Run(Task.Delay(TimeSpan.FromMilliseconds(50), cluster.Time, Ct));

        await InLineAsync(cluster, line.Length - WriteGate.First);
        Assert.InRange(begun, 0, WriteGate.First);
        released.SetResult();
        await cluster.Run(Task.WhenAll([.. writes, .. line]));
        Assert.Equal(writes.Length + line.Length, FakeCluster.Statements(cluster.Nodes[1]).Count(statement => statement == "COMMIT"));
    }

    [Fact]
    public async Task Write_OutcomeUnknown_PassesTheLine()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        TaskCompletionSource<bool> atWork = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task unconfirmed = cluster.Database.CreateSession().WriteAsync(OperationId.New(), (_, _) => atWork.Task, Ct);
        Task<int>[] writes = await FillAsync(cluster, count: WriteGate.First - 1);
        Task<int>[] line = [.. Enumerable.Range(0, 9).Select(_ => cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct))];
        Func<FakeStatement, Task<object?>> hangs = cluster.Primary.OnStatement;
        bool lost = false;
        cluster.Primary.OnStatement = statement =>
        {
            if (statement.Text != "COMMIT" || lost)
                return hangs(statement);
            lost = true;
            throw statement.Lose(FailurePhase.SentUnanswered);
        };
        atWork.SetResult(true);

        // Less than a stall of the clock, which lets others in, in steps that give the code their time: a probe and a pause are enough.
        for (int step = 0; step < 8 && !unconfirmed.IsCompleted; step++)
        {
            await Task.WhenAny(unconfirmed, Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, Ct));
            cluster.Time.Advance(TimeSpan.FromMilliseconds(25));
        }

        Assert.True(lost);
        Assert.True(unconfirmed.IsCompletedSuccessfully, $"The write with an unknown outcome still waits; in line: {cluster.Database.Gate.InLine}.");
        Assert.Equal(1, cluster.Metrics.Sum("database.write.resolved"));
        cluster.Primary.AsReplica();
        cluster.Nodes[1].AsPrimary();
        await cluster.Run(Task.WhenAll([.. writes, .. line]));
    }

    [Fact]
    public async Task Write_TooManyStandInLine_IsTurnedAway()
    {
        await using FakeCluster cluster = new(options => options.MaximumWaiting = 1);
        await cluster.UntilReady();
        TaskCompletionSource released = new();
        Task<int>[] writes = await FillAsync(cluster, released.Task);
        Task<int> inLine = cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct);

        Task<int> surplus = cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct);

        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => surplus);
        released.SetResult();
        await cluster.Run(Task.WhenAll([.. writes, inLine]));
    }

    /// <summary>Half of a second is kept of its two, for a try that it does not get.</summary>
    [Fact]
    public async Task Write_ItsTurnNeverComes_SaysSoAndHasDoneNothing()
    {
        TimeSpan second = TimeSpan.FromSeconds(1);
        await using FakeCluster cluster = new(options => (options.PrimaryWait, options.OperationTimeout) = (second, second * 2));
        await cluster.UntilReady();
        TaskCompletionSource released = new();
        Task<int>[] writes = await FillAsync(cluster, released.Task);
        // More than are let in until then, four for each stall. Those that began at the same moment have no order.
        Task<int>[] line = [.. Enumerable.Range(0, 60).Select(_ => cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct))];

        Task<int> first = await cluster.Run(Task.WhenAny(line));

        DatabaseUnavailableException failure = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => first);
        Assert.Matches("^The write stood in line for the primary until its 1\\.[5-9] s were over: more was begun than the primary does\\. Nodes: db-1 Primary, ", failure.Message);
        Assert.EndsWith("Tried: nothing. Nothing was executed. Look at performance_schema.replication_group_members on a node that answers.", failure.Message, StringComparison.Ordinal);
        released.SetResult();
        await cluster.Run(Task.WhenAll(line.Select(write => Task.WhenAny(write))));
        await cluster.Run(Task.WhenAll(writes));
        Assert.Equal(
            writes.Length + line.Count(write => write.IsCompletedSuccessfully), FakeCluster.Statements(cluster.Primary).Count(statement => statement == "COMMIT"));
    }

    [Fact]
    public async Task Write_HeldAndThePrimaryIsLostAgain_IsNotTurnedAway()
    {
        await using FakeCluster cluster = new(options => options.MaximumWaiting = 1);
        await cluster.UntilReady();
        cluster.Primary.AsReplica();
        await cluster.UntilRoles(NodeRole.Replica, NodeRole.Replica, NodeRole.Replica);
        Task<int> held = cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct);
        TaskCompletionSource atWork = new(TaskCreationOptions.RunContinuationsAsynchronously), lost = new();
        cluster.Nodes[1].OnStatement = async statement =>
        {
            if (statement.Text != "WORK")
                return null;
            atWork.SetResult();
            await lost.Task;
            throw statement.Lose(FailurePhase.SentUnanswered);
        };
        cluster.Nodes[1].AsPrimary();
        await cluster.Run(atWork.Task);
        cluster.Nodes[1].AsReplica();
        await cluster.UntilRoles(NodeRole.Replica, NodeRole.Replica, NodeRole.Replica);
        Task<int> other = cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct);
        Assert.Equal(1, cluster.Metrics["database.waiting{operation=write}"]);

        lost.SetResult();
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(1), cluster.Time, Ct));
        Assert.Equal(2, cluster.Metrics["database.waiting{operation=write}"]);
        cluster.Nodes[2].AsPrimary();
        await cluster.Run(Task.WhenAll(held, other));
    }

    [Fact]
    public async Task Work_Throws_CountsAsDone()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        for (int i = 0; i < WriteGate.First; i++)
        {
            await Assert.ThrowsAsync<FormatException>(() => cluster.Run(
                cluster.Database.CreateSession().WriteAsync(OperationId.New(), (_, _) => Task.FromException(new FormatException()), Ct)));
        }

        long epoch = cluster.Database.Topology.Epoch;
        Assert.All(Enumerable.Range(0, WriteGate.First + 1), _ => Assert.NotNull(cluster.Database.Gate.TryEnter(epoch)));
        Assert.Null(cluster.Database.Gate.TryEnter(epoch));
    }

    private static async Task InLineAsync(FakeCluster cluster, int count)
    {
        long since = TimeProvider.System.GetTimestamp();
        while (cluster.Database.Gate.InLine < count)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(30), $"{cluster.Database.Gate.InLine} of {count} stand in line.");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Ct);
        }
    }

    /// <summary>As many writes as a new primary gets, which hang in their work there until they are released or given up.</summary>
    private async Task<Task<int>[]> FillAsync(FakeCluster cluster, Task? released = null, int count = WriteGate.First)
    {
        int hanging = 0;
        TaskCompletionSource full = new(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Primary.OnStatement = async statement =>
        {
            if (statement.Text == "WORK")
            {
                if (Interlocked.Increment(ref hanging) == count)
                    full.SetResult();
                await (released ?? Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, statement.Ct));
            }

            return null;
        };
        Task<int>[] writes = [.. Enumerable.Range(0, count).Select(_ => cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct))];
        await full.Task;
        return writes;
    }
}
