using Microsoft.Extensions.Logging;

namespace FooBar.Data;

/// <summary>
/// Holds the newest topology, and makes every change of it known: to who waits for it, to who has work in hand on a node that lost its role, to
/// the pools of such a node, and to the log. One lock makes the changes one sequence of immutable snapshots. Thread-safe.
/// </summary>
internal sealed class TopologyPublisher(DatabaseOptions options, IEnumerable<Node> nodes, ILogger logger)
{
    private readonly TimeProvider _time = options.TimeProvider;
    private readonly Lock _publishing = new();
    private readonly TopologyWaiters _waiters = new();
    private volatile Topology _current = Topology.Unprobed(nodes);
    private volatile FailoverRecord _failovers = FailoverRecord.None;
    private long? _conflictSince;
    private long _epochSince;

    /// <summary>The newest snapshot.</summary>
    public Topology Current => _current;

    /// <summary>The failovers seen since the start.</summary>
    public FailoverRecord Failovers => _failovers;

    /// <summary>For how long the primary, or that there is none, has been so.</summary>
    public TimeSpan EpochAge => _time.GetElapsedTime(Interlocked.Read(ref _epochSince));

    /// <summary>
    /// Waits for a snapshot that satisfies the condition; null when there is none in time (null for any time). The condition is asked for
    /// each snapshot with the publishing lock held: it must be quick, and must not throw.
    /// </summary>
    public async Task<Topology?> WaitForAsync(Func<Topology, bool> condition, TimeSpan? within, CancellationToken ct)
    {
        LinkedListNode<TopologyWaiters.Waiter> place;
        lock (_publishing)
        {
            if (condition(_current))
                return _current;
            place = _waiters.Add(condition);
        }

        try
        {
            Task<Topology> found = place.Value.Found.WaitAsync(within ?? Timeout.InfiniteTimeSpan, _time, ct);
            // The sampler's wait is nearly always in vain: not worth an exception, four times a second.
            await ((Task)found).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return found.IsFaulted ? null : await found.ConfigureAwait(false);
        }
        finally
        {
            lock (_publishing)
                _waiters.Remove(place);
        }
    }

    /// <summary>Replaces the topology; true when the primary has changed, or was lost, after there had been one.</summary>
    /// <param name="change">From the one before; called with the publishing lock held.</param>
    public bool Publish(Func<Topology, Topology> change)
    {
        Topology old;
        Topology current;
        bool conflictProven;
        List<NodeHold> lost = [];
        List<TopologyWaiters.Waiter> served;
        (Node Node, Exception Thrown)? fault = null;
        lock (_publishing)
        {
            old = _current;
            current = WithSwitchoverSeen(change(old));
            conflictProven = IsConflictProven(current);
            // Before anyone can learn of the new roles: no session of an earlier role is lent for the new one.
            RetireSessions(old, current, ref fault);
            foreach (NodeState after in current.Nodes)
                Admit(old.StateOf(after.Node), after);
            if (current.Epoch != old.Epoch)
                Interlocked.Exchange(ref _epochSince, _time.GetTimestamp());
            _current = current;
            // After that: what was chosen by the new snapshot is not ended.
            foreach (NodeState before in old.Nodes)
            {
                NodeRole? after = current.StateOf(before.Node)?.Role;
                if (after is null)
                    before.Node.Work.Serve(false);
                if (LosesRole(before.Role, after))
                    lost.AddRange(before.Node.Work.TakeAll());
            }

            _failovers = _failovers.With(current, _time);
            served = _waiters.TakeSatisfied(current);
        }

        foreach (TopologyWaiters.Waiter waiter in served)
            waiter.Serve(current);
        foreach (NodeHold hold in lost)
            hold.End(HoldEnd.NodeLost);
        Tell(old, current, conflictProven);
        if (fault is var (node, thrown))
            DataLog.MonitorFault(logger, node.Name, thrown);
        return current.Epoch != old.Epoch && old.Epoch > 0;
    }

