using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using Dapper;

namespace FooBar.Data;

/// <summary>Reads from the primary: what asked for it, and, within a limit, what no replica could answer.</summary>
/// <remarks>
/// <para>
/// A read must not write. On a replica the server's <c>super_read_only</c>, which the monitor requires of it, refuses without a round
/// trip of ours. On the primary the session's <c>transaction_read_only</c> does, at two round trips (set and restore); a
/// <c>START TRANSACTION READ ONLY</c> would cost as many, and the work could leave it by a COMMIT.
/// </para>
/// <para>
/// A primary that was cut off does not know it for some seconds. Where that matters the same statement sets
/// <c>group_replication_consistency = BEFORE</c>: each query of the work then waits for the group's answer, which a minority never gets. A member
/// that has left its group waits for nobody any more, but is read-only then; so that is asked behind the work.
/// </para>
/// </remarks>
internal sealed class PrimaryReader(Database database)
{
    private const string ReadOnly = "SET SESSION transaction_read_only = 1";
    private const string Restore = "SET SESSION transaction_read_only = DEFAULT";
    private const string ReadOnlyProven = ReadOnly + ", group_replication_consistency = 'BEFORE'";
    private const string RestoreProven = Restore + ", group_replication_consistency = DEFAULT";

    private TimeProvider Time => database.Options.TimeProvider;

    private DriverCalls Calls => database.Calls;

    /// <summary>One try.</summary>
    public async ValueTask<Answer<T>> ReadAsync<T>(
        DatabaseSession session, ReadNeed need, Func<DbConnection, CancellationToken, Task<T>> work, Reading reading, Topology topology,
        CancellationToken ct)
    {
        // What asks for the primary by itself, and what has no other node to go to, is the application's own load.
        bool isLimited = need.Reason != DataMetrics.Words.Latest && topology.Nodes.Count > 1;
        if (isLimited && !database.PrimaryReads.TryEnter())
        {
            // Behind the death of a primary, what waited for the next one is here at once, and a replica that has something to catch up will soon hold
            // what it does not yet. So it is looked at anew each time, until the operation's time is over, unless there is no replica to wait for.
            if (reading is { WasInLine: true, WasHeld: false } && !IsBehindAnOutage(topology) && topology.Nodes.All(state => state.Role != NodeRole.Replica))
                throw reading.Attempts.Shed();
            reading.WasInLine = true;
            if (!await reading.Attempts.WaitForPrimaryReadAsync(reading.WasHeld, ct).ConfigureAwait(false))
                return new(reading);
            topology = database.Topology;
            if (!reading.Attempts.IsProven(topology))
            {
                database.PrimaryReads.Leave();
                return new(reading);
            }
        }

        try
        {
            return await OnPrimaryAsync(session, need, work, reading, topology, ct).ConfigureAwait(false);
        }
        finally
        {
            if (isLimited)
                database.PrimaryReads.Leave();
        }
    }

    /// <summary>Whether there was no primary a moment ago: whoever comes now, with what it has just written say, stands behind those that had to wait.</summary>
    private bool IsBehindAnOutage(Topology topology) => topology.Epoch > 1 && database.Monitor.EpochAge < database.Options.PrimaryWait;

    private async ValueTask<Answer<T>> OnPrimaryAsync<T>(
        DatabaseSession session, ReadNeed need, Func<DbConnection, CancellationToken, Task<T>> work, Reading reading, Topology topology,
        CancellationToken ct)
    {
        NodeState state = topology.Primary!;
        Node node = state.Node;
        bool isGroup = topology.Mode == ReplicationMode.Group;
        bool isProven = need.Proven && isGroup;
        long triedAt = Time.GetTimestamp();
        NodeHold hold = node.Work.Begin(reading.Attempts.Deadline, ct);
        DbConnection? connection = null;
        bool working = false;
        try
        {
            connection = await Calls.OpenAsync(node, hold).ConfigureAwait(false);
            int losses = session.Losses;
            GtidSet? known = await HoldOwnWritesAsync(session, need, state, isGroup, connection, reading.Activity, hold, ct).ConfigureAwait(false);
            if (session.AsksPrimary || (need.Proven && !isGroup))
                known ??= await ProvenAsync(connection, isGroup, hold).ConfigureAwait(false);
            await Calls.ExecuteAsync(hold, connection, isProven ? ReadOnlyProven : ReadOnly).ConfigureAwait(false);
            node.NoteAnswer();
            try
            {
                node.Counts.Read(NodeRole.Primary);
                working = true;
                T value = await Calls.HeedAsync(hold, work(connection, hold.Token)).ConfigureAwait(false);
                if (isProven)
                {
                    working = false;
                    await Calls.HeedAsync(hold, RequireWritableAsync(connection, hold.Token)).ConfigureAwait(false);
                }

                if (known is not null && session.AsksPrimary)
                    session.Learned(known, losses);
                node.Standing.Succeeded();
                string reason = reading.Reason ?? need.Reason;
                database.Metrics.Read(NodeRole.Primary, reason);
                DataTracing.Answered(reading.Activity, node, NodeRole.Primary, reason, database);
                return new(value);
            }
            finally
            {
                // Should this fail and the pool not reset the session, no harm is done: a write begins its transaction READ WRITE.
                await Calls.CleanUpAsync(hold, connection, isProven ? RestoreProven : Restore).ConfigureAwait(false);
            }
        }
        catch (Exception) when (hold.Ended == HoldEnd.Caller)
        {
            // Whatever driver and work make of it.
            hold.ThrowIfEnded();
            throw;
        }
        catch (Exception failure) when (!working && failure is TimeoutException or DemotedException)
        {
            reading.Attempts.Failed(node, NodeRole.Primary, triedAt, failure);
            return new(reading);
        }
        catch (Exception failure) when (working && hold.Ended == HoldEnd.Deadline)
        {
            throw reading.Attempts.TooLong(node, failure);
        }
        catch (Exception failure) when (NodeFailure.IsLoss(failure, connection, hold, database.Options.Driver, ct))
        {
            reading.Attempts.Failed(node, NodeRole.Primary, triedAt, failure);
            return new(reading);
        }
        catch (Exception failure) when (NodeFailure.IsWriteRefused(failure, connection, hold, database.Options.Driver))
        {
            throw new WriteInReadException(node.Name, failure);
        }
        finally
        {
            if (connection is not null)
                await Calls.ReturnAsync(hold, connection).ConfigureAwait(false);
            node.Work.End(hold);
        }
    }

