using FooBar.Data.Tests.History;
using FooBar.Testing;

namespace FooBar.Data.Tests.RealClassic;

/// <summary>One classic cluster for every test of the collection, which run one after another.</summary>
public sealed class ClassicFixture : IAsyncLifetime
{
    private ClassicCluster? _cluster;

    internal ClassicCluster Cluster => _cluster ?? throw new InvalidOperationException("The cluster has not been started.");

    internal TimeSpan StartUp { get; private set; }

    public async ValueTask InitializeAsync()
    {
        long started = TimeProvider.System.GetTimestamp();
        _cluster = await ClassicCluster.StartAsync();
        StartUp = TimeProvider.System.GetElapsedTime(started);
        foreach (string sql in new[]
        {
            OperationTable.Sql.Replace("operation (", $"{MySqlCluster.Schema}.operation (", StringComparison.Ordinal),
            $"CREATE TABLE {MySqlCluster.Schema}.note (id INT NOT NULL PRIMARY KEY, text VARCHAR(100) NOT NULL)",
            Workload.Table,
        })
        {
            await _cluster.ExecuteAsync(0, sql);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class RealClassicDefinition : ICollectionFixture<ClassicFixture>
{
    public const string Name = "A real classic cluster";
}
