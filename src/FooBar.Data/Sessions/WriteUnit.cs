using System.Data.Common;
using System.Runtime.ExceptionServices;
using Dapper;

namespace FooBar.Data;

/// <summary>One try of a write: the transaction with the operation's key, the work and its result.</summary>
internal sealed class WriteUnit(Database database)
{
    private const int ConflictRetries = 3;
    private const string Begin = "START TRANSACTION READ WRITE";

    private TimeProvider Time => database.Options.TimeProvider;

    private DriverCalls Calls => database.Calls;

    /// <summary>
    /// Returns when it is committed, rolled back for certain, or unconfirmed; throws when repeating it is no cure.
    /// </summary>
    public async Task<Unit<T>> RunAsync<T>(
        Writing writing, Node node, Func<DbConnection, CancellationToken, Task<T>> work, CancellationToken ct)
    {
        long triedAt = Time.GetTimestamp();
        NodeHold hold = node.Work.Begin(writing.Attempts.Deadline, ct);
        DbConnection? connection = null;
        try
        {
            try
            {
                connection = await Calls.OpenAsync(node, hold).ConfigureAwait(false);
            }
            catch (Exception failure) when (NodeFailure.IsLoss(failure, connection, hold, database.Options.Driver, ct))
            {
                return await BeginAnewAsync<T>(writing, node, triedAt, failure, FailureKind.NodeLost, ct).ConfigureAwait(false);
            }

            return await InTransactionAsync(writing, node, connection, hold, triedAt, work, ct).ConfigureAwait(false);
        }
        finally
        {
            if (connection is not null)
                await Calls.ReturnAsync(hold, connection).ConfigureAwait(false);
            node.Work.End(hold);
        }
    }

    private async Task<Unit<T>> InTransactionAsync<T>(
        Writing writing, Node node, DbConnection connection, NodeHold hold, long triedAt, Func<DbConnection, CancellationToken, Task<T>> work,
        CancellationToken ct)
    {
        T result = default!;
        bool working = false;
        try
        {
            // 1. READ WRITE is said, so that a demoted node refuses here, and a session left read-only by a read does not matter.
            if (!database.Options.Driver.TrySendWithNext(connection, Begin))
                await Calls.ExecuteAsync(hold, connection, Begin).ConfigureAwait(false);
            // 2. The key first: a repetition waits here for the first try's end instead of doing the work twice.
            bool isNew = await Calls.HeedAsync(hold, OperationTable.TryClaimAsync(connection, writing.Operation, hold.Token)).ConfigureAwait(false);
            node.NoteAnswer();
            if (!isNew)
                return await StoredAsync<T>(writing, node, connection, hold).ConfigureAwait(false);
            if (writing.WorkFailure is null)
            {
                node.Counts.Write();
                // 3. The work, and its result beside the key.
                working = true;
                result = await Calls.HeedAsync(hold, WorkAsync(work, connection, hold.Token)).ConfigureAwait(false);
                working = false;
                await Calls.HeedAsync(hold, OperationTable.StoreAsync(connection, writing.Operation, OperationTable.Serialize(result), hold.Token)).ConfigureAwait(false);
            }
            else
            {
                await Calls.HeedAsync(hold, OperationTable.DeleteAsync(connection, writing.Operation, hold.Token)).ConfigureAwait(false);
            }

            hold.ThrowIfEnded();
        }
        catch (Exception failure)
        {
            FailureKind kind = NodeFailure.Classify(failure, connection, hold, database.Options.Driver);
            await Calls.CleanUpAsync(hold, connection, "ROLLBACK").ConfigureAwait(false);
            if (hold.Ended == HoldEnd.Caller)
                hold.ThrowIfEnded();
            if (working && hold.Ended == HoldEnd.Deadline)
                throw writing.Attempts.TooLong(node, failure);
            if (MayBeginAnew(writing, kind))
                return await BeginAnewAsync<T>(writing, node, triedAt, failure, kind, ct).ConfigureAwait(false);
            if (writing.Unconfirmed is null || writing.WorkFailure is not null || hold.Ended != HoldEnd.None)
                throw;
            writing.WorkFailure = ExceptionDispatchInfo.Capture(failure);
            return new(default!, null, failure);
        }

        return await CommitAsync(writing, node, connection, hold, triedAt, result, ct).ConfigureAwait(false);
    }

