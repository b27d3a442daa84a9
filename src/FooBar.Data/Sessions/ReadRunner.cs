using System.Data.Common;

namespace FooBar.Data;

/// <summary>
/// Runs reads: a replica, after a failure one other, then the primary, then the primary again once it is proven anew. A read is safe
/// to repeat, so every loss of a node is.
/// </summary>
/// <remarks>
/// A read must not write. On a replica the server's <c>super_read_only</c>, which the monitor requires of it, refuses without a round
/// trip of ours. On the primary the session's <c>transaction_read_only</c> does, at two round trips (set and restore); a
/// <c>START TRANSACTION READ ONLY</c> would cost as many, and the work could leave it by a COMMIT.
/// </remarks>
internal sealed class ReadRunner(Database database)
{
    private const int ReplicaTries = 2;

    public async Task<T> RunAsync<T>(
        DatabaseSession session, Func<DbConnection, CancellationToken, Task<T>> work, Freshness freshness, CancellationToken ct)
    {
        database.RequireStarted();
        Reading reading = new(
            new(database, DataMetrics.Words.Read), freshness == Freshness.OwnWrites ? session.Writes : GtidSet.Empty);
        int triesLeft = ReplicaTries;
        int failed = -1;
        string? fallback = freshness == Freshness.Latest ? null : DataMetrics.Words.NoReplica;
        if (freshness == Freshness.Latest || (freshness == Freshness.OwnWrites && session.MustReadPrimary))
        {
            triesLeft = 0;
            fallback = freshness == Freshness.Latest ? null : DataMetrics.Words.TokenLost;
        }

        while (true)
        {
            ct.ThrowIfCancellationRequested();
            Topology topology = database.Topology;
            if (triesLeft > 0)
            {
                ReplicaChoice choice = ReplicaChoice.Among(
                    topology.States, database.Load.Outstanding, reading.Required, database.NextTurn(), failed);
                if (choice.Index >= 0)
                {
                    Result<T> onReplica = await OnReplicaAsync(reading, choice, work, ct).ConfigureAwait(false);
                    if (onReplica.IsDone)
                        return onReplica.Value;
                    failed = choice.Index;
                    triesLeft = onReplica.Fallback == DataMetrics.Words.ReplicaFailed ? triesLeft - 1 : 0;
                    fallback = onReplica.Fallback;
                    continue;
                }
            }

            if (!reading.Attempts.IsProven(topology))
            {
                await reading.Attempts.WaitForNodeAsync(orReplica: triesLeft == ReplicaTries, ct).ConfigureAwait(false);
                continue;
            }

            if (fallback is not null)
                database.Metrics.Fallback(fallback);
            (triesLeft, fallback) = (0, null);
            Result<T> onPrimary = await OnPrimaryAsync(session, reading, topology, work, ct).ConfigureAwait(false);
            if (onPrimary.IsDone)
                return onPrimary.Value;
        }
    }

