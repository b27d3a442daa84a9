using System.Data.Common;
using System.Globalization;
using FooBar.Data;
using FooBar.MySql;
using Microsoft.Extensions.Options;

namespace FooBar.Web.Database;

/// <summary>The ways to one node, one per account. They connect when they are asked to, not before.</summary>
internal sealed record NodeSources(MySqlDataSource App, MySqlDataSource Monitor, MySqlDataSource Schema) : IAsyncDisposable
{
    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync().ConfigureAwait(false);
        await Monitor.DisposeAsync().ConfigureAwait(false);
        await Schema.DisposeAsync().ConfigureAwait(false);
    }
}

/// <summary>The ways to every node, under the node's configured name, and the pools behind them. Thread-safe.</summary>
internal sealed class DataSources : IAsyncDisposable
{
    private readonly ILoggerFactory _loggers;
    private volatile Dictionary<string, (NodeSettings Settings, NodeSources Sources)> _byNode;

    public DataSources(IOptions<DatabaseSettings> options, ILoggerFactory loggers)
    {
        _loggers = loggers;
        DatabaseSettings settings = options.Value;
        _byNode = settings.Nodes.ToDictionary(node => node.Name, node => (node, Connect(settings, node)), StringComparer.Ordinal);
    }

    /// <summary>The nodes, as the data layer takes them.</summary>
    public IReadOnlyList<DatabaseNode> Nodes =>
    [
        .. _byNode.Select(node => new DatabaseNode(node.Key, node.Value.Sources.App, node.Value.Sources.Monitor)
        {
            Location = node.Value.Settings.Location.Length == 0 ? null : node.Value.Settings.Location,
        }),
    ];

    /// <summary>The ways to one node.</summary>
    public NodeSources this[string node] => _byNode[node].Sources;

    /// <summary>Whether these are the nodes of the settings.</summary>
    public bool AreOf(DatabaseSettings settings) => settings.Nodes.Count == _byNode.Count && settings.Nodes.All(
        node => _byNode.TryGetValue(node.Name, out (NodeSettings Settings, NodeSources Sources) known)
            && (known.Settings.Host, known.Settings.Port, known.Settings.Location) == (node.Host, node.Port, node.Location));

    /// <summary>
    /// Makes ways to the nodes of new settings; who is there already, at the same address, keeps its own. Gives those that are no longer needed: they
    /// are the caller's to dispose of, once nobody uses them.
    /// </summary>
    public IReadOnlyList<NodeSources> Reconfigure(DatabaseSettings settings)
    {
        Dictionary<string, (NodeSettings Settings, NodeSources Sources)> before = _byNode;
        _byNode = settings.Nodes.ToDictionary(
            node => node.Name,
            node => (node, before.TryGetValue(node.Name, out (NodeSettings Settings, NodeSources Sources) known) && known.Settings.Host == node.Host && known.Settings.Port == node.Port
                ? known.Sources
                : Connect(settings, node)),
            StringComparer.Ordinal);
        return [.. before.Values.Select(node => node.Sources).Except(_byNode.Values.Select(node => node.Sources))];
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach ((_, NodeSources sources) in _byNode.Values)
            await sources.DisposeAsync().ConfigureAwait(false);
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

    private NodeSources Connect(DatabaseSettings settings, NodeSettings node) => new(
        new MySqlDataSource(ConnectionString(settings, node, settings.App, settings.Name, settings.MaximumPoolSize), _loggers),
        // One connection stays for the probes and one for the primary's samples; a third serves while one of them is being given up.
        new MySqlDataSource(ConnectionString(settings, node, settings.Monitor, database: null, maximumPoolSize: 3), _loggers),
        new MySqlDataSource(ConnectionString(settings, node, settings.Schema, settings.Name, maximumPoolSize: 1), _loggers));
}
