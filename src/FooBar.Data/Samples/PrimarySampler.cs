using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace FooBar.Data;

/// <summary>
/// Asks the primary in the probes' interval what it has executed, over one connection of the monitor's account, and holds the nodes against
/// the answers. It survives every exception.
/// </summary>
/// <remarks>
/// A primary that was cut off, or stopped for a while, still believes itself to be one, and what it says is then no bound for what its successor
/// has acknowledged. In a group it is therefore asked behind <c>group_replication_consistency = BEFORE</c>, which a minority never passes.
/// The server heeds that at the beginning of a transaction, not before a bare <c>SELECT @@global.gtid_executed</c> (measured on 9.7.4). In classic
/// replication there is no such proof; it has to be writable when it answers.
/// </remarks>
internal sealed class PrimarySampler(DatabaseOptions options, TopologyMonitor monitor, PrimarySamples samples, ILogger logger) : IAsyncDisposable
{
    /// <summary>In classic replication; told from others by its column's name.</summary>
    public const string Query = "SELECT @@global.gtid_executed, @@global.read_only AS sampled";

    /// <summary>In a group. A member that has just left it waits for nothing at the beginning of a transaction, and may still take itself for the primary.</summary>
    public const string GroupQuery = "SELECT @@global.gtid_executed, "
        + "(SELECT MEMBER_STATE <> 'ONLINE' FROM performance_schema.replication_group_members WHERE MEMBER_ID = @@global.server_uuid) AS sampled";

    private const string Begin = "START TRANSACTION READ ONLY";

    /// <summary>How long an answer may take. It is as good late, for its time is that of the question.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly TimeProvider _time = options.TimeProvider;
    private Task _running = Task.CompletedTask;
    private Sampling? _sampling;

    public void Start() => _running = RunAsync();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Node? asked = null;
            try
            {
                Topology? topology = await monitor.WaitForAsync(static topology => topology.Primary is not null, null, _stop.Token).ConfigureAwait(false);
                asked = topology!.Primary!.Node;
                bool isGroup = topology.Mode == ReplicationMode.Group;
                Publish(asked, await SampleAsync(asked, isGroup).ConfigureAwait(false), isGroup);
                // The next primary's first sample is not waited for.
                await monitor.WaitForAsync(next => next.Primary is { Node: { } node } && node != asked, options.ProbeInterval, _stop.Token)
                    .ConfigureAwait(false);
            }
            catch (Exception) when (_stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failure)
            {
                Forget();
                // A primary that is lost is the probes' news. What is none of that is a mistake.
                if (failure is not (DbException or OperationCanceledException or TimeoutException or IOException or InvalidOperationException))
                    DataLog.MonitorFault(logger, asked?.Name ?? "none", failure);
                await Task.Delay(options.ProbeInterval, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        if (_sampling is { } last)
            await ReturnAsync(last).WaitAsync(DriverCalls.Grace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>A sample, also of a driver that stays in a call: that one is then left alone, with its connection.</summary>
    private async Task<PrimarySample> SampleAsync(Node node, bool isGroup)
    {
        if (node != _sampling?.Node)
            Forget();
        Sampling sampling = _sampling ??= new(node);
        Task<PrimarySample> asking = AskAsync(sampling, isGroup);
        sampling.Asking = asking;
        return await asking.WaitAsync(Patience + DriverCalls.Grace, _time, _stop.Token).ConfigureAwait(false);
    }

    private async Task<PrimarySample> AskAsync(Sampling sampling, bool isGroup)
    {
        using CancellationTokenSource deadline = DriverDeadline.After(Patience, options.Driver, _time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, deadline.Token);
        if (sampling.Connection is not { } connection)
        {
            sampling.Connection = connection = await sampling.Node.Configuration.Monitor.OpenConnectionAsync(either.Token).ConfigureAwait(false);
            if (isGroup)
                await NodeConnection.ExecuteAsync(connection, "SET SESSION group_replication_consistency = 'BEFORE'", either.Token).ConfigureAwait(false);
        }

        long askedAt = _time.GetTimestamp();
        if (isGroup && !options.Driver.TrySendWithNext(connection, Begin))
            await NodeConnection.ExecuteAsync(connection, Begin, either.Token).ConfigureAwait(false);
        (GtidSet executed, bool isDemoted) = await AskAsync(connection, isGroup ? GroupQuery : Query, either.Token).ConfigureAwait(false);
        if (isGroup)
            await NodeConnection.ExecuteAsync(connection, "ROLLBACK", either.Token).ConfigureAwait(false);
        if (isDemoted)
            throw new InvalidOperationException(isGroup ? "The primary has left its group." : "The primary has become read-only.");
        return new(askedAt, executed);
    }

    private static async Task<(GtidSet Executed, bool IsDemoted)> AskAsync(DbConnection connection, string query, CancellationToken ct)
    {
        DbCommand command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = query;
            DbDataReader reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (!await reader.ReadAsync(ct).ConfigureAwait(false))
                    throw new InvalidOperationException("The sample's query returned no row.");
                return (GtidSet.Parse(reader.GetString(0)), reader.IsDBNull(1) || Convert.ToInt64(reader.GetValue(1), CultureInfo.InvariantCulture) != 0);
            }
        }
    }

    private void Publish(Node node, PrimarySample sample, bool isGroup)
    {
        if (!samples.Add(sample))
            DataLog.HistoryReplaced(logger, node.Name);
        long now = _time.GetTimestamp();
        monitor.Publish(topology => topology.With(state => state with
        {
            FreshAsOf = state.Node == node ? sample.TakenAt : samples.NewestIn(state.Executed)?.TakenAt,
            // What it said before the primary was asked.
            Errant = isGroup || state.Claim != NodeRole.Replica ? default
                : state.ProvenAt < sample.TakenAt ? state.Errant.After(state.Executed, sample.Executed, now, _time) : state.Errant,
        }));
    }

    /// <summary>Gives the connection back, behind the call that it may be in still.</summary>
    private void Forget()
    {
        if (_sampling is { } sampling)
            _ = ReturnAsync(sampling);
        _sampling = null;
    }

    private static async Task ReturnAsync(Sampling sampling)
    {
        await sampling.Asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (sampling.Connection is { } connection)
            await NodeConnection.ReturnAsync(connection).ConfigureAwait(false);
    }

    /// <summary>The connection to one primary, and what is asked over it.</summary>
    private sealed class Sampling(Node node)
    {
        public Node Node { get; } = node;

        public DbConnection? Connection { get; set; }

        public Task Asking { get; set; } = Task.CompletedTask;
    }
}
