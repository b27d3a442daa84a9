using System.Diagnostics;

namespace FooBar.Data;

/// <summary>
/// What one operation has met so far, and how much of its time is left: <see cref="DatabaseOptions.OperationTimeout"/> for everything, of which
/// <see cref="DatabaseOptions.PrimaryWait"/> for waiting until a node is there.
/// </summary>
internal sealed class OperationAttempts(Database database, string operation, long startedAt)
{
    private readonly TimeProvider _time = database.Options.TimeProvider;
    private List<Attempt>? _failed;
    private long _provenAfter = long.MinValue;
    private long _answeredAfter = long.MinValue;

    /// <summary>The operation's trace; null when nobody listens.</summary>
    public Activity? Activity { get; init; }

    /// <summary>What is left of the operation's time; zero or less when it is over.</summary>
    public TimeSpan Left => database.Options.OperationTimeout - Elapsed;

    /// <summary>The timestamp at which the operation's time is over.</summary>
    public long Deadline => database.DeadlineOf(startedAt);

    /// <summary>
    /// The time for a COMMIT: half of the time in which it may still wait for another primary, so that as much remains to find out there
    /// what became of it, and at least half of what is set aside for that; but never longer than what is left.
    /// </summary>
    public TimeSpan LeftForCommit => Shorter(Longer(LeftToWait / 2, database.Options.CompletionTime / 2), Longer(Left, ShortestCommit));

    /// <summary>The time since the operation began.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(startedAt);

    private static readonly TimeSpan ShortestCommit = TimeSpan.FromMilliseconds(100);

    /// <summary>What is left of the time in which it may wait for a node; zero or less when it is over.</summary>
    private TimeSpan LeftToWait => database.Options.PrimaryWait - Elapsed;

    /// <summary>Whether the primary is proven, and by a probe that began later than this operation's last failure there.</summary>
    public bool IsProven(Topology topology) => topology.Primary?.ProvenAt > _provenAfter;

    /// <summary>Whether the node is a replica, by a probe that began later than this operation's last failure anywhere.</summary>
    public bool IsReplicaSince(NodeState node) => node.Role == NodeRole.Replica && node.ProvenAt > _answeredAfter;

    /// <summary>Whether a node that serves has answered a probe that began later than this operation's last failure.</summary>
    public bool HasAnsweredSince(Topology topology) =>
        topology.Nodes.Any(node => node.Role is NodeRole.Primary or NodeRole.Replica && node.ProvenAt > _answeredAfter);

    /// <summary>Ends an operation that has no time for another try.</summary>
    /// <exception cref="DatabaseUnavailableException">It has none.</exception>
    public void ThrowIfOver()
    {
        if (Left <= TimeSpan.Zero)
            throw Unavailable();
    }

    /// <summary>Notes a node's failure and has the monitor look at once.</summary>
    public void Failed(Node node, NodeRole role, long triedAt, Exception failure)
    {
        long now = _time.GetTimestamp();
        Attempt attempt = new(node.Name, role, _time.GetElapsedTime(triedAt, now), failure);
        (_failed ??= []).Add(attempt);
        database.Metrics.TryFailed(operation, attempt);
        DataTracing.TryFailed(Activity, attempt);
        _answeredAfter = now;
        if (role == NodeRole.Primary)
            _provenAfter = now;
        // A wait that was not answered says that the node is busy, and it is busy for all of them at once: left out, as the only one it may be, it would help nobody.
        if (failure is not UnansweredWaitException && node.Standing.Failed(now, _time) is { } ejected)
            DataLog.Ejected(database.Logger, node.Name, ejected.TotalSeconds, failure.Message);
        database.Monitor.ProbeNow();
    }

