using System.Diagnostics;
using System.Globalization;
using FooBar.Data;
using FooBar.MySql;
using FooBar.Testing;

namespace FooBar.Benchmarks.DataLayer;

/// <summary>A group of MySQL servers with the benchmark's tables and account, and MySQL Router before it where there is one.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    /// <summary>The account of every contestant: it may do what an application's may, and connect without TLS.</summary>
    private const string User = "bench";

    private const string Password = "bench-only";

    private readonly MySqlGroup _group;
    private readonly MySqlDataSource _schema;
    private readonly Process[] _servers;

    private Cluster(MySqlGroup group, RouterProcess? router)
    {
        _group = group;
        Router = router;
        _schema = new MySqlDataSource(group.SchemaConnectionString(0));
        _servers = [.. group.Members.Select(member => Process.GetProcessById(member.ProcessId))];
        Address = new([.. group.Members.Select((member, i) => new NodeAddress(member.Port, router?.Ports[i], group.MonitorConnectionString(i)))]);
    }

    /// <summary>How contestants connect to a port: without TLS, which would hide what is measured behind its own cost.</summary>
    public static string ConnectionString(int port) => string.Create(
        CultureInfo.InvariantCulture,
        $"Server={MySqlServer.Host};Port={port};User ID={User};Password={Password};Database={MySqlGroup.Schema};Ssl Mode=None;Cancellation Timeout=0");

    /// <summary>The router; null without one.</summary>
    public RouterProcess? Router { get; }

    /// <summary>For the contestants' processes.</summary>
    public ClusterAddress Address { get; }

    /// <summary>Processor time of all servers together since they started, to 10 ms each.</summary>
    public TimeSpan ServerCpu => CpuOf(_servers);

    /// <summary>Starts the servers, makes the tables, and lets each server learn the account's password.</summary>
    /// <param name="replicas">Servers beside the primary.</param>
    /// <param name="router">The program of MySQL Router; null for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<Cluster> StartAsync(int replicas, string? router, CancellationToken cancellationToken)
    {
        MySqlGroup group;
        try
        {
            group = await MySqlGroup.StartAsync([.. Enumerable.Repeat(MySqlPlace.Loopback, 1 + replicas)]);
        }
        catch (InvalidOperationException failure)
        {
            throw new BenchmarkException(failure.Message);
        }

        RouterProcess? started = null;
        try
        {
            started = router is null ? null : await RouterProcess.StartAsync(router, [.. group.Members.Select(member => member.Port)], cancellationToken);
            Cluster cluster = new(group, started);
            await cluster.FillAsync(cancellationToken);
            return cluster;
        }
        catch
        {
            if (started is not null) await started.DisposeAsync();
            await group.DisposeAsync();
            throw;
        }
    }

    /// <summary>The servers' version.</summary>
    public async Task<string> VersionAsync(CancellationToken cancellationToken)
    {
        await using MySqlConnection connection = await _schema.OpenConnectionAsync(cancellationToken);
        return connection.ServerVersion;
    }

    /// <summary>Makes what was written as if it had not been, so that no contestant finds larger tables or busier replicas than the others did.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        await Board.EmptyWrittenAsync(_schema, cancellationToken);
        await _group.ExecuteAsync(0, $"TRUNCATE {MySqlGroup.Schema}.operation");
        await CatchUpAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Router is not null) await Router.DisposeAsync();
        foreach (Process server in _servers) server.Dispose();
        await _schema.DisposeAsync();
        await _group.DisposeAsync();
    }

    /// <summary>Processor time of processes, their kernel time too.</summary>
    public static TimeSpan CpuOf(params ReadOnlySpan<Process> processes)
    {
        TimeSpan cpu = TimeSpan.Zero;
        foreach (Process process in processes)
        {
            process.Refresh();
            cpu += process.TotalProcessorTime;
        }

        return cpu;
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        await Board.FillAsync(_schema, cancellationToken);
        foreach (string sql in (string[])
        [
            $"CREATE USER {User}@'%' IDENTIFIED BY '{Password}'",
            $"GRANT SELECT, INSERT, UPDATE, DELETE ON {MySqlGroup.Schema}.* TO {User}@'%'",
        ])
        {
            await _group.ExecuteAsync(0, sql);
        }

        await using (MySqlConnection connection = await _schema.OpenConnectionAsync(cancellationToken))
        {
            await using MySqlCommand command = new(OperationTable.Sql, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        await CatchUpAsync();
        foreach ((int i, MySqlServer member) in _group.Members.Index())
        {
            // Over TLS, and so the server learns the account's password: connections without TLS are then let in by the short exchange.
            await using MySqlDataSource source = new($"Server={MySqlServer.Host};Port={member.Port};User ID={User};Password={Password};Database={MySqlGroup.Schema};Ssl Ca={_group.Members[i].Certificates.CaPath}");
            await using MySqlConnection connection = await source.OpenConnectionAsync(cancellationToken);
        }
    }

    /// <summary>Waits until every replica has applied what the primary has committed.</summary>
    private async Task CatchUpAsync()
    {
        string executed = (await _group.QueryAsync(0, "SELECT @@global.gtid_executed"))!;
        for (int i = 1; i < _group.Members.Count; i++) await _group.QueryAsync(i, $"SELECT WAIT_FOR_EXECUTED_GTID_SET('{executed}', 60)");
    }
}
