using System.Data.Common;

namespace FooBar.Data;

/// <summary>
/// Deletes the keys of operations that nobody repeats any more, in small batches on the primary, so that the table does not grow without end. Every
/// process does it; two at once delete what the other has left. It survives every exception.
/// </summary>
internal sealed class OperationPruner(Database database, TimeSpan retention) : IAsyncDisposable
{
    /// <summary>How many go at a time: a transaction that a replica applies in a few milliseconds.</summary>
    public const int Batch = 500;

    /// <summary>The time between two looks, of which a random quarter is added: the processes of a site begin together.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    /// <summary>The time between two batches, for the other writes and the replicas.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public void Start() => _running = RunAsync();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        TimeProvider time = database.Options.TimeProvider;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Interval * (1 + (Random.Shared.NextDouble() / 4)), time, _stop.Token).ConfigureAwait(false);
                int batch;
                do
                {
                    batch = await DeleteAsync().ConfigureAwait(false);
                    database.Metrics.Pruned(batch);
                    if (batch == Batch)
                        await Task.Delay(Pause, time, _stop.Token).ConfigureAwait(false);
                }
                while (batch == Batch);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                DataLog.PruneFailed(database.Logger, failure.Message);
            }
        }
    }

    private async Task<int> DeleteAsync()
    {
        Topology? topology = await database.Monitor.WaitForAsync(static topology => topology.Primary is not null, null, _stop.Token).ConfigureAwait(false);
        Node node = topology!.Primary!.Node;
        NodeHold hold = node.Work.Begin(database.DeadlineOf(database.Options.TimeProvider.GetTimestamp()), _stop.Token);
        DbConnection? connection = null;
        try
        {
            connection = await database.Calls.OpenAsync(node, hold).ConfigureAwait(false);
            return await database.Calls.HeedAsync(hold, OperationTable.PruneAsync(connection, retention, Batch, hold.Token)).ConfigureAwait(false);
        }
        finally
        {
            if (connection is not null)
                await database.Calls.ReturnAsync(hold, connection).ConfigureAwait(false);
            node.Work.End(hold);
        }
    }
}