    /// <summary>4. From here on nothing is known unless the server, or the driver, says so.</summary>
    private async Task<Unit<T>> CommitAsync<T>(
        Writing writing, Node node, DbConnection connection, NodeHold hold, long triedAt, T result, CancellationToken ct)
    {
        (writing.CommittingOn, writing.IsCommitting) = (node.Name, true);
        long commitAt = Time.GetTimestamp();
        try
        {
            if (!hold.TryIgnoreCaller())
            {
                await Calls.CleanUpAsync(hold, connection, "ROLLBACK").ConfigureAwait(false);
                writing.IsCommitting = false;
                ct.ThrowIfCancellationRequested();
                return await BeginAnewAsync<T>(
                    writing, node, triedAt, new OperationCanceledException("The node was lost before COMMIT."), FailureKind.NodeLost, ct).ConfigureAwait(false);
            }

            hold.Deadline = Math.Min(hold.Deadline, database.After(commitAt, writing.Attempts.LeftForCommit));
            await Calls.ExecuteAsync(hold, connection, "COMMIT").ConfigureAwait(false);
            node.NoteAnswer();
            // Whoever gives up from here on is told what came of it.
            writing.IsCommitting = false;
        }
        catch (Exception failure) when (writing.IsCommitting)
        {
            FailureKind? kind = ServerError.ProvenRollback(failure, database.Options.Driver.PhaseOf(failure));
            if (kind is null)
            {
                Attempt commit = new(node.Name, NodeRole.Primary, Time.GetElapsedTime(commitAt), failure);
                writing.Unconfirmed ??= commit;
                database.Metrics.Unanswered();
                DataTracing.Unanswered(writing.Activity, commit);
                writing.Attempts.Failed(node, NodeRole.Primary, triedAt, failure);
                DataLog.CommitUnanswered(database.Logger, writing.Operation, node.Name, failure.Message);
                writing.IsCommitting = false;
                // Where the connection stands, its transaction may too, and must not be the next one's who is lent it.
                await Calls.CleanUpAsync(hold, connection, "ROLLBACK").ConfigureAwait(false);
                return new(default!, null, failure);
            }

            await Calls.CleanUpAsync(hold, connection, "ROLLBACK").ConfigureAwait(false);
            writing.IsCommitting = false;
            if (!MayBeginAnew(writing, kind.Value))
                throw;
            return await BeginAnewAsync<T>(writing, node, triedAt, failure, kind.Value, ct).ConfigureAwait(false);
        }

        node.Standing.Succeeded();
        Resolved(writing, node, writing.WorkFailure is null ? DataMetrics.Words.Repeated : DataMetrics.Words.NotApplied);
        DataTracing.Answered(writing.Activity, node, NodeRole.Primary, DataMetrics.Words.Write, database);
        return new(result, await CommittedAsync(writing, node, connection, hold).ConfigureAwait(false), null);
    }

    private static async Task<T> WorkAsync<T>(Func<DbConnection, CancellationToken, Task<T>> work, DbConnection connection, CancellationToken ct)
    {
        WriteScope.Enter();
        return await work(connection, ct).ConfigureAwait(false);
    }

    /// <summary>Tells, once a unit is committed, what that says of an earlier COMMIT without an answer.</summary>
    private void Resolved(Writing writing, Node node, string outcome)
    {
        if (writing.Unconfirmed is not { } commit)
            return;
        // Whatever fails from here on, the outcome is known.
        writing.Unconfirmed = null;
        database.Metrics.Resolved(outcome);
        DataTracing.Resolved(writing.Activity, commit.Node, outcome, node, writing.Attempts.Elapsed);
        DataLog.CommitResolved(database.Logger, writing.Operation, commit.Node, outcome, node.Name, writing.Attempts.Elapsed.TotalMilliseconds);
    }

