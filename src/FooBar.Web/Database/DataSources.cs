using System.Collections.Concurrent;
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

/// <summary>
/// The ways to every node, under its name, and the pools behind them: to the configured ones, and to members of the group that were taken on besides
/// them. Thread-safe.
/// </summary>
internal sealed class DataSources : IAsyncDisposable
{
    private readonly ILoggerFactory _loggers;
    private readonly ConcurrentDictionary<string, NodeSources> _takenOn = new(StringComparer.Ordinal);
    private volatile DatabaseSettings _settings;
    private volatile Dictionary<string, (NodeSettings Settings, NodeSources Sources)> _byNode;

    public DataSources(IOptions<DatabaseSettings> options, ILoggerFactory loggers)
    {
        _loggers = loggers;
        DatabaseSettings settings = _settings = options.Value;
        _byNode = settings.Nodes.ToDictionary(node => node.Name, node => (node, Connect(settings, node)), StringComparer.Ordinal);
    }

    /// <summary>The configured nodes, as the data layer takes them.</summary>
    public IReadOnlyList<DatabaseNode> Nodes => [.. _byNode.Values.Select(node => Node(node.Settings, node.Sources))];

    /// <summary>The ways to one node, configured or taken on.</summary>
    public NodeSources this[string node] =>
        _byNode.TryGetValue(node, out (NodeSettings Settings, NodeSources Sources) configured) ? configured.Sources : _takenOn[node];

    /// <summary>Whether these are the nodes of the settings.</summary>
    public bool AreOf(DatabaseSettings settings) => settings.Nodes.Count == _byNode.Count && settings.Nodes.All(
        node => _byNode.TryGetValue(node.Name, out (NodeSettings Settings, NodeSources Sources) known)
            && (known.Settings.Host, known.Settings.Port, known.Settings.Location) == (node.Host, node.Port, node.Location));

    /// <summary>
    /// Makes ways to the nodes of new settings; who is there already, at the same address, keeps its own. Gives those that are no longer needed: they
    /// are the caller's to dispose of, once nobody uses them.
    /// </summary>
    /// <param name="settings">Valid ones.</param>
    /// <param name="use">Takes the nodes; when it throws, all is as it was.</param>
    public IReadOnlyList<NodeSources> Reconfigure(DatabaseSettings settings, Action<IReadOnlyList<DatabaseNode>> use)
    {
        (DatabaseSettings settingsBefore, Dictionary<string, (NodeSettings Settings, NodeSources Sources)> before) = (_settings, _byNode);
        Dictionary<string, (NodeSettings Settings, NodeSources Sources)> after = new(StringComparer.Ordinal);
        try
        {
            foreach (NodeSettings node in settings.Nodes)
            {
                bool isKnown = before.TryGetValue(node.Name, out (NodeSettings Settings, NodeSources Sources) known)
                    && (known.Settings.Host, known.Settings.Port) == (node.Host, node.Port);
                after.Add(node.Name, (node, isKnown ? known.Sources : Connect(settings, node)));
            }

            (_settings, _byNode) = (settings, after);
            use(Nodes);
        }
        catch
        {
            (_settings, _byNode) = (settingsBefore, before);
            foreach (NodeSources made in Sources(after).Except(Sources(before)))
                _ = made.DisposeAsync().AsTask();
            throw;
        }

        return [.. Sources(before).Except(Sources(after))];

        static IEnumerable<NodeSources> Sources(Dictionary<string, (NodeSettings Settings, NodeSources Sources)> nodes) => nodes.Values.Select(node => node.Sources);
    }

    /// <summary>Makes ways to a member of the group that is not configured, as to one that is: the same accounts, verified by the same authority.</summary>
    /// <param name="host">As the group knows it; its certificate must have it.</param>
    /// <param name="port">Its port.</param>
    public DatabaseNode TakeOn(string host, int port)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}");
        NodeSettings settings = new() { Name = name, Host = host, Port = port };
        NodeSources sources = Connect(_settings, settings);
        _takenOn[name] = sources;
        return Node(settings, sources);
    }

    /// <summary>A member that was taken on is not used any more.</summary>
    public void LetGo(DatabaseNode node)
    {
        if (_takenOn.TryRemove(node.Name, out NodeSources? sources))
            _ = sources.DisposeAsync().AsTask();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (NodeSources sources in _byNode.Values.Select(node => node.Sources).Concat(_takenOn.Values))
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

    private static DatabaseNode Node(NodeSettings settings, NodeSources sources) => new(settings.Name, sources.App, sources.Monitor)
    {
        Location = settings.Location.Length == 0 ? null : settings.Location,
    };

    private NodeSources Connect(DatabaseSettings settings, NodeSettings node) => new(
        new MySqlDataSource(ConnectionString(settings, node, settings.App, settings.Name, settings.MaximumPoolSize), _loggers),
        // One connection stays for the probes and one for the primary's samples; a third serves while one of them is being given up.
        new MySqlDataSource(ConnectionString(settings, node, settings.Monitor, database: null, maximumPoolSize: 3), _loggers),
        new MySqlDataSource(ConnectionString(settings, node, settings.Schema, settings.Name, maximumPoolSize: 1), _loggers));
}
