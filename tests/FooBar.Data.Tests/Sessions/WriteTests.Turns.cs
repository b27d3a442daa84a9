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
        while (cluster.Database.Gate.InLine < Count - WriteGate.First)
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Ct);
        allInLine.SetResult();
        await cluster.Run(Task.WhenAll(writes));

        // 4, and one more after 4, 9, 15 and 22 of them.
        Assert.InRange(most, 2, 8);
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

    /// <summary>As many writes as a new primary gets, which hang in their work there until they are released or given up.</summary>
    private async Task<Task<int>[]> FillAsync(FakeCluster cluster, Task? released = null)
    {
        int hanging = 0;
        TaskCompletionSource full = new(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Primary.OnStatement = async statement =>
        {
            if (statement.Text == "WORK")
            {
                if (Interlocked.Increment(ref hanging) == WriteGate.First)
                    full.SetResult();
                await (released ?? Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, statement.Ct));
            }

            return null;
        };
        Task<int>[] writes = [.. Enumerable.Range(0, WriteGate.First).Select(_ => cluster.Database.CreateSession().WriteAsync(OperationId.New(), Work, Ct))];
        await full.Task;
        return writes;
    }
}
