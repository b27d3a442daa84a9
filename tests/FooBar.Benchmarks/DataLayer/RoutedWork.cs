using FooBar.AppHost.Benchmarks;
using FooBar.Data;
using FooBar.MySql;
using FooBar.Web.Database;
using Microsoft.Extensions.Logging.Abstractions;

namespace FooBar.Benchmarks.DataLayer;

/// <summary>
/// The work through FooBar.Data. A caller reads by one session, as a request does that reads more than once, and writes by a new session each
/// time, as a request does that writes.
/// </summary>
internal sealed class RoutedWork : IWork
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(30);

    private readonly DataWorkload _workload;
    private readonly List<MySqlDataSource> _sources = [];
    private readonly Database _database;

    // A request has a token that can be cancelled, and so has every turn here.
    private readonly CancellationTokenSource _request = new();

    public RoutedWork(ClusterAddress cluster, DataWorkload workload)
    {
        _workload = workload;
        DatabaseOptions options = new()
        {
            Nodes =
            [
                .. cluster.Nodes.Take(1 + workload.Replicas).Select((node, i) =>
                    new DatabaseNode($"db-{i + 1}", Source(Cluster.ConnectionString(node.Port)), Source(node.Monitor))),
            ],
            Driver = new MySqlDriverAdapter(),
        };
        _database = new Database(options, NullLogger<Database>.Instance);
    }

    public int Callers => _workload.Callers;

    public long? RowBytes => null;

    /// <summary>Starts the monitor and waits until it has found every node in its role.</summary>
    public async Task CheckAsync()
    {
        _database.Start();
        long began = TimeProvider.System.GetTimestamp();
        while (_database.Topology is { } topology && (topology.Primary is null || topology.Nodes.Count(node => node.Role == NodeRole.Replica) != _workload.Replicas))
        {
            if (TimeProvider.System.GetElapsedTime(began) > ReadyWithin) throw new BenchmarkException($"the data layer sees {topology}.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        List<Notice> notices = await _database.CreateSession().ReadAsync(Statements.ReadBoardAsync);
        Board.Require(notices.OrderBy(notice => notice.Id).SequenceEqual(Board.Notices(Board.SmallBoard)));
    }

    public Task TurnsAsync(int caller, Lap lap) => _workload.Operation switch
    {
        DataWorkload.Read12 => ReadBoardAsync(lap),
        DataWorkload.Write => WriteAsync(lap),
        _ => ReadKeyAsync(lap),
    };

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        foreach (MySqlDataSource source in _sources) await source.DisposeAsync();
        _request.Dispose();
    }

    private async Task ReadKeyAsync(Lap lap)
    {
        DatabaseSession session = _database.CreateSession();
        while (lap.Next())
        {
            long id = Board.KeyOf(lap.Turns);
            Notice notice = await session.ReadAsync((connection, ct) => Statements.ReadKeyAsync(connection, id, ct), ct: _request.Token);
            Board.Require(notice.Id == id);
        }
    }

    private async Task ReadBoardAsync(Lap lap)
    {
        DatabaseSession session = _database.CreateSession();
        while (lap.Next())
        {
            List<Notice> notices = await session.ReadAsync(Statements.ReadBoardAsync, ct: _request.Token);
            Board.Require(notices.Count == Board.SmallCount);
        }
    }

    private async Task WriteAsync(Lap lap)
    {
        Notice notice = Notice.Numbered(7);
        while (lap.Next())
        {
            DatabaseSession session = _database.CreateSession();
            await session.WriteAsync(OperationId.New(), (connection, ct) => Statements.InsertAsync(connection, notice, ct), _request.Token);
        }
    }

    private MySqlDataSource Source(string connectionString)
    {
        MySqlDataSource source = new(connectionString);
        _sources.Add(source);
        return source;
    }
}
