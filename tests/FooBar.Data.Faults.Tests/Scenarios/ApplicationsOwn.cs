using System.Data.Common;
using FooBar.Data.Faults.Tests.Play;
using FooBar.Data.Tests.RealGroup;

namespace FooBar.Data.Faults.Tests.Scenarios;

/// <summary>12 and 13: faults of the application's own: its clock jumps, and what the monitor relies on throws.</summary>
internal static class ApplicationsOwn
{
    private static readonly JumpingClock Clock = new();

    private static ThrowingSource[] s_throwing = [];

    public static IEnumerable<Scenario> All =>
    [
        new(12, "clock of the application jumps", ClockAsync) { Configure = (options, _) => options.TimeProvider = Clock },
        new(13, "exception inside the monitor, once for each node", scene => ThrowAsync(scene, always: false)) { Configure = Throwing },
        new(13, "exception inside the monitor of one node, always", scene => ThrowAsync(scene, always: true)) { Configure = Throwing },
        new(13, "driver's adapter throws, and a replica is killed", AdapterAsync) { Configure = (options, _) => options.Driver = new ThrowingAdapter(options.Driver) },
    ];

    /// <summary>Hours ahead and days back, while what measures durations goes on as before: nothing changes.</summary>
    private static async Task ClockAsync(Scene scene)
    {
        scene.PromiseNobodySees();
        Topology[] before = [.. scene.Applications.Select(application => application.Database.Topology)];
        foreach (TimeSpan jump in new[] { TimeSpan.FromHours(5), TimeSpan.FromDays(-3), TimeSpan.Zero })
        {
            Clock.Jump = jump;
            await scene.MoreAsync();
        }

        Assert.Equal(before.Select(topology => topology.Epoch), scene.Applications.Select(application => application.Database.Topology.Epoch));
        Assert.All(scene.Applications, application => Assert.DoesNotContain(application.Log.TextsOf(3000), text => text.Contains("is now Offline", StringComparison.Ordinal)));
    }

    private static void Throwing(DatabaseOptions options, int client)
    {
        ThrowingSource[] sources = [.. options.Nodes.Select(node => new ThrowingSource(node.Monitor))];
        options.Nodes = [.. options.Nodes.Zip(sources, (node, source) => node with { Monitor = source })];
        s_throwing = client == 0 ? sources : [.. s_throwing, .. sources];
    }

    private static async Task ThrowAsync(Scene scene, bool always)
    {
        scene.PromiseNobodySees();
        int victim = (await scene.PrimaryAsync() + 1) % 3;
        // The monitor's connections are kept: each is ended, so that it opens another one.
        foreach (ThrowingSource source in always ? s_throwing.Where((_, i) => i % 3 == victim) : s_throwing)
            source.Throws = always ? int.MaxValue : 1;
        foreach (int member in Enumerable.Range(0, 3))
            await EndMonitorsAsync(scene, member);
        if (always)
            await scene.UntilAsync(topology => topology.Nodes[victim] is { Role: NodeRole.Offline, Reason: { } reason } && reason.Contains(ThrowingSource.Message, StringComparison.Ordinal));
        else
            await scene.UntilAsync(() => Task.FromResult(s_throwing.All(source => source.Throws == 0)), "each has thrown");
        await scene.MoreAsync(300);
        foreach (ThrowingSource source in s_throwing)
            source.Throws = 0;
        await scene.HealAsync();
    }

    private static async Task EndMonitorsAsync(Scene scene, int member)
    {
        string? ids = await scene.Cluster.QueryAsync(member, "SELECT GROUP_CONCAT(ID) FROM performance_schema.processlist WHERE USER = 'monitor'");
        foreach (string id in ids?.Split(',') ?? [])
            await scene.Cluster.EndSessionAsync(member, id);
    }

    private static async Task AdapterAsync(Scene scene)
    {
        scene.PromiseNobodySees();
        int victim = (await scene.PrimaryAsync() + 1) % 3;
        await scene.Cluster.KillAsync(victim);
        await scene.UntilAsync(topology => topology.Nodes[victim].Role == NodeRole.Offline);
        foreach (RealDatabase application in scene.Applications)
            await scene.UntilAsync(() => Task.FromResult(application.Log.TextsOf(3004).Any()), "the fault is logged");
        await scene.MoreAsync(300);
        await scene.HealAsync();
    }

    /// <summary>The system's clock, but for what the wall clock says.</summary>
    private sealed class JumpingClock : TimeProvider
    {
        public TimeSpan Jump { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Jump;
    }

    private sealed class ThrowingSource(DbDataSource inner) : DbDataSource
    {
        public const string Message = "thrown by the test";

        private int _throws;

        /// <summary>How often yet.</summary>
        public int Throws
        {
            get => Volatile.Read(ref _throws);
            set => Volatile.Write(ref _throws, value);
        }

        public override string ConnectionString => inner.ConnectionString;

        protected override DbConnection CreateDbConnection() => inner.CreateConnection();

        protected override async ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default)
        {
            if (Throws > 0 && Interlocked.Decrement(ref _throws) >= 0)
                throw new NotSupportedException(Message);
            return await inner.OpenConnectionAsync(cancellationToken);
        }
    }

    /// <summary>Throws where the layer tells it that a node has lost its role.</summary>
    private sealed class ThrowingAdapter(IDriverAdapter inner) : IDriverAdapter
    {
        public bool HeedsCancellation => inner.HeedsCancellation;

        public string? CommittedGtids(DbConnection connection) => inner.CommittedGtids(connection);

        public FailurePhase PhaseOf(Exception exception) => inner.PhaseOf(exception);

        public bool TrySendWithNext(DbConnection connection, string sql) => inner.TrySendWithNext(connection, sql);

        public void RetirePool(DbDataSource dataSource) => throw new NotSupportedException(ThrowingSource.Message);
    }
}
