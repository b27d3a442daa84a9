using System.Data.Common;
using System.Diagnostics;
using System.Runtime.CompilerServices;

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
/// A read that meets no trouble costs its task and nothing else: what it has met is an object only from the first trouble on, its state
/// is pooled, and its hold on the node is lent (see <see cref="NodeWork"/>).
/// </para>
/// </remarks>
internal sealed class ReadRunner(Database database, PrimaryReader primary)
{
    /// <summary>A hundred reads that a replica had in hand when it died are all at the next one at once; more of them wait for a probe of it.</summary>
    private readonly RetryBudget _budget = new(most: 100);

    private TimeProvider Time => database.Options.TimeProvider;

    public Task<T> RunAsync<T>(
        DatabaseSession session, Func<DbConnection, CancellationToken, Task<T>> work, Freshness freshness, CancellationToken ct)
    {
        return DataTracing.IsHeard ? RunTracedAsync(session, work, freshness, ct) : RunAsync(session, work, freshness, activity: null, ct);
    }

    /// <summary>The read itself.</summary>
    /// <param name="session">Whose it is.</param>
    /// <param name="work">What it does.</param>
    /// <param name="freshness">How new the answer must be.</param>
    /// <param name="reading">What it has met already; null for nothing.</param>
    /// <param name="ct">The caller's token.</param>
    public Task<T> RunAsync<T>(
        DatabaseSession session, Func<DbConnection, CancellationToken, Task<T>> work, Freshness freshness, Reading? reading, CancellationToken ct) =>
        ReadAsync(session, work, freshness, reading, ct).AsTask();

    internal Reading NewReading(long startedAt, Activity? activity = null) =>
        new(new(database, DataMetrics.Words.Read, startedAt) { Activity = activity });

