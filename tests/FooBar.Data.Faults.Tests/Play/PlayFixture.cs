using FooBar.Data.Tests.History;
using FooBar.Testing;

namespace FooBar.Data.Faults.Tests.Play;

/// <summary>The cluster of one way to replicate for all its scenarios, which run one after another, and their rows, printed at the end.</summary>
public abstract class PlayFixture : IAsyncLifetime
{
    private readonly List<FaultRow> _rows = [];
    private ClusterNetwork? _network;
    private MySqlCluster? _cluster;
    private bool _hasFailed;

    internal MySqlCluster Cluster => _cluster ?? throw new InvalidOperationException("The cluster has not been started.");

    /// <summary>Null where the machine has no namespaces for an ordinary user.</summary>
    internal ClusterNetwork? Network => _network;

    public async ValueTask InitializeAsync() => await BeginAsync();

    /// <summary>Everyone is connected, and the cluster is whole; anew, when the scenario before has failed and left it so that it cannot be.</summary>
    internal async Task HealAsync()
    {
        try
        {
            if (_network is not null)
                await _network.HealAsync();
            await Cluster.HealAsync();
        }
        catch (InvalidOperationException) when (_hasFailed)
        {
            await RenewAsync();
        }
    }

    /// <summary>A scenario has failed, wherever.</summary>
    internal void NoteFailure() => _hasFailed = true;

    /// <summary>Makes the cluster anew.</summary>
    internal async Task RenewAsync()
    {
        await EndAsync();
        await BeginAsync();
    }

    internal void Add(FaultRow row)
    {
        _rows.Add(row);
        EvidenceLine.Print(row.Name, row.Figures);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await EndAsync();
        if (_rows.Count > 0)
            Console.WriteLine($"{FaultRow.Header}\n{string.Join('\n', _rows)}");
    }

    private protected abstract Task<MySqlCluster> StartAsync(IReadOnlyList<MySqlPlace>? places);

    private async Task BeginAsync()
    {
        // Missing tools are a failure; a machine without namespaces keeps the scenarios that need none.
        OwnNamespaces.NetworkTool("nft");
        if (OwnNamespaces.Refusal is null)
            _network = await ClusterNetwork.CreateAsync();
        _cluster = await StartAsync(_network?.Places);
        foreach (string sql in new[]
        {
            OperationTable.Sql.Replace("operation (", $"{MySqlCluster.Schema}.operation (", StringComparison.Ordinal),
            $"CREATE TABLE {MySqlCluster.Schema}.note (id INT NOT NULL PRIMARY KEY, text VARCHAR(100) NOT NULL)",
            Workload.Table,
            // For what a session holds; said before the applications connect, whose sessions would not learn of it.
            $"GRANT CREATE TEMPORARY TABLES ON {MySqlCluster.Schema}.* TO app@'%'",
        })
        {
            await _cluster.ExecuteAsync(0, sql);
        }
    }

    private async Task EndAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
        if (_network is not null)
            await _network.DisposeAsync();
        (_cluster, _network) = (null, null);
    }
}

/// <summary>A group whose members have a disk each that can be filled.</summary>
public sealed class GroupPlayFixture : PlayFixture
{
    private protected override async Task<MySqlCluster> StartAsync(IReadOnlyList<MySqlPlace>? places) =>
        await MySqlGroup.StartAsync(places is null ? null : [.. places.Select(place => place with { DataDisk = 600 })]);
}

/// <summary>A classic cluster whose members have a disk each for their binary logs.</summary>
public sealed class ClassicPlayFixture : PlayFixture
{
    private protected override async Task<MySqlCluster> StartAsync(IReadOnlyList<MySqlPlace>? places) =>
        await ClassicCluster.StartAsync(places is null ? null : [.. places.Select(place => place with { BinaryLogDisk = 128 })]);
}