    /// <summary>
    /// The primary holds what its clients wrote, unless it has just been cut off, has just taken over and still applies its backlog,
    /// or was restored to an earlier state. In the last case it lacks them although its group has let it catch up: what nobody holds is dropped from
    /// the token. What the session has written since stays in it.
    /// </summary>
    /// <returns>What the primary has proved to hold, if that had to be asked.</returns>
    private async Task<GtidSet?> HoldOwnWritesAsync(
        DatabaseSession session, ReadNeed need, NodeState state, bool isGroup, DbConnection connection, Activity? activity, NodeHold hold,
        CancellationToken caller)
    {
        GtidSet required = need.Required;
        if (required.IsEmpty)
            return null;
        if (state.Executed.Contains(required))
        {
            if (need.Own.IsEmpty)
                return null;
            database.Metrics.CausalWait(DataMetrics.Words.Known);
            DataTracing.CausalWait(activity, DataMetrics.Words.Known);
            return null;
        }

        long waitingSince = Time.GetTimestamp();
        GtidSet? executed = null;
        try
        {
            if (!await Calls.CatchesUpAsync(hold, connection, required, database.Options.CausalWait).ConfigureAwait(false))
                executed = await ProvenAsync(connection, isGroup, hold).ConfigureAwait(false);
        }
        catch (Exception) when (!caller.IsCancellationRequested)
        {
            CausalBarrier.Ended(database, activity, state.Node, DataMetrics.Words.Failed, waitingSince);
            throw;
        }

        // What is missing of the bound is a sample of a history that was replaced: what the proven primary holds now is the latest there is.
        if (executed is null || executed.Contains(need.Own))
        {
            CausalBarrier.Ended(database, activity, state.Node, DataMetrics.Words.Reached, waitingSince);
            return executed;
        }

        DataLog.ForeignToken(database.Logger, state.Name);
        CausalBarrier.Ended(database, activity, state.Node, DataMetrics.Words.Foreign, waitingSince);
        database.Metrics.TokenRejected(TokenDefect.Foreign);
        session.Forget(need.Own.Except(executed));
        return executed;
    }

    /// <summary>
    /// What the primary holds, by proof that it is one: in a group it has applied everything that was ordered before; else it is writable as it answers.
    /// </summary>
    /// <exception cref="DemotedException">It is not writable any more.</exception>
    private async Task<GtidSet> ProvenAsync(DbConnection connection, bool isGroup, NodeHold hold)
    {
        if (!isGroup)
            return await Calls.HeedAsync(hold, ExecutedAsWriterAsync(connection, hold.Token)).ConfigureAwait(false);

        // The server waits at the beginning of a transaction, not before a bare SELECT of a variable.
        try
        {
            await Calls.ExecuteAsync(hold, connection, "SET SESSION group_replication_consistency = 'BEFORE'").ConfigureAwait(false);
            await Calls.ExecuteAsync(hold, connection, "START TRANSACTION READ ONLY").ConfigureAwait(false);
            return await Calls.HeedAsync(hold, ExecutedAsWriterAsync(connection, hold.Token)).ConfigureAwait(false);
        }
        finally
        {
            await Calls.CleanUpAsync(hold, connection, "ROLLBACK").ConfigureAwait(false);
            await Calls.CleanUpAsync(hold, connection, "SET SESSION group_replication_consistency = DEFAULT").ConfigureAwait(false);
        }
    }

    private static async Task<GtidSet> ExecutedAsWriterAsync(DbConnection connection, CancellationToken ct) =>
        GtidSet.Parse(await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
            "SELECT IF(@@global.read_only, NULL, @@global.gtid_executed)", cancellationToken: ct)).ConfigureAwait(false) ?? throw new DemotedException());

    private static async Task RequireWritableAsync(DbConnection connection, CancellationToken ct)
    {
        if (Convert.ToInt64(await connection.ExecuteScalarAsync<object>(new CommandDefinition(
            "SELECT @@global.read_only", cancellationToken: ct)).ConfigureAwait(false), CultureInfo.InvariantCulture) != 0)
            throw new DemotedException();
    }

    /// <summary>The node was the primary when it was last asked who it is, and takes no writes now.</summary>
    private sealed class DemotedException() : Exception("It takes no writes any more.");
}
