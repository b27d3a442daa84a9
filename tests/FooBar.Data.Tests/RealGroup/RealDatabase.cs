using System.Data.Common;
using FooBar.Data.Tests.Fakes;
using FooBar.MySql;
using FooBar.Testing;

namespace FooBar.Data.Tests.RealGroup;

/// <summary>One application instance on the real group: pools, a started database, its metrics and its log.</summary>
internal sealed class RealDatabase : IAsyncDisposable
{
    private readonly List<MySqlDataSource> _sources = [];

    public RealDatabase(MySqlGroup group, Action<DatabaseOptions>? configure = null, bool generic = false, int? poolSize = null)
    {
        PoolSize = poolSize;
        DatabaseOptions options = new()
        {
            Nodes = [.. Enumerable.Range(0, group.Members.Count).Select(i => new DatabaseNode(
                $"db-{i + 1}", Source(group.ApplicationConnectionString(i) + (poolSize is null ? "" : $";Maximum Pool Size={poolSize}")), Source(group.MonitorConnectionString(i))))],
            // A machine that is busy with other tests is not what is tested here: nothing may go offline, or past a replica, for it.
            ProbeTimeout = TimeSpan.FromSeconds(5),
            CausalWait = TimeSpan.FromSeconds(5),
        };
        if (!generic)
            options.Driver = new MySqlAdapter();
        configure?.Invoke(options);
        Database = new(options, Log);
        Metrics = new(Database);
        Database.Start();
    }

    public Database Database { get; }

    public RecordedMetrics Metrics { get; }

    public CollectingLogger Log { get; } = new();

    /// <summary>Connections to one node at most; null for the driver's default.</summary>
    public int? PoolSize { get; }

    public static async Task<RealDatabase> ReadyAsync(
        MySqlGroup group, Action<DatabaseOptions>? configure = null, bool generic = false, int? poolSize = null)
    {
        RealDatabase database = new(group, configure, generic, poolSize);
        await database.UntilAsync(topology => topology.Primary is not null && topology.Nodes.Count(node => node.Role == NodeRole.Replica) == group.Members.Count - 1);
        return database;
    }

    /// <summary>Waits for a snapshot that satisfies the condition; fails with the log after 30 s.</summary>
    public async Task<Data.Topology> UntilAsync(Func<Data.Topology, bool> condition)
    {
        Data.Topology? topology = await Database.Monitor.WaitForAsync(condition, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        if (topology is null)
            Assert.Fail($"Not within 30 s: {Database.Topology}{Environment.NewLine}{Log}");
        return topology;
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        Metrics.Dispose();
        foreach (MySqlDataSource source in _sources)
            await source.DisposeAsync();
    }

    private MySqlDataSource Source(string connectionString)
    {
        MySqlDataSource source = new(connectionString);
        _sources.Add(source);
        return source;
    }

    /// <summary>What an adopter writes to get the most out of FooBar.MySql.</summary>
    private sealed class MySqlAdapter : IDriverAdapter
    {
        public string? CommittedGtids(DbConnection connection) => ((MySqlConnection)connection).LastCommitGtids;

        public FailurePhase PhaseOf(Exception exception) => (exception as MySqlException)?.Phase switch
        {
            MySqlFailurePhase.NotSent => FailurePhase.NotSent,
            MySqlFailurePhase.SentUnanswered => FailurePhase.SentUnanswered,
            MySqlFailurePhase.Answered => FailurePhase.Answered,
            _ => FailurePhase.Unknown,
        };

        public void RetirePool(DbDataSource dataSource) => ((MySqlDataSource)dataSource).Retire();
    }
}
