namespace FooBar.Data;

/// <summary>
/// What one operation has met so far, and how much of its time is left: <see cref="DatabaseOptions.PrimaryWait"/> from its start for
/// all its waits together, and <see cref="DatabaseOptions.CompletionTime"/> more for its tries. Work that runs is not cut off by it.
/// </summary>
internal sealed class OperationAttempts(Database database, string operation)
{
    private readonly TimeProvider _time = database.Options.TimeProvider;
    private readonly long _startedAt = database.Options.TimeProvider.GetTimestamp();
    private List<Attempt>? _failed;
    private long _provenAfter = long.MinValue;
    private long _answeredAfter = long.MinValue;

    /// <summary>What is left of the operation's time; zero or less when it is over.</summary>
    public TimeSpan Left => database.Options.PrimaryWait + database.Options.CompletionTime - Elapsed;

    /// <summary>What is left of the time in which it may wait for a node; zero or less when it is over.</summary>
    private TimeSpan LeftToWait => database.Options.PrimaryWait - Elapsed;

    /// <summary>
    /// What is left for a try to begin, connecting included: half of <see cref="DatabaseOptions.CompletionTime"/> at least (2 s by
    /// default), so that what follows a long piece of work has its moment too.
    /// </summary>
    public TimeSpan LeftForTry => Longer(Left, database.Options.CompletionTime / 2);

    /// <summary>
    /// The time for a COMMIT: half of the time in which it may still wait for another primary, so that as much remains to find out there
    /// what became of it, and half of <see cref="DatabaseOptions.CompletionTime"/> at least.
    /// </summary>
    public TimeSpan LeftForCommit => Longer(LeftToWait / 2, database.Options.CompletionTime / 2);

    /// <summary>The time since the operation began.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_startedAt);

    /// <summary>Whether the primary is proven, and by a probe that began later than this operation's last failure there.</summary>
    public bool IsProven(Topology topology) => topology.Primary?.ProvenAt > _provenAfter;

    /// <summary>Whether the node is a replica, by a probe that began later than this operation's last failure anywhere.</summary>
    public bool IsReplicaSince(NodeState node) => node.Role == NodeRole.Replica && node.ProvenAt > _answeredAfter;

    /// <summary>Notes a node's failure and has the monitor look at once.</summary>
    public void Failed(DatabaseNode node, NodeRole role, long startedAt, Exception failure)
    {
        (_failed ??= []).Add(new(node.Name, role, _time.GetElapsedTime(startedAt), failure));
        _answeredAfter = _time.GetTimestamp();
        if (role == NodeRole.Primary)
            _provenAfter = _answeredAfter;
        database.Monitor.ProbeNow();
    }

    /// <summary>
    /// Waits until the topology is usable, after a pause that grows with the failures: also when a usable node is in sight, or an
    /// account that it refuses, say, would be tried without end.
    /// </summary>
    /// <param name="usable">The condition.</param>
    /// <param name="regardless">Waits even if too many do: something of the operation may have been executed, or it has waited before.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="DatabaseUnavailableException">It was not in the time that is left, or too many wait already.</exception>
    public Task<Topology> WaitForNodeAsync(Func<Topology, bool> usable, bool regardless, CancellationToken ct) => WaitAsync(
        async () =>
        {
            if (_failed is not null)
                await Task.Delay(PauseAfter(_failed.Count), _time, ct).ConfigureAwait(false);
            return LeftToWait is { } left && left > TimeSpan.Zero
                ? await database.Monitor.WaitForAsync(usable, left, ct).ConfigureAwait(false)
                : null;
        },
        regardless,
        () => new DatabaseUnavailableException(operation, Elapsed, database.Topology, _failed ?? []));

    /// <summary>
    /// Stands in line for the write's turn on the primary, see <see cref="WriteGate"/>: it must <see cref="WriteGate.Leave"/>. Half of
    /// <see cref="DatabaseOptions.CompletionTime"/> is kept for the try.
    /// </summary>
    /// <param name="epoch">Of the topology in which the primary is proven.</param>
    /// <param name="regardless">Waits even if too many do.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="DatabaseUnavailableException">It did not come in the time that is left, or too many wait already.</exception>
    public Task<WriteTurn> WaitForTurnAsync(long epoch, bool regardless, CancellationToken ct) => WaitAsync(
        () => database.Gate.EnterAsync(epoch, _startedAt, Left - (database.Options.CompletionTime / 2), ct),
        regardless,
        () => DatabaseUnavailableException.NoTurn(operation, Elapsed, database.Topology, _failed ?? []));

    /// <summary>One wait of the operation, counted among all; null from it is the end of the operation's time.</summary>
    private async Task<T> WaitAsync<T>(Func<Task<T?>> wait, bool regardless, Func<DatabaseUnavailableException> over)
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
            return found ?? throw over();
        }
        finally
        {
            database.Waiting.Leave();
            database.Metrics.WaitEnds(operation, found is not null, _time.GetElapsedTime(waitingSince));
        }
    }

    // Half of what is left at most, so that a node which comes back at the end is still tried; but never without a pause, or all
    // operations of an outage would try as fast as they can in their last second.
    private TimeSpan PauseAfter(int failures) => Shorter(NodeConnection.Backoff(failures), Longer(LeftToWait / 2, NodeConnection.ShortestBackoff));

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