    /// <summary>
    /// Waits until the topology is usable, after a pause that grows with the failures: also when a usable node is in sight, or an
    /// account that it refuses, say, would be tried without end.
    /// </summary>
    /// <param name="usable">The condition.</param>
    /// <param name="regardless">Waits even if too many do: something of the operation may have been executed, or it has waited before.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <param name="toTheEnd">
    /// Whether it may wait for as long as the operation has time, and not for <see cref="DatabaseOptions.PrimaryWait"/> alone: to find out what was done.
    /// </param>
    /// <exception cref="DatabaseUnavailableException">It was not in the time that is left, or too many wait already.</exception>
    public async Task<Topology> WaitForNodeAsync(Func<Topology, bool> usable, bool regardless, CancellationToken ct, bool toTheEnd = false) => (await WaitAsync(
        DataMetrics.Words.Node,
        async () =>
        {
            if (_failed is not null)
                await Task.Delay(PauseAfter(_failed.Count), _time, ct).ConfigureAwait(false);
            return (toTheEnd ? Left : LeftToWait) is { } left && left > TimeSpan.Zero
                ? await database.Monitor.WaitForAsync(usable, left, ct).ConfigureAwait(false)
                : null;
        },
        regardless,
        Unavailable).ConfigureAwait(false))!;

    /// <summary>
    /// Stands in line for the write's turn on the primary, see <see cref="WriteGate"/>: it must <see cref="WriteGate.Leave"/>. Half of
    /// what is set aside for completion is kept for the try.
    /// </summary>
    /// <param name="epoch">Of the topology in which the primary is proven.</param>
    /// <param name="regardless">Waits even if too many do.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="DatabaseUnavailableException">It did not come in the time that is left, or too many wait already.</exception>
    public async Task<WriteTurn> WaitForTurnAsync(long epoch, bool regardless, CancellationToken ct) => (await WaitAsync(
        DataMetrics.Words.Turn,
        () => database.Gate.EnterAsync(epoch, startedAt, Left - (database.Options.CompletionTime / 2), ct),
        regardless,
        () => DatabaseUnavailableException.NoTurn(operation, Elapsed, database.Topology, _failed ?? [])).ConfigureAwait(false))!;

    /// <summary>
    /// Waits for a place among the reads that the primary answers in the replicas' stead, which must be given back; false when none came free in time.
    /// </summary>
    /// <param name="regardless">Waits even if too many do.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="DatabaseUnavailableException">Too many wait already.</exception>
    public async Task<bool> WaitForPrimaryReadAsync(bool regardless, CancellationToken ct) => await WaitAsync<object>(
        DataMetrics.Words.PrimaryRead,
        async () => await database.PrimaryReads.EnterAsync(Left, ct).ConfigureAwait(false) ? database : null,
        regardless,
        over: null).ConfigureAwait(false) is not null;

    /// <summary>A read had its wait for such a place, and still nobody else could answer it.</summary>
    public DatabaseUnavailableException Shed()
    {
        database.Metrics.Shed();
        return DatabaseUnavailableException.Shed(database.Options.MaximumPrimaryReads, Elapsed, database.Topology, _failed ?? []);
    }

    /// <summary>The operation's time ended while its work ran.</summary>
    public OperationTimeoutException TooLong(Node node, Exception ended) => new(operation, node.Name, Elapsed, database.Options.OperationTimeout, ended);

    private DatabaseUnavailableException Unavailable() => new(operation, Elapsed, database.Topology, _failed ?? []);

    /// <summary>One wait of the operation, counted among all. Null from it is the end of its time, and is thrown, or, without a reason, returned.</summary>
    private async Task<T?> WaitAsync<T>(string what, Func<Task<T?>> wait, bool regardless, Func<DatabaseUnavailableException>? over)
        where T : class
    {
        if (!database.Waiting.TryEnter(regardless))
            throw DatabaseUnavailableException.TurnedAway(operation, database.Options.MaximumWaiting, database.Topology, _failed ?? []);
        long waitingSince = _time.GetTimestamp();
        T? found = null;
        database.Metrics.WaitBegins(operation);
        try
        {
            found = await wait().ConfigureAwait(false);
            return found ?? (over is null ? null : throw over());
        }
        finally
        {
            database.Waiting.Leave();
            TimeSpan waited = _time.GetElapsedTime(waitingSince);
            database.Metrics.WaitEnds(operation, found is not null, waited);
            DataTracing.Held(Activity, what, found is not null, waited);
        }
    }

    // Half of what is left at most, so that a node which comes back at the end is still tried; but never without a pause, or all
    // operations of an outage would try as fast as they can in their last second.
    private TimeSpan PauseAfter(int failures) => Shorter(NodeConnection.Backoff(failures), Longer(LeftToWait / 2, NodeConnection.ShortestBackoff));

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