    private static bool Serves(NodeRole role) => role is NodeRole.Primary or NodeRole.Replica;

    /// <summary>Not when a replica becomes the primary: it can do all that it could.</summary>
    private static bool LosesRole(NodeRole before, NodeRole? after) => Serves(before) && before != after && after != NodeRole.Primary;

    private void Admit(NodeState? before, NodeState after)
    {
        after.Node.Work.Serve(Serves(after.Role));
        // The first answer of a node that was never missed is no return: at the start of this process everyone's caches are as warm as the other's. Nor is
        // it after one probe in vain, which a process that has just begun may owe to itself; a replica given less than the other then had no work at all.
        bool wasMissed = before is not null && !Serves(before.Role)
            && (before.ProvenAt is not null || before.Failures >= NodeState.FailuresUntilOffline);
        if (wasMissed && Serves(after.Role))
            after.Node.Standing.Returned(_time.GetTimestamp());
    }

    /// <summary>An adapter that throws keeps nobody from the news.</summary>
    private void RetireSessions(Topology old, Topology current, ref (Node Node, Exception Thrown)? fault)
    {
        foreach (NodeState before in old.Nodes)
        {
            if (!Serves(before.Role) || before.Role == current.StateOf(before.Node)?.Role)
                continue;
            try
            {
                options.Driver.RetirePool(before.Node.Configuration.Application);
            }
            catch (Exception thrown)
            {
                fault = (before.Node, thrown);
            }
        }
    }

    /// <summary>Whether the last primary was seen to take no more writes while nobody has taken over, unless this process knows better.</summary>
    private Topology WithSwitchoverSeen(Topology topology)
    {
        if (topology.Switchover is { To: not null })
            return topology;
        NodeState? last = _failovers.Primary is { } primary ? topology.StateOf(primary) : null;
        bool seen = topology.Primary is null && last is { TakesNoWrites: true, Failures: 0 };
        if (seen == topology.Switchover is not null)
            return topology;
        return topology.WithSwitchover(seen ? new(last!.Name, null, _time.GetTimestamp()) : null);
    }

    /// <summary>
    /// The nodes are asked at different instants, so an orderly switchover can look like two primaries for one probe. Nobody writes
    /// then either, but it is an alarm only when every claimant has repeated its claim since. True once a conflict.
    /// Must be called with the publishing lock held.
    /// </summary>
    private bool IsConflictProven(Topology topology)
    {
        if (topology.WriterStatus != WriterStatus.Conflict)
        {
            _conflictSince = null;
            return false;
        }

        _conflictSince ??= _time.GetTimestamp();
        if (!topology.Nodes.All(node => node.Claim != NodeRole.Primary || node.ProvenAt > _conflictSince))
            return false;
        _conflictSince = long.MaxValue;
        return true;
    }

    private void Tell(Topology old, Topology current, bool conflictProven)
    {
        foreach (NodeState after in current.Nodes)
        {
            NodeRole before = old.StateOf(after.Node)?.Role ?? NodeRole.Unknown;
            if (before == after.Role)
                continue;
            LogLevel level = Serves(after.Role) ? LogLevel.Information : LogLevel.Warning;
            DataLog.RoleChanged(logger, level, after.Name, before, after.Role, after.Reason ?? "it has proved it");
        }

        foreach (NodeState gone in old.Nodes.Where(before => current.StateOf(before.Node) is null))
            DataLog.NodeRemoved(logger, gone.Name, gone.Role);
        foreach (NodeState added in current.Nodes.Where(after => old.StateOf(after.Node) is null))
            DataLog.NodeAdded(logger, added.Name);
        if (current.Epoch != old.Epoch && current.Primary is { } primary)
            DataLog.PrimaryProven(logger, primary.Name, current.Epoch);
        else if (current.Epoch != old.Epoch)
            DataLog.PrimaryLost(logger, old.Primary!.Name, current);
        if (conflictProven)
            DataLog.TwoPrimaries(logger, current);
    }
}
