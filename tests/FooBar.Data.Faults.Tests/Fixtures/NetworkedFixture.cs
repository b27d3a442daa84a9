using FooBar.Testing;

namespace FooBar.Data.Faults.Tests.Fixtures;

/// <summary>A cluster in a network of its own for every test of a collection, which run one after another.</summary>
public abstract class NetworkedFixture : IAsyncLifetime
{
    private ClusterNetwork? _network;
    private MySqlCluster? _cluster;

    internal ClusterNetwork Network => _network ?? throw new InvalidOperationException("The network has not been made.");

    internal MySqlCluster Cluster => _cluster ?? throw new InvalidOperationException("The cluster has not been started.");

    internal TimeSpan StartUp { get; private set; }

    public async ValueTask InitializeAsync()
    {
        // Missing tools are a failure, a machine without namespaces is none: each test says so then.
        OwnNamespaces.NetworkTool("nft");
        if (OwnNamespaces.Refusal is not null) return;

        long startedAt = TimeProvider.System.GetTimestamp();
        _network = await ClusterNetwork.CreateAsync();
        _cluster = await StartAsync(_network.Places);
        StartUp = TimeProvider.System.GetElapsedTime(startedAt);
        await _cluster.ExecuteAsync(0, $"CREATE TABLE {MySqlCluster.Schema}.note (id INT NOT NULL PRIMARY KEY, text VARCHAR(100) NOT NULL)");
    }

    /// <summary>Everyone is connected, and the cluster is whole.</summary>
    internal async Task HealAsync()
    {
        Assert.SkipWhen(OwnNamespaces.Refusal is not null, OwnNamespaces.Refusal ?? "");
        await Network.HealAsync();
        await Cluster.HealAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_cluster is not null) await _cluster.DisposeAsync();
        if (_network is not null) await _network.DisposeAsync();
    }

    private protected abstract Task<MySqlCluster> StartAsync(IReadOnlyList<MySqlPlace> places);
}

/// <summary>A group whose members have a disk each that can be filled.</summary>
public sealed class NetworkedGroupFixture : NetworkedFixture
{
    private protected override async Task<MySqlCluster> StartAsync(IReadOnlyList<MySqlPlace> places) =>
        await MySqlGroup.StartAsync([.. places.Select(place => place with { DataDisk = 300 })]);
}

/// <summary>A classic cluster whose members have a disk each for their binary logs.</summary>
public sealed class NetworkedClassicFixture : NetworkedFixture
{
    private protected override async Task<MySqlCluster> StartAsync(IReadOnlyList<MySqlPlace> places) =>
        await ClassicCluster.StartAsync([.. places.Select(place => place with { BinaryLogDisk = 32 })]);
}
