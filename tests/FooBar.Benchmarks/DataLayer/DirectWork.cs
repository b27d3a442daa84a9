using System.Data.Common;
using FooBar.AppHost.Benchmarks;
using FooBar.MySql;

namespace FooBar.Benchmarks.DataLayer;

/// <summary>
/// The work by the driver alone, on the server that is the right one for it, or on MySQL Router's port for that server. With several replicas
/// the callers are shared out among them.
/// </summary>
internal sealed class DirectWork : IWork
{
    private readonly DataWorkload _workload;
    private readonly MySqlDataSource[] _sources;
    private readonly CancellationTokenSource _request = new();

    public DirectWork(DataContestant contestant, ClusterAddress cluster, DataWorkload workload)
    {
        _workload = workload;
        IEnumerable<NodeAddress> nodes = workload.Operation == DataWorkload.Write ? cluster.Nodes.Take(1) : cluster.Nodes.Skip(1).Take(workload.Replicas);
        _sources = [.. nodes.Select(node => new MySqlDataSource(Cluster.ConnectionString(contestant == DataContestant.Router ? node.RouterPort!.Value : node.Port)))];
    }

    public int Callers => _workload.Callers;

    public long? RowBytes => null;

    public async Task CheckAsync()
    {
        foreach (MySqlDataSource source in _sources)
        {
            await using DbConnection connection = await source.OpenConnectionAsync();
            List<Notice> notices = await Statements.ReadBoardAsync(connection, CancellationToken.None);
            Board.Require(notices.OrderBy(notice => notice.Id).SequenceEqual(Board.Notices(Board.SmallBoard)));
        }
    }

    public Task TurnsAsync(int caller, Lap lap)
    {
        MySqlDataSource source = _sources[caller % _sources.Length];
        return _workload.Operation switch
        {
            DataWorkload.Read12 => ReadBoardAsync(source, lap),
            DataWorkload.Write => WriteAsync(source, lap),
            _ => ReadKeyAsync(source, lap),
        };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (MySqlDataSource source in _sources) await source.DisposeAsync();
        _request.Dispose();
    }

    private async Task ReadKeyAsync(MySqlDataSource source, Lap lap)
    {
        while (lap.Next())
        {
            long id = Board.KeyOf(lap.Turns);
            await using DbConnection connection = await source.OpenConnectionAsync(_request.Token);
            Notice notice = await Statements.ReadKeyAsync(connection, id, _request.Token);
            Board.Require(notice.Id == id);
        }
    }

    private async Task ReadBoardAsync(MySqlDataSource source, Lap lap)
    {
        while (lap.Next())
        {
            await using DbConnection connection = await source.OpenConnectionAsync(_request.Token);
            List<Notice> notices = await Statements.ReadBoardAsync(connection, _request.Token);
            Board.Require(notices.Count == Board.SmallCount);
        }
    }

    private async Task WriteAsync(MySqlDataSource source, Lap lap)
    {
        Notice notice = Notice.Numbered(7);
        while (lap.Next())
        {
            await using DbConnection connection = await source.OpenConnectionAsync(_request.Token);
            await using DbTransaction transaction = await connection.BeginTransactionAsync(_request.Token);
            await Statements.InsertAsync(connection, notice, _request.Token);
            await transaction.CommitAsync(_request.Token);
        }
    }
}
