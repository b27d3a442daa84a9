using System.Data.Common;
using System.Globalization;
using FooBar.MySql;
using Microsoft.Extensions.Options;

namespace FooBar.Web.Database;

/// <summary>The ways to one node, one per account. They connect when they are asked to, not before.</summary>
internal sealed record NodeSources(MySqlDataSource App, MySqlDataSource Monitor, MySqlDataSource Schema);

/// <summary>The ways to every node, under the node's configured name, and the pools behind them. Thread-safe.</summary>
internal sealed class DataSources : IAsyncDisposable
{
    private readonly Dictionary<string, NodeSources> _byNode;

    public DataSources(IOptions<DatabaseSettings> options, ILoggerFactory loggers)
    {
        DatabaseSettings settings = options.Value;
        _byNode = settings.Nodes.ToDictionary(node => node.Name, node => Connect(settings, node, loggers), StringComparer.Ordinal);
    }

    public IReadOnlyDictionary<string, NodeSources> ByNode => _byNode;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (NodeSources node in _byNode.Values)
        {
            await node.App.DisposeAsync().ConfigureAwait(false);
            await node.Monitor.DisposeAsync().ConfigureAwait(false);
            await node.Schema.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// The connection string of one account on one node, without a database for an account that may use none. No secret is in it: the
    /// password stays in its file.
    /// </summary>
    internal static string ConnectionString(
        DatabaseSettings settings, NodeSettings node, AccountSettings account, string? database, int maximumPoolSize)
    {
        DbConnectionStringBuilder text = new()
        {
            ["Server"] = node.Host,
            ["Port"] = node.Port.ToString(CultureInfo.InvariantCulture),
            ["User ID"] = account.User,
            ["Password File"] = account.PasswordFile,
            ["Ssl Mode"] = "VerifyFull",
            ["Ssl Ca"] = settings.CaPath,
            ["Maximum Pool Size"] = maximumPoolSize.ToString(CultureInfo.InvariantCulture),
            // Who waits for a node that is lost goes to another one at once, instead of giving it time to stop.
            ["Cancellation Timeout"] = "0",
            ["Application Name"] = "FooBar.Web",
        };
        if (database is not null)
            text["Database"] = database;
        return text.ConnectionString;
    }

    private static NodeSources Connect(DatabaseSettings settings, NodeSettings node, ILoggerFactory loggers) => new(
        new MySqlDataSource(ConnectionString(settings, node, settings.App, settings.Name, settings.MaximumPoolSize), loggers),
        // One connection stays for the probes; a second one serves while the first is being given up.
        new MySqlDataSource(ConnectionString(settings, node, settings.Monitor, database: null, maximumPoolSize: 2), loggers),
        new MySqlDataSource(ConnectionString(settings, node, settings.Schema, settings.Name, maximumPoolSize: 1), loggers));
}
