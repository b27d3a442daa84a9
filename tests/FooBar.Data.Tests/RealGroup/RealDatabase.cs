using System.Data.Common;
using FooBar.Data.Tests.Fakes;
using FooBar.Testing;

namespace FooBar.Data.Tests.RealGroup;

/// <summary>One application instance on a real cluster: pools, a started database, its metrics and its log.</summary>
internal sealed class RealDatabase : IAsyncDisposable
{
    private readonly List<DbDataSource> _sources = [];

    /// <summary>Makes and starts it.</summary>
    /// <param name="group">The cluster.</param>
    /// <param name="configure">Changes the options.</param>
    /// <param name="generic">Whether the layer knows nothing of the driver.</param>
    /// <param name="poolSize">Connections to one node at most; null for the driver's default.</param>
    /// <param name="client">Which application it is, where each has addresses of its own.</param>
    public RealDatabase(MySqlCluster group, Action<DatabaseOptions>? configure = null, bool generic = false, int? poolSize = null, int client = 0)
    {
        PoolSize = poolSize;
        DatabaseOptions options = new()
        {
            Nodes = [.. Enumerable.Range(0, group.Members.Count).Select(i => new DatabaseNode(
                $"db-{i + 1}", Source(group.ApplicationConnectionString(i, client) + (poolSize is null ? "" : $";Maximum Pool Size={poolSize}")), Source(group.MonitorConnectionString(i, client)))
            {
                Administration = new(Source(group.AdministrationConnectionString(i)), group.Members[i].Place.PeerHost, group.Members[i].Port),
            })],
            // A machine that is busy with other tests is not what is tested here: nothing may go offline, or past a replica, for it.
            ProbeTimeout = TimeSpan.FromSeconds(5),
            CausalWait = TimeSpan.FromSeconds(5),
        };
        options.Driver = TestDriver.Adapter(generic);
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
        MySqlCluster group, Action<DatabaseOptions>? configure = null, bool generic = false, int? poolSize = null, int client = 0)
    {
        RealDatabase database = new(group, configure, generic, poolSize, client);
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
        foreach (DbDataSource source in _sources)
            await source.DisposeAsync();
    }

    private DbDataSource Source(string connectionString)
    {
        DbDataSource source = TestDriver.Source(connectionString);
        _sources.Add(source);
        return source;
    }
}
