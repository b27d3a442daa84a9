using FooBar.Testing;

namespace FooBar.Data.Tests.Fakes;

/// <summary>
/// Three fake nodes, db-1 the primary, with a started database on a clock that runs only inside <see cref="Run{T}"/>.
/// </summary>
internal sealed class FakeCluster : IAsyncDisposable
{
    public FakeCluster(Action<DatabaseOptions>? configure = null, bool start = true, int nodes = 3, bool member = true)
    {
        Nodes = [.. Enumerable.Range(1, nodes).Select(i => new FakeNode($"db-{i}") { IsMember = member })];
        Nodes[0].AsPrimary();
        Options = new()
        {
            Nodes = [.. Nodes.Select(node => new DatabaseNode(node.Name, node, node.Monitoring))],
            Driver = Driver,
            TimeProvider = Time,
        };
        configure?.Invoke(Options);
        Database = new(Options, Log);
        Metrics = new(Database);
        if (start)
            Database.Start();
    }

    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FakeNode[] Nodes { get; }

    public FakeNode Primary => Nodes[0];

    public FakeTime Time { get; } = new();

    public FakeDriver Driver { get; } = new();

    public CollectingLogger Log { get; } = new();

    public DatabaseOptions Options { get; }

    public Database Database { get; }

    public RecordedMetrics Metrics { get; }

    /// <summary>Never returns before the cluster's end: it ends with the token where the driver heeds that.</summary>
    public Task HangAsync(CancellationToken ct) => Driver.HeedsCancellation ? Task.Delay(Timeout.InfiniteTimeSpan, Time, ct) : _end.Task;

    /// <summary>Lets the clock run in larger steps than <see cref="Run{T}"/>'s, for times that would take too long.</summary>
    public async Task Pass(TimeSpan span, TimeSpan step)
    {
        for (TimeSpan passed = TimeSpan.Zero; passed < span; passed += step)
        {
            Time.Advance(step);
            await LetWork(Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, TestContext.Current.CancellationToken));
        }
    }

    /// <summary>Lets the clock run, 25 times as fast as the wall's, until the task ends.</summary>
    public async Task<T> Run<T>(Task<T> task)
    {
        DateTimeOffset deadline = Time.GetUtcNow() + TimeSpan.FromMinutes(2);
        while (!task.IsCompleted)
        {
            if (Time.GetUtcNow() > deadline)
                Assert.Fail($"Not within two minutes of the fake clock. Nodes: {Database.Topology}{Environment.NewLine}{Log}");
            Time.Advance(TimeSpan.FromMilliseconds(25));
            await LetWork(task);
        }

        return await task;
    }

    public async Task Run(Task task) => await Run(Typed(task));

    /// <summary>Lets the clock run until the monitor's snapshot satisfies the condition.</summary>
    public async Task Until(Func<Data.Topology, bool> condition)
    {
        Task<Data.Topology?> waiting = Database.Monitor.WaitForAsync(condition, TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        if (await Run(waiting) is null)
            Assert.Fail($"Not within a minute: {Database.Topology}{Environment.NewLine}{Log}");
    }

    /// <summary>Lets the clock run until every node has its role.</summary>
    public Task UntilRoles(params NodeRole[] roles) => Until(topology => topology.Nodes.Select(node => node.Role).SequenceEqual(roles));

    /// <summary>Lets the clock run until every node, as the test has set it up by now, is heard of.</summary>
    public async Task UntilReady()
    {
        long now = Time.GetTimestamp();
        Time.Advance(TimeSpan.FromMilliseconds(1));
        Database.Monitor.ProbeNow();
        await Until(topology => topology.Nodes.All(node => node.ProvenAt > now));
        await UntilRoles([NodeRole.Primary, .. Enumerable.Repeat(NodeRole.Replica, Nodes.Length - 1)]);
    }

    /// <summary>What ran on a node since the last call, the probes left out.</summary>
    public static string[] Statements(FakeNode node)
    {
        string[] statements = [.. node.Statements];
        node.Statements.Clear();
        return statements;
    }

    public async ValueTask DisposeAsync()
    {
        _end.TrySetResult();
        await Run(Database.DisposeAsync().AsTask());
        Metrics.Dispose();
        // A probe that hung has been told to end and is not waited for.
        for (int i = 0; i < 1000 && Nodes.Any(node => node.Leased != 0); i++)
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        Assert.All(Nodes, node => Assert.Equal((0, 0), (node.Leased, node.ReturnedInTransaction)));
    }

    /// <summary>
    /// The pool gets a moment of real time for each moment of fake time, and until it has nothing left to do, or the fake deadlines would overtake the
    /// code.
    /// </summary>
    private static async Task LetWork(Task until)
    {
        do
        {
            await Task.WhenAny(until, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System));
        }
        while (!until.IsCompleted && ThreadPool.PendingWorkItemCount > 0);
    }

    private static async Task<bool> Typed(Task task)
    {
        await task;
        return true;
    }
}
