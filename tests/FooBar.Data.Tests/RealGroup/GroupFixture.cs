using FooBar.Testing;

namespace FooBar.Data.Tests.RealGroup;

/// <summary>One group for every test of the collection, which run one after another.</summary>
public sealed class GroupFixture : IAsyncLifetime
{
    private MySqlGroup? _group;

    internal MySqlGroup Group => _group ?? throw new InvalidOperationException("The group has not been started.");

    public async ValueTask InitializeAsync()
    {
        _group = await MySqlGroup.StartAsync();
        foreach (string sql in new[]
        {
            OperationTable.Sql.Replace("operation (", $"{MySqlGroup.Schema}.operation (", StringComparison.Ordinal),
            $"CREATE TABLE {MySqlGroup.Schema}.note (id INT NOT NULL PRIMARY KEY, text VARCHAR(100) NOT NULL)",
            Traffic.Table,
            History.Workload.Table,
        })
        {
            await _group.ExecuteAsync(0, sql);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_group is not null)
            await _group.DisposeAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class RealGroupDefinition : ICollectionFixture<GroupFixture>
{
    public const string Name = "A real group";
}
