using System.Data.Common;
using System.Globalization;
using Dapper;

namespace FooBar.Data;

/// <summary>
/// Makes another node the primary, in order: nothing is lost, and writers wait for a moment. Announces it in the topology while it is under way, so that
/// the application can tell. One at a time a process; two processes that do it at once are kept apart by the servers (a group) or by a
/// lock on the old primary (classic replication).
/// </summary>
internal sealed class PlannedSwitchover(Database database) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);

    private TimeProvider Time => database.Options.TimeProvider;

    public async Task<SwitchoverResult> RunAsync(string name, SwitchoverOptions options, CancellationToken ct)
    {
        if (!await _one.WaitAsync(0, ct).ConfigureAwait(false))
            throw new SwitchoverException("Another switchover is under way in this process. Nothing was done.");
        try
        {
            // Where the database was started for this alone, nobody has answered yet.
            Topology topology = await database.Monitor.WaitForAsync(
                static current => current.Nodes.All(node => node.ProvenAt is not null || node.Failures > 0), options.CatchUp, ct).ConfigureAwait(false) ?? database.Topology;
            NodeState to = topology.Nodes.FirstOrDefault(node => node.Name == name)
                ?? throw new SwitchoverException($"There is no node {name}: there are {string.Join(", ", topology.Nodes.Select(node => node.Name))}. Nothing was done.");
            NodeState from = Writer(topology, to);
            bool wasLeft = topology.Mode == ReplicationMode.Classic && topology.Nodes.Any(node => node is { TakesNoWrites: true, Failures: 0 });
            if (topology.Primary == to)
                return wasLeft ? await new ClassicSwitchover(database, from, to, options).FinishAsync().ConfigureAwait(false) : new(name, name, TimeSpan.Zero, []);
            if (to.Role != NodeRole.Replica && to != from && !(wasLeft && to.TakesNoWrites))
                throw new SwitchoverException($"Node {to} cannot become the primary: only a replica can. Nothing was done.");
            long since = Time.GetTimestamp();
            database.Monitor.Publish(current => current.WithSwitchover(new(from.Name, to.Name, since)));
            try
            {
                SwitchoverResult done = topology.Mode == ReplicationMode.Group
                    ? await InGroupAsync(from, to, options, ct).ConfigureAwait(false)
                    : await new ClassicSwitchover(database, from, to, options).RunAsync(ct).ConfigureAwait(false);
                database.Monitor.ProbeNow();
                DataLog.SwitchedOver(database.Logger, from.Name, to.Name, done.WithoutPrimary.TotalMilliseconds);
                // It is done, also for who waits no more to see it.
                Task seen = database.Monitor.WaitForAsync(next => next.Primary?.Name == to.Name, options.CatchUp, ct);
                await seen.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return done;
            }
            catch (Exception failure) when (failure is DbException or TimeoutException)
            {
                // Whatever fails once something was done says so itself.
                throw new SwitchoverException($"The switchover to {to.Name} could not be begun: {failure.Message} Nothing was done.", failure);
            }
            finally
            {
                database.Monitor.Publish(current => current.WithSwitchover(null));
            }
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    internal static DbDataSource Administration(NodeState node) => node.Node.Configuration.Administration?.Source
        ?? throw new SwitchoverException($"Node {node.Name} has no administration data source in its configuration. Nothing was done.");

    /// <summary>The primary, or in classic replication the one that an earlier switchover left without writes.</summary>
    private static NodeState Writer(Topology topology, NodeState to)
    {
        if (topology.Primary is { } primary)
            return primary;
        NodeState[] stopped = [.. topology.Nodes.Where(node => topology.Mode == ReplicationMode.Classic && node is { TakesNoWrites: true, Failures: 0 })];
        // It may have died behind the point where the next one forgot its source, too.
        if (stopped.Length > 1)
            stopped = [.. stopped.Where(node => node != to)];
        return stopped is [{ } one] ? one : throw new SwitchoverException($"There is no primary to take over from: {topology}. Nothing was done.");
    }

    private async Task<SwitchoverResult> InGroupAsync(NodeState from, NodeState to, SwitchoverOptions options, CancellationToken ct)
    {
        try
        {
            DbConnection connection = await Administration(to).OpenConnectionAsync(ct).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                string uuid = await connection.ExecuteScalarAsync<string>(new CommandDefinition("SELECT @@server_uuid", cancellationToken: ct)).ConfigureAwait(false) ?? "";
                long began = Time.GetTimestamp();
                // Neither can be a parameter: the function wants constants.
                string seconds = Math.Ceiling(options.TransactionsEnd.TotalSeconds).ToString(CultureInfo.InvariantCulture);
                await connection.ExecuteScalarAsync<string>(new CommandDefinition(
                    $"SELECT group_replication_set_as_primary('{Guid.Parse(uuid):D}', {seconds})", cancellationToken: ct)).ConfigureAwait(false);
                return new(from.Name, to.Name, Time.GetElapsedTime(began), []);
            }
        }
        catch (DbException failure)
        {
            throw new SwitchoverException(
                $"The group did not make {to.Name} its primary: {failure.Message} Which one is its primary now is asked anew; nothing that was written is lost.", failure);
        }
    }
}