    /// <summary>Tries whichever node the topology of the moment gives, or waits for one, until one answers.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<T> ReadAsync<T>(
        DatabaseSession session, Func<DbConnection, CancellationToken, Task<T>> work, Freshness freshness, Reading? reading, CancellationToken ct)
    {
        database.RequireStarted();
        WriteScope.Refuse("ReadAsync");
        long startedAt = Time.GetTimestamp();
        // For all its tries: with a turn for each, two replicas and a try at the second would have every read begin with the one that fails.
        uint turn = database.NextTurn();
        _budget.Earn();
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            if (reading is not null)
                await ReadyAsync(reading, ct).ConfigureAwait(false);
            (ReadNeed need, Node? node, bool mustWait) = Choose(session, freshness, reading, reading is null ? startedAt : Time.GetTimestamp(), turn);
            if (node is null)
            {
                Answer<T> answer = await ElsewhereAsync(session, need, work, reading ?? NewReading(startedAt), ct).ConfigureAwait(false);
                if (answer.IsGiven)
                    return answer.Value;
                reading = answer.Met;
                continue;
            }

            long triedAt = reading is null ? startedAt : Time.GetTimestamp();
            reading?.Node = node;
            NodeHold hold = node.Work.Begin(database.DeadlineOf(startedAt), ct);
            DbConnection? connection = null;
            bool working = false;
            try
            {
                connection = await database.Calls.OpenAsync(node, hold).ConfigureAwait(false);
                if (mustWait)
                {
                    if (!await CatchesUpAsync(node, reading?.Activity, need.Required, connection, hold, ct).ConfigureAwait(false))
                    {
                        reading ??= NewReading(startedAt);
                        (reading.HasWaited, reading.Reason) = (true, DataMetrics.Words.CausalTimeout);
                        continue;
                    }

                    node.NoteAnswer();
                }
                else if (!need.Own.IsEmpty)
                {
                    database.Metrics.CausalWait(DataMetrics.Words.Known);
                    DataTracing.CausalWait(reading?.Activity, DataMetrics.Words.Known);
                }

                node.Counts.Read(NodeRole.Replica);
                working = true;
                T value = await database.Calls.HeedAsync(hold, work(connection, hold.Token)).ConfigureAwait(false);
                node.Standing.Succeeded();
                string reason = reading?.Reason ?? DataMetrics.Words.Replica;
                database.Metrics.Read(NodeRole.Replica, reason);
                DataTracing.Answered(reading?.Activity, node, NodeRole.Replica, reason, database);
                return value;
            }
            catch (Exception) when (hold.Ended == HoldEnd.Caller)
            {
                // Whatever driver and work make of it.
                hold.ThrowIfEnded();
                throw;
            }
            catch (CausalWaitFailedException failure)
            {
                reading = Met(reading, startedAt, node, triedAt, failure.InnerException!, DataMetrics.Words.CausalFailed);
            }
            catch (Exception failure) when (working && hold.Ended == HoldEnd.Deadline)
            {
                throw (reading ?? NewReading(startedAt)).Attempts.TooLong(node, failure);
            }
            catch (Exception failure) when (NodeFailure.IsLoss(failure, connection, hold, database.Options.Driver, ct))
            {
                reading = Met(reading, startedAt, node, triedAt, failure, DataMetrics.Words.ReplicaFailed);
            }
            catch (Exception failure) when (NodeFailure.IsWriteRefused(failure, connection, hold, database.Options.Driver))
            {
                throw new WriteInReadException(node.Name, failure);
            }
            finally
            {
                if (connection is not null)
                    await database.Calls.ReturnAsync(hold, connection).ConfigureAwait(false);
                node.Work.End(hold);
            }
        }
    }

    /// <summary>What the read needs at this moment, and the replica to ask, which may have to catch up first; null for none.</summary>
    private (ReadNeed Need, Node? Node, bool MustWait) Choose(DatabaseSession session, Freshness freshness, Reading? reading, long now, uint turn)
    {
        ReadNeed need = ReadNeed.Of(session, freshness, database.Samples, now, Time);
        if (need.OnlyPrimary)
            return (need, null, false);
        ReplicaChoice choice = ReplicaChoice.Among(
            database.Topology.States, need.Required, turn, new(now, Time, database.Options.PreferredLocation), reading?.Failed);
        return (need, choice.MustWait && reading is { HasWaited: true } ? null : choice.Node, choice.MustWait);
    }

    /// <summary>After trouble: the time may be over, or too many reads be repeated; then until a node has answered a probe since, while others earn what retries cost.</summary>
    private static async ValueTask ReadyAsync(Reading reading, CancellationToken ct)
    {
        reading.Attempts.ThrowIfOver();
        if (!reading.MustPause)
            return;
        await reading.Attempts.WaitForNodeAsync(reading.Attempts.HasAnsweredSince, regardless: false, ct).ConfigureAwait(false);
        reading.MustPause = false;
        ct.ThrowIfCancellationRequested();
        reading.Attempts.ThrowIfOver();
    }

    private Reading Met(Reading? reading, long startedAt, Node node, long triedAt, Exception failure, string reason)
    {
        reading ??= NewReading(startedAt);
        reading.Attempts.Failed(node, NodeRole.Replica, triedAt, failure);
        reading.Reason = reason;
        reading.MustPause = !_budget.TryPay();
        reading.HasWaited |= reason == DataMetrics.Words.CausalFailed;
        (reading.Failed ??= []).Add(node);
        return reading;
    }

    /// <summary>The primary, or the wait for a node.</summary>
    private async ValueTask<Answer<T>> ElsewhereAsync<T>(
        DatabaseSession session, ReadNeed need, Func<DbConnection, CancellationToken, Task<T>> work, Reading reading, CancellationToken ct)
    {
        Topology topology = database.Topology;
        if (reading.Attempts.IsProven(topology))
            return await primary.ReadAsync(session, need, work, reading, topology, ct).ConfigureAwait(false);

        await reading.Attempts.WaitForNodeAsync(next => reading.CanGoOn(next, need), regardless: false, ct).ConfigureAwait(false);
        reading.WasHeld = true;
        // Whoever failed has its next chance: it has answered a probe since, or others are there.
        reading.Failed = null;
        return new(reading);
    }

    private async Task<bool> CatchesUpAsync(
        Node node, Activity? activity, GtidSet required, DbConnection connection, NodeHold hold, CancellationToken caller)
    {
        long waitingSince = Time.GetTimestamp();
        try
        {
            bool reached = await database.Calls.CatchesUpAsync(hold, connection, required, database.Options.CausalWait).ConfigureAwait(false);
            CausalBarrier.Ended(database, activity, node, reached ? DataMetrics.Words.Reached : DataMetrics.Words.Timeout, waitingSince);
            return reached;
        }
        catch (Exception failure) when (!caller.IsCancellationRequested)
        {
            CausalBarrier.Ended(database, activity, node, DataMetrics.Words.Failed, waitingSince);
            throw new CausalWaitFailedException(failure);
        }
    }

    private Task<T> RunAsync<T>(
        DatabaseSession session, Func<DbConnection, CancellationToken, Task<T>> work, Freshness freshness, Activity? activity, CancellationToken ct)
    {
        if (database.Hedges is not null && freshness == Freshness.Any)
            return database.Hedges.RunAsync(this, session, work, activity, ct);
        return RunAsync(session, work, freshness, activity is null ? null : NewReading(Time.GetTimestamp(), activity), ct);
    }

    private async Task<T> RunTracedAsync<T>(
        DatabaseSession session, Func<DbConnection, CancellationToken, Task<T>> work, Freshness freshness, CancellationToken ct)
    {
        using Activity? activity = DataTracing.Begin(DataMetrics.Words.Read);
        activity?.SetTag("foobar.freshness", freshness.ToString());
        try
        {
            return await RunAsync(session, work, freshness, activity, ct).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            DataTracing.Failed(activity, failure, database);
            throw;
        }
    }

    /// <summary>Keeps a failed wait apart from a failed read, which one other replica may still answer.</summary>
    private sealed class CausalWaitFailedException(Exception failure) : Exception(failure.Message, failure);
}

/// <summary>A value, or none and what was met: the next node has to be asked.</summary>
internal readonly struct Answer<T>
{
    public Answer(T value) => (Value, IsGiven) = (value, true);

    public Answer(Reading met) => (Value, Met) = (default!, met);

    public T Value { get; }

    public bool IsGiven { get; }

    public Reading? Met { get; }
}