    private static bool MayBeginAnew(Writing writing, FailureKind kind) =>
        kind is FailureKind.NodeLost or FailureKind.ReadOnlyNode || (kind == FailureKind.Conflict && writing.Conflicts < ConflictRetries);

    /// <summary>
    /// Notes a failure after which nothing of the unit stands. A conflict waits a moment for the other transaction; everything else
    /// is about the node, which must prove itself again, by a probe that begins now.
    /// </summary>
    private async Task<Unit<T>> BeginAnewAsync<T>(
        Writing writing, Node node, long triedAt, Exception failure, FailureKind kind, CancellationToken ct)
    {
        if (kind == FailureKind.Conflict)
        {
            database.Metrics.Retry(DataMetrics.Words.Conflict);
            DataTracing.TryFailed(writing.Activity, new(node.Name, NodeRole.Primary, Time.GetElapsedTime(triedAt), failure));
            await Task.Delay(NodeConnection.Backoff(++writing.Conflicts), Time, ct).ConfigureAwait(false);
            return new(default!, null, failure);
        }

        database.Metrics.Retry(kind == FailureKind.ReadOnlyNode ? DataMetrics.Words.ReadOnlyNode : DataMetrics.Words.NodeLost);
        DataLog.WriteRepeated(database.Logger, writing.Operation, node.Name, failure.Message);
        writing.Attempts.Failed(node, NodeRole.Primary, triedAt, failure);
        return new(default!, null, failure);
    }

    /// <summary>
    /// The result of the try that was committed under this key, and a token that holds its commit; a key without one is removed, to begin anew. The row is visible a moment before
    /// its GTID is counted as executed; until then it is owned, so both are taken, the owned first.
    /// </summary>
    private async Task<Unit<T>> StoredAsync<T>(Writing writing, Node node, DbConnection connection, NodeHold hold)
    {
        await Calls.ExecuteAsync(hold, connection, "ROLLBACK").ConfigureAwait(false);
        string? result = await Calls.HeedAsync(hold, OperationTable.ReadAsync(connection, writing.Operation, hold.Token)).ConfigureAwait(false);
        if (string.IsNullOrEmpty(result))
        {
            // Another repetition may have taken it away by now.
            await Calls.HeedAsync(hold, OperationTable.DeleteUnfinishedAsync(connection, writing.Operation, hold.Token)).ConfigureAwait(false);
            return new(default!, null, new InvalidOperationException("The key was there without its operation."));
        }

        string owned = await Calls.HeedAsync(hold, connection.ExecuteScalarAsync<string>(
            new CommandDefinition("SELECT @@global.gtid_owned", cancellationToken: hold.Token))).ConfigureAwait(false) ?? "";
        GtidSet executed = await Calls.HeedAsync(hold, CausalBarrier.ExecutedAsync(connection, hold.Token)).ConfigureAwait(false);
        Resolved(writing, node, DataMetrics.Words.Committed);
        // It was the work of a later try that failed.
        writing.WorkFailure = null;
        DataTracing.Answered(writing.Activity, node, NodeRole.Primary, DataMetrics.Words.Duplicate, database);
        return new(
            OperationTable.Deserialize<T>(writing.Operation, result),
            GtidSet.TryParse(GtidOwnership.WithoutOwners(owned), out GtidSet? committing) ? executed.Union(committing) : executed, null);
    }

    /// <summary>The commit's GTIDs: from the driver, else from the server. The write is done whatever happens here.</summary>
    private async Task<GtidSet?> CommittedAsync(Writing writing, Node node, DbConnection connection, NodeHold hold)
    {
        try
        {
            if (GtidSet.TryParse(database.Options.Driver.CommittedGtids(connection), out GtidSet? gtids) && !gtids.IsEmpty)
                return gtids;
            using CancellationTokenSource deadline = DriverDeadline.After(database.Options.CausalWait, database.Options.Driver, Time);
            return await Calls.HeedAsync(hold, CausalBarrier.ExecutedAsync(connection, deadline.Token), deadline.Token).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            DataLog.TokenLost(database.Logger, writing.Operation, node.Name, failure);
            database.Monitor.ProbeNow();
            return null;
        }
    }
}
