using System.Diagnostics;
using FooBar.MySql.Configuration;

namespace FooBar.MySql.Observability;

/// <summary>What every measurement says about the server, made once a connection string. The values are configured, so they are bounded.</summary>
internal sealed class ServerLabels
{
    private readonly string _address;
    private readonly object? _port;
    private readonly string? _database;

    public ServerLabels(ConnectionOptions options)
    {
        _address = options.SocketPath ?? options.Host;
        _port = options.SocketPath is null ? options.Port : null; // boxed once
        _database = options.Database.Length > 0 ? options.Database : null;
        string server = options.SocketPath ?? options.Endpoint;
        Target = _database ?? server;

        // The account is part of it: a program that has several for the same database has a pool for each.
        PoolName = $"{options.User}@{server}/{options.Database}";
    }

    /// <summary>What a span's name says that a statement is about: the database, or the server where none was asked for.</summary>
    public string Target { get; }

    /// <summary>Unique among the data sources of a program that does not make the same one twice; their figures are added up then.</summary>
    public string PoolName { get; }

    public TagList ForOperation(string? operation)
    {
        TagList labels = new() { { "db.system.name", "mysql" }, { "server.address", _address } };
        if (_port is not null) labels.Add("server.port", _port);
        if (_database is not null) labels.Add("db.namespace", _database);
        if (operation is not null) labels.Add("db.operation.name", operation);
        return labels;
    }
}
