namespace FooBar.Data;

/// <summary>
/// What one operation has met so far, and how long it may still wait. The waiting time runs from its first wait, so that a long piece
/// of work does not use up the time to survive the failover that ends it.
/// </summary>
internal sealed class OperationAttempts(Database database, string operation)
{
    private readonly TimeProvider _time = database.Options.TimeProvider;
    private List<Attempt>? _failed;
    private long? _waitingSince;
    private long _provenAfter = long.MinValue;

    /// <summary>Whether the primary is proven, and by a probe that began later than this operation's last failure there.</summary>
    public bool IsProven(Topology topology) => topology.Primary?.ProvenAt > _provenAfter;

    /// <summary>Notes a node's failure and has the monitor look at once.</summary>
    public void Failed(DatabaseNode node, NodeRole role, long startedAt, Exception failure)
    {
        (_failed ??= []).Add(new(node.Name, role, _time.GetElapsedTime(startedAt), failure));
        if (role == NodeRole.Primary)
            _provenAfter = _time.GetTimestamp();
        database.Monitor.ProbeNow();
    }

    /// <summary>Waits for the proven primary, or for any replica too.</summary>
    /// <exception cref="DatabaseUnavailableException">There was none within <see cref="DatabaseOptions.PrimaryWait"/>.</exception>
    public async Task<Topology> WaitForNodeAsync(bool orReplica, CancellationToken ct)
    {
        _waitingSince ??= _time.GetTimestamp();
        if (_failed is not null)
            await Task.Delay(NodeConnection.Backoff(_failed.Count), _time, ct).ConfigureAwait(false);
        TimeSpan left = database.Options.PrimaryWait - _time.GetElapsedTime(_waitingSince.Value);
        // Also when a usable node is in sight: an account that it refuses, say, would otherwise be tried for ever.
        Topology? usable = left <= TimeSpan.Zero ? null : await database.Monitor.WaitForAsync(
            topology => IsProven(topology) || (orReplica && topology.Nodes.Any(node => node.Role == NodeRole.Replica)),
            left, ct).ConfigureAwait(false);
        return usable ?? throw new DatabaseUnavailableException(
            operation, _time.GetElapsedTime(_waitingSince.Value), database.Topology, _failed ?? []);
    }
}
