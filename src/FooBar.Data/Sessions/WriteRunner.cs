using System.Data.Common;
using System.Diagnostics;

namespace FooBar.Data;

/// <summary>
/// Runs writes: one transaction on the proven primary with the operation's key in it (<see cref="WriteUnit"/>). What was rolled back for certain
/// is begun anew; what a COMMIT may have done is never guessed.
/// </summary>
/// <remarks>
/// A COMMIT without an answer is resolved by running the unit again, under the same key, on the primary that is proven since. Either the
/// key is there: the first try is committed, and its stored result is the answer. Or the key goes in and is committed: then the first
/// try never can be. On the same server it holds, or held, the key's row lock, for which the insert waits; a transaction that another
/// member had not certified yet fails its certification, for both wrote the same key. If it was certified first, ours fails instead
/// (3101 in answer to COMMIT), which is unknown again and resolved again. A SELECT would race with a commit in flight. Where the work fails when
/// it is run again, the key goes in and out in one transaction instead, which proves as much and leaves nothing.
/// </remarks>
internal sealed class WriteRunner(Database database, WriteUnit unit)
{
    /// <summary>The work's result, or the stored one of an earlier try. The session remembers the commit.</summary>
    public async Task<T> RunAsync<T>(
        DatabaseSession session, OperationId operation, Func<DbConnection, CancellationToken, Task<T>> work, CancellationToken ct)
    {
        database.RequireStarted();
        if (operation.Value == Guid.Empty)
            throw new ArgumentException("The operation id is empty: make one with OperationId.New().", nameof(operation));
        WriteScope.Refuse("WriteAsync");
        using Activity? activity = DataTracing.Begin(DataMetrics.Words.Write);
        Writing writing = new(operation, new(database, DataMetrics.Words.Write, database.Options.TimeProvider.GetTimestamp()) { Activity = activity });
        try
        {
            Task<T> running = CompleteAsync(session, writing, work, ct);
            return await (ct.CanBeCanceled ? HeedAsync(running, writing, ct) : running).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            DataTracing.Failed(activity, failure, database);
            throw;
        }
    }

    /// <summary>
    /// Before its COMMIT a write heeds the caller's token itself, and has ended when the call does. From there on it must hear what comes of it, and
    /// goes on by itself, while whoever gave up is told at once what is known: nothing.
    /// </summary>
    private async Task<T> HeedAsync<T>(Task<T> running, Writing writing, CancellationToken ct)
    {
        try
        {
            return await running.WaitAsync(ct).ConfigureAwait(false);
        }
        catch (OperationCanceledException cancelled) when (ct.IsCancellationRequested)
        {
            // It may have ended since: the token ends its own waits too, and what it says then, that the outcome is unknown say, is the answer.
            if (running.IsCompleted || !writing.IsCommitting)
                return await running.ConfigureAwait(false);
            writing.IsLeft = true;
            _ = running.ContinueWith(static task => task.Exception, TaskScheduler.Default);
            Attempt commit = new(writing.CommittingOn, NodeRole.Primary, writing.Attempts.Elapsed, cancelled);
            throw Unknown(writing, commit, cancelled);
        }
    }

    private async Task<T> CompleteAsync<T>(
        DatabaseSession session, Writing writing, Func<DbConnection, CancellationToken, Task<T>> work, CancellationToken ct)
    {
        try
        {
            Unit<T> done = await UntilDoneAsync(writing, work, ct).ConfigureAwait(false);
            session.Remember(done.Gtids);
            // Nothing of the operation stands, nor ever will: what its work threw is the answer.
            writing.WorkFailure?.Throw();
            return done.Result;
        }
        catch (Exception failure) when (writing.Unconfirmed is { } commit)
        {
            // However sure it is that a later try did nothing, the COMMIT of the first one may have: no time left, or the caller gone.
            if (writing.IsLeft)
                throw;
            throw Unknown(writing, commit, failure);
        }
    }

    private async Task<Unit<T>> UntilDoneAsync<T>(Writing writing, Func<DbConnection, CancellationToken, Task<T>> work, CancellationToken ct)
    {
        // Who has waited once is among those that may.
        bool held = false;
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            Topology topology = database.Topology;
            if (!writing.Attempts.IsProven(topology))
            {
                bool isUnconfirmed = writing.Unconfirmed is not null;
                topology = await writing.Attempts.WaitForNodeAsync(
                    writing.Attempts.IsProven, regardless: held || isUnconfirmed, ct, toTheEnd: isUnconfirmed).ConfigureAwait(false);
                held = true;
            }

            writing.Attempts.ThrowIfOver();
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
                Unit<T> tried = await unit.RunAsync(writing, topology.Primary!.Node, work, ct).ConfigureAwait(false);
                done = tried.RolledBack is null;
                if (done)
                    return tried;
            }
            finally
            {
                database.Gate.Leave(turn, done);
            }
        }
    }

    private OutcomeUnknownException Unknown(Writing writing, Attempt commit, Exception unresolved)
    {
        database.Metrics.Unknown();
        DataTracing.Unknown(writing.Activity, commit);
        DataLog.OutcomeUnknown(database.Logger, writing.Operation, commit.Node, commit.Failure);
        return new(writing.Operation, commit, writing.Attempts.Elapsed, unresolved);
    }
}
