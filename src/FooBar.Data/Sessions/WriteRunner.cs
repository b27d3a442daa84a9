using System.Data.Common;
using Dapper;

namespace FooBar.Data;

/// <summary>
/// Runs writes: one transaction on the proven primary with the operation's key in it. What was rolled back for certain is begun anew;
/// what a COMMIT may have done is never guessed.
/// </summary>
internal sealed class WriteRunner(Database database)
{
    private const int ConflictRetries = 3;

    private TimeProvider Time => database.Options.TimeProvider;

    /// <summary>The work's result, or the stored one of an earlier try, and the commit's GTIDs; null when they could not be learned.</summary>
    public async Task<(T Result, GtidSet? Gtids)> RunAsync<T>(
        OperationId operation, Func<DbConnection, CancellationToken, Task<T>> work, CancellationToken ct)
    {
        database.RequireStarted();
        if (operation.Value == Guid.Empty)
            throw new ArgumentException("The operation id is empty: make one with OperationId.New().", nameof(operation));
        Writing writing = new(operation, new(database, DataMetrics.Words.Write));
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            Topology topology = database.Topology;
            if (!writing.Attempts.IsProven(topology))
                topology = await writing.Attempts.WaitForNodeAsync(orReplica: false, ct).ConfigureAwait(false);
            DatabaseNode node = database.Options.Nodes[topology.WriterIndex];
            database.Load.Enter(topology.WriterIndex);
            try
            {
                Unit<T> unit = await RunUnitAsync(writing, node, work, ct).ConfigureAwait(false);
                if (unit.RolledBack is null)
                    return (unit.Result, unit.Gtids);
            }
            finally
            {
                database.Load.Leave(topology.WriterIndex);
            }
        }
    }

    /// <summary>One try of the whole unit. Returns when it is committed or rolled back for certain; throws when repeating it is no cure.</summary>
    private async Task<Unit<T>> RunUnitAsync<T>(
        Writing writing, DatabaseNode node, Func<DbConnection, CancellationToken, Task<T>> work, CancellationToken ct)
    {
        long startedAt = Time.GetTimestamp();
        DbConnection connection;
        try
        {
            connection = await node.Application.OpenConnectionAsync(ct).ConfigureAwait(false);
        }
        catch (Exception failure) when (NodeConnection.IsNodeFailure(failure, ct))
        {
            return await BeginAnewAsync<T>(writing, node, startedAt, failure, FailureKind.NodeLost, ct).ConfigureAwait(false);
        }

        try
        {
            T result;
            try
            {
                // 1. READ WRITE is said, so that a demoted node refuses here, and a session left read-only by a read does not matter.
                await NodeConnection.ExecuteAsync(connection, "START TRANSACTION READ WRITE", ct).ConfigureAwait(false);
                // 2. The key first: a repetition waits here for the first try's end instead of doing the work twice.
                if (!await OperationTable.TryClaimAsync(connection, writing.Operation, ct).ConfigureAwait(false))
                    return await StoredAsync<T>(writing, connection, ct).ConfigureAwait(false);
                database.Metrics.Query(DataMetrics.Words.Write, NodeRole.Primary, node.Name);
                // 3. The work, and its result beside the key.
                result = await work(connection, ct).ConfigureAwait(false);
                await OperationTable.StoreAsync(connection, writing.Operation, OperationTable.Serialize(result), ct).ConfigureAwait(false);
                ct.ThrowIfCancellationRequested();
            }
            catch (Exception failure)
            {
                FailureKind kind = ServerError.Classify(failure, database.Options.Driver.PhaseOf(failure), connection.State);
                await NodeConnection.CleanUpAsync(connection, "ROLLBACK", Time).ConfigureAwait(false);
                if (!MayBeginAnew(writing, kind))
                    throw;
                return await BeginAnewAsync<T>(writing, node, startedAt, failure, kind, ct).ConfigureAwait(false);
            }

            // 4. From here on nothing is repeated unless the server, or the driver, proves that nothing was done.
            long commitAt = Time.GetTimestamp();
            try
            {
                using CancellationTokenSource deadline = new(database.Options.PrimaryWait, Time);
                await NodeConnection.ExecuteAsync(connection, "COMMIT", deadline.Token).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                FailureKind? kind = ServerError.ProvenRollback(failure, database.Options.Driver.PhaseOf(failure));
                if (kind is null)
                {
                    database.Monitor.ProbeNow();
                    database.Metrics.Unknown();
                    DataLog.OutcomeUnknown(database.Logger, writing.Operation, node.Name, failure);
                    throw new OutcomeUnknownException(writing.Operation, node.Name, Time.GetElapsedTime(commitAt), failure);
                }

                await NodeConnection.CleanUpAsync(connection, "ROLLBACK", Time).ConfigureAwait(false);
                if (!MayBeginAnew(writing, kind.Value))
                    throw;
                return await BeginAnewAsync<T>(writing, node, startedAt, failure, kind.Value, ct).ConfigureAwait(false);
            }

            return new(result, await CommittedAsync(writing, node, connection).ConfigureAwait(false), null);
        }
        finally
        {
            await NodeConnection.ReturnAsync(connection).ConfigureAwait(false);
        }
    }

    private static bool MayBeginAnew(Writing writing, FailureKind kind) =>
        kind is FailureKind.NodeLost or FailureKind.ReadOnlyNode || (kind == FailureKind.Conflict && writing.Conflicts < ConflictRetries);

    /// <summary>
    /// Notes a failure after which nothing of the unit stands. A conflict waits a moment for the other transaction; everything else
    /// is about the node, which must prove itself again, by a probe that begins now.
    /// </summary>
    private async Task<Unit<T>> BeginAnewAsync<T>(
        Writing writing, DatabaseNode node, long startedAt, Exception failure, FailureKind kind, CancellationToken ct)
    {
        if (kind == FailureKind.Conflict)
        {
            database.Metrics.Retry(DataMetrics.Words.Conflict);
            await Task.Delay(NodeConnection.Backoff(++writing.Conflicts), Time, ct).ConfigureAwait(false);
            return new(default!, null, failure);
        }

        database.Metrics.Retry(kind == FailureKind.ReadOnlyNode ? DataMetrics.Words.ReadOnlyNode : DataMetrics.Words.NodeLost);
        DataLog.WriteRepeated(database.Logger, writing.Operation, node.Name, failure.Message);
        writing.Attempts.Failed(node, NodeRole.Primary, startedAt, failure);
        return new(default!, null, failure);
    }

    /// <summary>
    /// The result of the try that was committed under this key, and a token that holds its commit. The row is visible a moment before
    /// its GTID is counted as executed; until then it is owned, so both are taken, the owned first.
    /// </summary>
    private static async Task<Unit<T>> StoredAsync<T>(Writing writing, DbConnection connection, CancellationToken ct)
    {
        await NodeConnection.ExecuteAsync(connection, "ROLLBACK", ct).ConfigureAwait(false);
        string result = await OperationTable.ReadAsync(connection, writing.Operation, ct).ConfigureAwait(false)
            ?? throw new InvalidOperationException(
                $"Operation {writing.Operation} was found and is gone: are operations younger than their repetitions being deleted?");
        string owned = await connection.ExecuteScalarAsync<string>(
            new CommandDefinition("SELECT @@global.gtid_owned", cancellationToken: ct)).ConfigureAwait(false) ?? "";
        GtidSet executed = await CausalBarrier.ExecutedAsync(connection, ct).ConfigureAwait(false);
        return new(
            OperationTable.Deserialize<T>(writing.Operation, result),
            GtidSet.TryParse(GtidOwnership.WithoutOwners(owned), out GtidSet? committing) ? executed.Union(committing) : executed, null);
    }

    /// <summary>The commit's GTIDs: from the driver, else from the server. The write is done whatever happens here.</summary>
    private async Task<GtidSet?> CommittedAsync(Writing writing, DatabaseNode node, DbConnection connection)
    {
        try
        {
            if (GtidSet.TryParse(database.Options.Driver.CommittedGtids(connection), out GtidSet? gtids) && !gtids.IsEmpty)
                return gtids;
            using CancellationTokenSource deadline = new(database.Options.CausalWait, Time);
            return await CausalBarrier.ExecutedAsync(connection, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            DataLog.TokenLost(database.Logger, writing.Operation, node.Name, failure);
            return null;
        }
    }

    /// <summary>The operation, and what it has met.</summary>
    private sealed class Writing(OperationId operation, OperationAttempts attempts)
    {
        public OperationId Operation { get; } = operation;

        public OperationAttempts Attempts { get; } = attempts;

        public int Conflicts { get; set; }
    }

    /// <summary>A unit's result and GTIDs, or the failure by which it was rolled back.</summary>
    private readonly record struct Unit<T>(T Result, GtidSet? Gtids, Exception? RolledBack);
}