    private async Task<Result<T>> OnReplicaAsync<T>(
        Reading reading, ReplicaChoice choice, Func<DbConnection, CancellationToken, Task<T>> work, CancellationToken ct)
    {
        DatabaseNode node = database.Options.Nodes[choice.Index];
        long startedAt = database.Options.TimeProvider.GetTimestamp();
        DbConnection? connection = null;
        database.Load.Enter(choice.Index);
        try
        {
            connection = await node.Application.OpenConnectionAsync(ct).ConfigureAwait(false);
            if (choice.MustWait && !await CatchesUpAsync(reading, connection, ct).ConfigureAwait(false))
                return Result<T>.GoOn(DataMetrics.Words.CausalTimeout);
            if (!choice.MustWait && !reading.Required.IsEmpty)
                database.Metrics.CausalWait(DataMetrics.Words.Known);
            database.Metrics.Query(DataMetrics.Words.Read, NodeRole.Replica, node.Name);
            return Result<T>.Done(await work(connection, ct).ConfigureAwait(false));
        }
        catch (CausalWaitFailedException failure)
        {
            reading.Attempts.Failed(node, NodeRole.Replica, startedAt, failure.InnerException!);
            return Result<T>.GoOn(DataMetrics.Words.CausalFailed);
        }
        catch (Exception failure) when (IsNodeLost(failure, connection, ct))
        {
            reading.Attempts.Failed(node, NodeRole.Replica, startedAt, failure);
            return Result<T>.GoOn(DataMetrics.Words.ReplicaFailed);
        }
        catch (Exception failure) when (IsWriteRefused(failure, connection))
        {
            throw new WriteInReadException(node.Name, failure);
        }
        finally
        {
            database.Load.Leave(choice.Index);
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
        database.Load.Enter(index);
        try
        {
            connection = await node.Application.OpenConnectionAsync(ct).ConfigureAwait(false);
            if (!topology.Nodes[index].Executed.Contains(reading.Required))
                await RequireOwnWritesAsync(session, reading, node, connection, startedAt, ct).ConfigureAwait(false);
            else if (!reading.Required.IsEmpty)
                database.Metrics.CausalWait(DataMetrics.Words.Known);
            await NodeConnection.ExecuteAsync(connection, "SET SESSION transaction_read_only = 1", ct).ConfigureAwait(false);
            try
            {
                database.Metrics.Query(DataMetrics.Words.Read, NodeRole.Primary, node.Name);
                return Result<T>.Done(await work(connection, ct).ConfigureAwait(false));
            }
            finally
            {
                // Should this fail and the pool not reset the session, no harm is done: a write begins its transaction READ WRITE.
                await NodeConnection.CleanUpAsync(
                    connection, "SET SESSION transaction_read_only = DEFAULT", database.Options.TimeProvider).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (IsNodeLost(failure, connection, ct))
        {
            reading.Attempts.Failed(node, NodeRole.Primary, startedAt, failure);
            return Result<T>.GoOn(null);
        }
        catch (Exception failure) when (IsWriteRefused(failure, connection))
        {
            throw new WriteInReadException(node.Name, failure);
        }
        finally
        {
            database.Load.Leave(index);
            if (connection is not null)
                await NodeConnection.ReturnAsync(connection).ConfigureAwait(false);
        }
    }

    private async Task<bool> CatchesUpAsync(Reading reading, DbConnection connection, CancellationToken ct)
    {
        try
        {
            bool reached = await CausalBarrier.WaitAsync(
                connection, reading.Required, database.Options.CausalWait, database.Options.TimeProvider, ct).ConfigureAwait(false);
            database.Metrics.CausalWait(reached ? DataMetrics.Words.Reached : DataMetrics.Words.Timeout);
            return reached;
        }
        catch (Exception failure) when (!ct.IsCancellationRequested)
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

            TimeSpan left = database.Options.PrimaryWait - database.Options.CausalWait;
            if (left <= TimeSpan.Zero || !await CausalBarrier.WaitAsync(connection, required, left, time, ct).ConfigureAwait(false))
            {
                database.Metrics.CausalWait(DataMetrics.Words.Timeout);
                throw new CausalTokenNotReachedException(node.Name, time.GetElapsedTime(startedAt), required);
            }
        }

        database.Metrics.CausalWait(DataMetrics.Words.Reached);
    }

    private bool IsNodeLost(Exception failure, DbConnection? connection, CancellationToken ct) => connection is null
        ? NodeConnection.IsNodeFailure(failure, ct)
        : Classify(failure, connection) == FailureKind.NodeLost;

    private bool IsWriteRefused(Exception failure, DbConnection? connection) => connection is not null
        && Classify(failure, connection) is FailureKind.WriteInRead or FailureKind.ReadOnlyNode;

    private FailureKind Classify(Exception failure, DbConnection connection) =>
        ServerError.Classify(failure, database.Options.Driver.PhaseOf(failure), connection.State);

    /// <summary>What one read must see, and what it has met.</summary>
    private sealed class Reading(OperationAttempts attempts, GtidSet required)
    {
        public OperationAttempts Attempts { get; } = attempts;

        public GtidSet Required { get; set; } = required;
    }

    /// <summary>A value, or the reason to go on to the next node.</summary>
    private readonly struct Result<T>
    {
        private Result(T value, bool isDone, string? fallback) => (Value, IsDone, Fallback) = (value, isDone, fallback);

        public T Value { get; }

        public bool IsDone { get; }

        /// <summary>Why not done, as the metric's word; null when the primary itself failed.</summary>
        public string? Fallback { get; }

        public static Result<T> Done(T value) => new(value, true, null);

        public static Result<T> GoOn(string? fallback) => new(default!, false, fallback);
    }

    /// <summary>Keeps a failed wait apart from a failed read, which one other replica may still answer.</summary>
    private sealed class CausalWaitFailedException(Exception failure) : Exception(failure.Message, failure);
}
