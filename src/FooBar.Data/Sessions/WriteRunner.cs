using System.Data.Common;
using Dapper;

namespace FooBar.Data;

/// <summary>
/// Runs writes: one transaction on the proven primary with the operation's key in it. What was rolled back for certain is begun anew;
/// what a COMMIT may have done is never guessed.
/// </summary>
/// <remarks>
/// A COMMIT without an answer is resolved by running the unit again, under the same key, on the primary that is proven since. Either the
/// key is there: the first try is committed, and its stored result is the answer. Or the key goes in and is committed: then the first
/// try never can be. On the same server it holds, or held, the key's row lock, for which the insert waits; a transaction that another
/// member had not certified yet fails its certification, for both wrote the same key. If it was certified first, ours fails instead
/// (3101 in answer to COMMIT), which is unknown again and resolved again. A SELECT would race with a commit in flight.
/// </remarks>
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
        // Who has waited once is among those that may.
        bool held = false;
        try
        {
            while (true)
            {
                ct.ThrowIfCancellationRequested();
                Topology topology = database.Topology;
                if (!writing.Attempts.IsProven(topology))
                {
                    topology = await writing.Attempts.WaitForNodeAsync(
                        writing.Attempts.IsProven, regardless: held || writing.Unconfirmed is not null, ct).ConfigureAwait(false);
                    held = true;
                }

                // An unknown outcome does not stand in line: there are few of them, and it would be for nothing to wait until time is over.
                WriteTurn turn = database.Gate.TryEnter(topology.Epoch, pastTheLine: writing.Unconfirmed is not null)
                    ?? await writing.Attempts.WaitForTurnAsync(topology.Epoch, regardless: held, ct).ConfigureAwait(false);
                held = true;
                bool done = false;
                try
                {
                    // Looked at anew: while it waited for its turn, the primary may have been lost again, or another one have come.
                    topology = database.Topology;
                    if (!writing.Attempts.IsProven(topology) || topology.Epoch != turn.Epoch)
                        continue;
                    // Also a work that throws shows that the primary gets things done.
                    done = true;
                    Unit<T> unit = await RunUnitAsync(writing, topology.WriterIndex, work, ct).ConfigureAwait(false);
                    done = unit.RolledBack is null;
                    if (done)
                        return (unit.Result, unit.Gtids);
                }
                finally
                {
                    database.Gate.Leave(turn, done);
                }
            }
        }
        catch (Exception failure) when (writing.Unconfirmed is { } commit)
        {
            // However sure it is that a later try did nothing, the COMMIT of the first one may have: no time left, the caller gone, or
            // the work itself failing this time makes its outcome no better known.
            database.Metrics.Unknown();
            DataLog.OutcomeUnknown(database.Logger, writing.Operation, commit.Node, commit.Failure);
            throw new OutcomeUnknownException(writing.Operation, commit, writing.Attempts.Elapsed, failure);
        }
    }

    /// <summary>
    /// One try of the whole unit. Returns when it is committed, rolled back for certain, or unconfirmed; throws when repeating it is no
    /// cure.
    /// </summary>
    private async Task<Unit<T>> RunUnitAsync<T>(
        Writing writing, int index, Func<DbConnection, CancellationToken, Task<T>> work, CancellationToken ct)
    {
        DatabaseNode node = database.Options.Nodes[index];
        long startedAt = Time.GetTimestamp();
        // Bounded for the sake of the key: the insert may wait for the row lock of another transaction, and that one for a majority.
        using NodeHold hold = new(
            database, index, writing.Unconfirmed is null ? writing.Attempts.LeftForTry : writing.Attempts.Left, ct);
        DbConnection connection;
        try
        {
            connection = await node.Application.OpenConnectionAsync(hold.Token).ConfigureAwait(false);
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
                await NodeConnection.ExecuteAsync(connection, "START TRANSACTION READ WRITE", hold.Token).ConfigureAwait(false);
                hold.NoteAnswer();
                // 2. The key first: a repetition waits here for the first try's end instead of doing the work twice.
                if (!await OperationTable.TryClaimAsync(connection, writing.Operation, hold.Token).ConfigureAwait(false))
                    return await StoredAsync<T>(writing, node, connection, hold.Token).ConfigureAwait(false);
                // How long the work may take is the caller's to say, but for one that an unconfirmed COMMIT waits for.
                if (writing.Unconfirmed is null)
                    hold.LiftDeadline();
                database.Metrics.Query(DataMetrics.Words.Write, NodeRole.Primary, node.Name);
                // 3. The work, and its result beside the key.
                result = await work(connection, hold.Token).ConfigureAwait(false);
                await OperationTable.StoreAsync(connection, writing.Operation, OperationTable.Serialize(result), hold.Token).ConfigureAwait(false);
                hold.Token.ThrowIfCancellationRequested();
            }
            catch (Exception failure)
            {
                FailureKind kind = hold.Classify(failure, connection);
                await NodeConnection.CleanUpAsync(connection, "ROLLBACK", Time).ConfigureAwait(false);
                if (!MayBeginAnew(writing, kind))
                    throw;
                return await BeginAnewAsync<T>(writing, node, startedAt, failure, kind, ct).ConfigureAwait(false);
            }

            // 4. From here on nothing is known unless the server, or the driver, says so.
            long commitAt = Time.GetTimestamp();
            try
            {
                await hold.CommitAsync(connection, writing.Attempts.LeftForCommit).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                FailureKind? kind = ServerError.ProvenRollback(failure, database.Options.Driver.PhaseOf(failure));
                if (kind is null)
                {
                    writing.Unconfirmed ??= new(node.Name, NodeRole.Primary, Time.GetElapsedTime(commitAt), failure);
                    writing.Attempts.Failed(node, NodeRole.Primary, startedAt, failure);
                    DataLog.CommitUnanswered(database.Logger, writing.Operation, node.Name, failure.Message);
                    return new(default!, null, failure);
                }

                await NodeConnection.CleanUpAsync(connection, "ROLLBACK", Time).ConfigureAwait(false);
                if (!MayBeginAnew(writing, kind.Value))
                    throw;
                return await BeginAnewAsync<T>(writing, node, startedAt, failure, kind.Value, ct).ConfigureAwait(false);
            }

            Resolved(writing, node, DataMetrics.Words.Repeated);
            return new(result, await CommittedAsync(writing, node, connection).ConfigureAwait(false), null);
        }
        finally
        {
            await NodeConnection.ReturnAsync(connection).ConfigureAwait(false);
        }
    }

    /// <summary>Tells, once a unit is committed, what that says of an earlier COMMIT without an answer.</summary>
    private void Resolved(Writing writing, DatabaseNode node, string outcome)
    {
        if (writing.Unconfirmed is not { } commit)
            return;
        // Whatever fails from here on, the outcome is known.
        writing.Unconfirmed = null;
        database.Metrics.Resolved(outcome);
        DataLog.CommitResolved(database.Logger, writing.Operation, commit.Node, outcome, node.Name, writing.Attempts.Elapsed.TotalMilliseconds);
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
    private async Task<Unit<T>> StoredAsync<T>(Writing writing, DatabaseNode node, DbConnection connection, CancellationToken ct)
    {
        await NodeConnection.ExecuteAsync(connection, "ROLLBACK", ct).ConfigureAwait(false);
        string result = await OperationTable.ReadAsync(connection, writing.Operation, ct).ConfigureAwait(false)
            ?? throw new InvalidOperationException(
                $"Operation {writing.Operation} was found and is gone: are operations younger than their repetitions being deleted?");
        string owned = await connection.ExecuteScalarAsync<string>(
            new CommandDefinition("SELECT @@global.gtid_owned", cancellationToken: ct)).ConfigureAwait(false) ?? "";
        GtidSet executed = await CausalBarrier.ExecutedAsync(connection, ct).ConfigureAwait(false);
        Resolved(writing, node, DataMetrics.Words.Committed);
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
            database.Monitor.ProbeNow();
            return null;
        }
    }

    /// <summary>The operation, and what it has met.</summary>
    private sealed class Writing(OperationId operation, OperationAttempts attempts)
    {
        public OperationId Operation { get; } = operation;

        public OperationAttempts Attempts { get; } = attempts;

        public int Conflicts { get; set; }

        /// <summary>The first COMMIT whose outcome is open; null while there is none. Once set, only a committed unit settles it.</summary>
        public Attempt? Unconfirmed { get; set; }
    }

    /// <summary>A unit's result and GTIDs, or the failure after which it is to be run again.</summary>
    private readonly record struct Unit<T>(T Result, GtidSet? Gtids, Exception? RolledBack);
}
