using System.Data.Common;

namespace FooBar.Data;

/// <summary>
/// Runs reads: a replica, after a failure each other one, then the primary. A read is safe to repeat, so every loss of a node is, until
/// one answers or the time is over.
/// </summary>
/// <remarks>
/// <para>
/// A read that must see what no replica is known to hold waits on one of them, once and briefly, and turns to the primary then. While
/// no primary is proven it is answered by whichever comes first: a replica that the monitor sees holding it, or the new primary. After
/// the death of a primary the last transactions reach the replicas with the change of the view, some 6 s later.
/// </para>
/// <para>
/// A read must not write. On a replica the server's <c>super_read_only</c>, which the monitor requires of it, refuses without a round
/// trip of ours. On the primary the session's <c>transaction_read_only</c> does, at two round trips (set and restore); a
/// <c>START TRANSACTION READ ONLY</c> would cost as many, and the work could leave it by a COMMIT.
/// </para>
/// </remarks>
internal sealed class ReadRunner(Database database)
{
    public async Task<T> RunAsync<T>(
        DatabaseSession session, Func<DbConnection, CancellationToken, Task<T>> work, Freshness freshness, CancellationToken ct)
    {
        database.RequireStarted();
        Reading reading = Begin(session, freshness);
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            Topology topology = database.Topology;
            ReplicaChoice choice = reading.MayUseReplicas
                ? ReplicaChoice.Among(topology.States, database.Load.Outstanding, reading.Required, reading.Turn, reading.Failed)
                : new(-1, MustWait: false);
            Result<T> result;
            if (choice.Index >= 0 && !(choice.MustWait && reading.HasWaited))
            {
                result = await OnReplicaAsync(reading, choice, work, ct).ConfigureAwait(false);
            }
            else if (reading.Attempts.IsProven(topology))
            {
                result = await OnPrimaryAsync(session, reading, topology, work, ct).ConfigureAwait(false);
            }
            else
            {
                await reading.Attempts.WaitForNodeAsync(reading.CanGoOn, regardless: false, ct).ConfigureAwait(false);
                // Whoever failed has its next chance: it has answered a probe since, or others are there.
                reading.Failed = null;
                continue;
            }

            if (result.IsDone)
                return result.Value;
        }
    }

    private Reading Begin(DatabaseSession session, Freshness freshness)
    {
        OperationAttempts attempts = new(database, DataMetrics.Words.Read);
        uint turn = database.NextTurn();
        return freshness switch
        {
            Freshness.Latest => new(attempts, turn, GtidSet.Empty, mayUseReplicas: false, DataMetrics.Words.Latest),
            Freshness.OwnWrites when session.MustReadPrimary => new(attempts, turn, session.Writes, mayUseReplicas: false, DataMetrics.Words.TokenLost),
            Freshness.OwnWrites => new(attempts, turn, session.Writes, mayUseReplicas: true, DataMetrics.Words.NoReplica),
            _ => new(attempts, turn, GtidSet.Empty, mayUseReplicas: true, DataMetrics.Words.NoReplica),
        };
    }

    private async Task<Result<T>> OnReplicaAsync<T>(
        Reading reading, ReplicaChoice choice, Func<DbConnection, CancellationToken, Task<T>> work, CancellationToken ct)
    {
        DatabaseNode node = database.Options.Nodes[choice.Index];
        long startedAt = database.Options.TimeProvider.GetTimestamp();
        DbConnection? connection = null;
        using NodeHold hold = new(database, choice.Index, reading.Attempts.LeftForTry, ct);
        try
        {
            connection = await node.Application.OpenConnectionAsync(hold.Token).ConfigureAwait(false);
            hold.LiftDeadline();
            if (choice.MustWait && !await CatchesUpAsync(reading, connection, hold.Token, ct).ConfigureAwait(false))
            {
                (reading.HasWaited, reading.Reason) = (true, DataMetrics.Words.CausalTimeout);
                return default;
            }

            if (choice.MustWait)
                hold.NoteAnswer();
            else if (!reading.Required.IsEmpty)
                database.Metrics.CausalWait(DataMetrics.Words.Known);
            database.Metrics.Query(DataMetrics.Words.Read, NodeRole.Replica, node.Name);
            T value = await work(connection, hold.Token).ConfigureAwait(false);
            database.Metrics.Read(
                NodeRole.Replica, reading.Reason == DataMetrics.Words.NoReplica ? DataMetrics.Words.Replica : reading.Reason);
            return new(value, true);
        }
        catch (CausalWaitFailedException failure)
        {
            reading.Attempts.Failed(node, NodeRole.Replica, startedAt, failure.InnerException!);
            (reading.HasWaited, reading.Reason) = (true, DataMetrics.Words.CausalFailed);
            (reading.Failed ??= []).Add(choice.Index);
            return default;
        }
        catch (Exception failure) when (IsNodeLost(failure, connection, hold, ct))
        {
            reading.Attempts.Failed(node, NodeRole.Replica, startedAt, failure);
            reading.Reason = DataMetrics.Words.ReplicaFailed;
            (reading.Failed ??= []).Add(choice.Index);
            return default;
        }
        catch (Exception failure) when (IsWriteRefused(failure, connection, hold))
        {
            throw new WriteInReadException(node.Name, failure);
        }
        finally
        {
            if (connection is not null)
                await NodeConnection.ReturnAsync(connection).ConfigureAwait(false);
        }
    }

    private async Task<Result<T>> OnPrimaryAsync<T>(
        DatabaseSession session, Reading reading, Topology topology, Func<DbConnection, CancellationToken, Task<T>> work,
        CancellationToken ct)
    {
        int index = topology.WriterIndex;
        DatabaseNode node = database.Options.Nodes[index];
        long startedAt = database.Options.TimeProvider.GetTimestamp();
        DbConnection? connection = null;
        using NodeHold hold = new(database, index, reading.Attempts.LeftForTry, ct);
        try
        {
            connection = await node.Application.OpenConnectionAsync(hold.Token).ConfigureAwait(false);
            hold.LiftDeadline();
            if (!topology.Nodes[index].Executed.Contains(reading.Required))
                await RequireOwnWritesAsync(session, reading, node, connection, startedAt, hold.Token).ConfigureAwait(false);
            else if (!reading.Required.IsEmpty)
                database.Metrics.CausalWait(DataMetrics.Words.Known);
            await NodeConnection.ExecuteAsync(connection, "SET SESSION transaction_read_only = 1", hold.Token).ConfigureAwait(false);
            hold.NoteAnswer();
            try
            {
                database.Metrics.Query(DataMetrics.Words.Read, NodeRole.Primary, node.Name);
                T value = await work(connection, hold.Token).ConfigureAwait(false);
                database.Metrics.Read(NodeRole.Primary, reading.Reason);
                return new(value, true);
            }
            finally
            {
                // Should this fail and the pool not reset the session, no harm is done: a write begins its transaction READ WRITE.
                await NodeConnection.CleanUpAsync(
                    connection, "SET SESSION transaction_read_only = DEFAULT", database.Options.TimeProvider).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (IsNodeLost(failure, connection, hold, ct))
        {
            reading.Attempts.Failed(node, NodeRole.Primary, startedAt, failure);
            return default;
        }
        catch (Exception failure) when (IsWriteRefused(failure, connection, hold))
        {
            throw new WriteInReadException(node.Name, failure);
        }
        finally
        {
            if (connection is not null)
                await NodeConnection.ReturnAsync(connection).ConfigureAwait(false);
        }
    }

    private async Task<bool> CatchesUpAsync(Reading reading, DbConnection connection, CancellationToken ct, CancellationToken caller)
    {
        try
        {
            bool reached = await CausalBarrier.WaitAsync(
                connection, reading.Required, database.Options.CausalWait, database.Options.TimeProvider, ct).ConfigureAwait(false);
            database.Metrics.CausalWait(reached ? DataMetrics.Words.Reached : DataMetrics.Words.Timeout);
            return reached;
        }
        catch (Exception failure) when (!caller.IsCancellationRequested)
        {
            database.Metrics.CausalWait(DataMetrics.Words.Failed);
            throw new CausalWaitFailedException(failure);
        }
    }

    /// <summary>
    /// The primary holds what its clients wrote, unless it has just been cut off, has just taken over and still applies its backlog,
    /// or was restored. The last shows in its history, which then knows none of the token's sources: such a token is dropped.
    /// </summary>
    private async Task RequireOwnWritesAsync(
        DatabaseSession session, Reading reading, DatabaseNode node, DbConnection connection, long startedAt, CancellationToken ct)
    {
        TimeProvider time = database.Options.TimeProvider;
        GtidSet required = reading.Required;
        if (!await CausalBarrier.WaitAsync(connection, required, database.Options.CausalWait, time, ct).ConfigureAwait(false))
        {
            GtidSet executed = await CausalBarrier.ExecutedAsync(connection, ct).ConfigureAwait(false);
            if (!executed.SharesSourceWith(required))
            {
                DataLog.ForeignToken(database.Logger, node.Name);
                database.Metrics.CausalWait(DataMetrics.Words.Foreign);
                session.Forget(required);
                reading.Required = GtidSet.Empty;
                return;
            }

            TimeSpan left = reading.Attempts.Left;
            if (left <= TimeSpan.Zero || !await CausalBarrier.WaitAsync(connection, required, left, time, ct).ConfigureAwait(false))
            {
                database.Metrics.CausalWait(DataMetrics.Words.Timeout);
                throw new CausalTokenNotReachedException(node.Name, time.GetElapsedTime(startedAt), required);
            }
        }

        database.Metrics.CausalWait(DataMetrics.Words.Reached);
    }

    private static bool IsNodeLost(Exception failure, DbConnection? connection, NodeHold hold, CancellationToken ct) => connection is null
        ? NodeConnection.IsNodeFailure(failure, ct)
        : hold.Classify(failure, connection) == FailureKind.NodeLost;

    private static bool IsWriteRefused(Exception failure, DbConnection? connection, NodeHold hold) => connection is not null
        && hold.Classify(failure, connection) is FailureKind.WriteInRead or FailureKind.ReadOnlyNode;

    /// <summary>What one read must see, and what it has met.</summary>
    private sealed class Reading(OperationAttempts attempts, uint turn, GtidSet required, bool mayUseReplicas, string reason)
    {
        public OperationAttempts Attempts { get; } = attempts;

        /// <summary>
        /// Where the round among equals begins, for all its tries: with a turn for each, two replicas and a try at the second would
        /// have every read begin with the one that fails.
        /// </summary>
        public uint Turn { get; } = turn;

        public GtidSet Required { get; set; } = required;

        public bool MayUseReplicas { get; } = mayUseReplicas;

        /// <summary>Why the primary would answer now, as the metric's word.</summary>
        public string Reason { get; set; } = reason;

        /// <summary>Whether it has waited on a replica: from then on only one that is known to hold what it must see will do.</summary>
        public bool HasWaited { get; set; }

        /// <summary>The replicas that failed it since it last waited for a node; null for none.</summary>
        public HashSet<int>? Failed { get; set; }

        /// <summary>Whether there is a node to go on with.</summary>
        public bool CanGoOn(Topology topology) => Attempts.IsProven(topology) || (MayUseReplicas && topology.Nodes.Any(node =>
            Attempts.IsReplicaSince(node) && (!HasWaited || node.Executed.Contains(Required))));
    }

    /// <summary>A value, or none: the next node has to be asked.</summary>
    private readonly record struct Result<T>(T Value, bool IsDone);

    /// <summary>Keeps a failed wait apart from a failed read, which one other replica may still answer.</summary>
    private sealed class CausalWaitFailedException(Exception failure) : Exception(failure.Message, failure);
}
