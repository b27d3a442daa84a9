using System.Data.Common;
using FooBar.MySql;

namespace FooBar.Web.Database;

/// <summary>The schema account's way to every node. A pool each, emptied when the site stops; only start-up uses them. Thread-safe.</summary>
internal sealed class SchemaDataSources(string databaseName, IReadOnlyDictionary<string, MySqlDataSource> byNode) : IAsyncDisposable
{
    public string DatabaseName => databaseName;

    /// <summary>The node by the name it has in the configuration.</summary>
    public DbDataSource For(string node) => byNode[node];

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (MySqlDataSource source in byNode.Values)
            await source.DisposeAsync().ConfigureAwait(false);
    }
}
