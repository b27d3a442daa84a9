namespace FooBar.Data;

/// <summary>Every node's role at one moment. Immutable: the monitor replaces it as a whole.</summary>
public sealed class Topology
{
    private readonly NodeState[] _nodes;

    private Topology(NodeState[] nodes, WriterDecision decision, long epoch, SwitchoverInProgress? switchover)
    {
        _nodes = nodes;
        WriterStatus = decision.Status;
        Primary = decision.Writer < 0 ? null : nodes[decision.Writer];
        Epoch = epoch;
        Switchover = switchover;
    }

    /// <summary>The nodes in configured order, those that were discovered behind them.</summary>
    public IReadOnlyList<NodeState> Nodes => _nodes;

    /// <summary>The proven primary; null without one.</summary>
    public NodeState? Primary { get; }

    /// <summary>Whether there is a primary, and if not, whether that is for want or for excess of claimants.</summary>
    public WriterStatus WriterStatus { get; }

    /// <summary>Counts the changes of the primary from 0; a change to no primary counts too.</summary>
    public long Epoch { get; }

    /// <summary>How the servers replicate; null before the first has answered.</summary>
    public ReplicationMode? Mode
    {
        get
        {
            ReplicationMode? mode = null;
            foreach (NodeState node in _nodes)
            {
                if (node.Mode == ReplicationMode.Group)
                    return ReplicationMode.Group;
                mode ??= node.Mode;
            }

            return mode;
        }
    }

    /// <summary>
    /// The planned switchover that is under way: this process does it, or the primary was seen to take no more writes while no other has
    /// taken over. Null when there is none.
    /// </summary>
    public SwitchoverInProgress? Switchover { get; }

    /// <summary>The nodes' states and nothing else: allocation-free for the router.</summary>
    internal ReadOnlySpan<NodeState> States => _nodes;

    /// <summary>What is known before the first probe.</summary>
    internal static Topology Unprobed(IEnumerable<Node> nodes) => new([.. nodes.Select(node => new NodeState(node))], new(WriterStatus.None, -1), 0, null);

    /// <summary>The state of a node; null when it is none of these.</summary>
    internal NodeState? StateOf(Node node) => Array.Find(_nodes, state => state.Node == node);

    /// <summary>The topology after states have changed: decides the writer anew and gives every node its role.</summary>
    /// <param name="change">The new state of a node, or the one that it is given.</param>
    internal Topology With(Func<NodeState, NodeState> change) => Decide([.. _nodes.Select(change)], Switchover);

    /// <summary>The topology with the given nodes: those that it has keep their states, new ones have not been asked yet.</summary>
    /// <param name="nodes">All of them.</param>
    /// <param name="now">A timestamp.</param>
    internal Topology WithNodes(IEnumerable<Node> nodes, long now) =>
        Decide([.. nodes.Select(node => StateOf(node) ?? new NodeState(node) { CameAt = Epoch == 0 ? null : now })], Switchover);

    /// <summary>The topology while this process switches over, or behind that.</summary>
    internal Topology WithSwitchover(SwitchoverInProgress? switchover) => new(_nodes, Decision(_nodes), Epoch, switchover);

    /// <summary>Whether every node is known to hold these transactions, so that no read anywhere can miss them.</summary>
    internal bool IsHeldEverywhere(GtidSet writes)
    {
        foreach (NodeState node in _nodes)
        {
            if (!node.Executed.Contains(writes))
                return false;
        }

        return true;
    }

    /// <summary>The nodes with their roles and reasons, for messages.</summary>
    public override string ToString() => string.Join(", ", _nodes.AsEnumerable());

    private Topology Decide(NodeState[] nodes, SwitchoverInProgress? switchover)
    {
        WriterDecision decision = Decision(nodes);
        string?[] objections = [.. nodes.Select((_, i) => ObjectionTo(nodes, i))];
        for (int i = 0; i < nodes.Length; i++)
            nodes[i] = WithRole(nodes, i, decision, objections);
        Node? writer = decision.Writer < 0 ? null : nodes[decision.Writer].Node;
        return new(nodes, decision, writer == Primary?.Node ? Epoch : Epoch + 1, switchover);
    }

    private static WriterDecision Decision(NodeState[] nodes) => WriterDecision.Among(
        [.. nodes.Select((node, i) => node.Claim == NodeRole.Primary && ObjectionTo(nodes, i) is not null ? node with { Claim = NodeRole.Unknown } : node)]);

    /// <summary>Why a node's own claim does not count, for what the others say of themselves; null when it does.</summary>
    private static string? ObjectionTo(NodeState[] nodes, int index)
    {
        NodeState node = nodes[index];
        if (node.Claim is not (NodeRole.Primary or NodeRole.Replica))
            return null;
        // A member whose plugin did not load looks like a server that has nothing to do with a group.
        if (node.Mode == ReplicationMode.Classic && Array.Find(nodes, other => other.Mode == ReplicationMode.Group) is { } member)
            return $"it is in no group, and {member.Name} is";
        for (int i = 0; i < index; i++)
        {
            if (nodes[i].ServerUuid == node.ServerUuid && nodes[i].Claim == node.Claim)
                return $"it is the same server as {nodes[i].Name}";
        }

        if (node is { Claim: NodeRole.Replica, CameAt: { } cameAt } && !(node.FreshAsOf >= cameAt))
            return "it is not yet proven to hold what was acknowledged before it came";
        return node is { Claim: NodeRole.Replica, Errant.IsProven: true }
            ? $"it holds transactions that the primary does not: {node.Errant.Missing}"
            : null;
    }

    private static NodeState WithRole(NodeState[] nodes, int index, WriterDecision decision, string?[] objections)
    {
        NodeState node = nodes[index];
        if (objections[index] is { } objection)
            return Is(node, NodeRole.Unknown, objection);
        if (node.Claim != NodeRole.Primary || index == decision.Writer)
            return Is(node, node.Claim, node.ClaimReason);
        string others = string.Join(
            " and ", nodes.Where((other, i) => i != index && other.Claim == NodeRole.Primary && objections[i] is null).Select(n => n.Name));
        return Is(node, NodeRole.Unknown, $"it claims to be the primary, as does {others}");
    }

    private static NodeState Is(NodeState node, NodeRole role, string? reason) =>
        node.Role == role && node.Reason == reason ? node : node with { Role = role, Reason = reason };
}
