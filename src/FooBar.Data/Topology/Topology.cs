namespace FooBar.Data;

/// <summary>Every node's role at one moment. Immutable: the monitor replaces it as a whole.</summary>
public sealed class Topology
{
    private readonly NodeState[] _nodes;

    private Topology(NodeState[] nodes, WriterDecision decision, long epoch)
    {
        _nodes = nodes;
        WriterStatus = decision.Status;
        WriterIndex = decision.Writer;
        Epoch = epoch;
    }

    /// <summary>The nodes in configured order.</summary>
    public IReadOnlyList<NodeState> Nodes => _nodes;

    /// <summary>The proven primary; null without one.</summary>
    public NodeState? Primary => WriterIndex < 0 ? null : _nodes[WriterIndex];

    /// <summary>Whether there is a primary, and if not, whether that is for want or for excess of claimants.</summary>
    public WriterStatus WriterStatus { get; }

    /// <summary>Counts the changes of the primary from 0; a change to no primary counts too.</summary>
    public long Epoch { get; }

    /// <summary>The primary's index in <see cref="Nodes"/>, -1 without one.</summary>
    internal int WriterIndex { get; }

    /// <summary>The nodes' states and nothing else: allocation-free for the router.</summary>
    internal ReadOnlySpan<NodeState> States => _nodes;

    /// <summary>What is known before the first probe.</summary>
    internal static Topology Unprobed(IEnumerable<string> names) =>
        new([.. names.Select(name => new NodeState(name))], new(WriterStatus.None, -1), 0);

    /// <summary>The topology after one node's state has changed: decides the writer anew and gives every node its role.</summary>
    internal Topology With(int index, NodeState changed)
    {
        NodeState[] nodes = [.. _nodes];
        nodes[index] = changed;
        WriterDecision decision = WriterDecision.Among(nodes);
        for (int i = 0; i < nodes.Length; i++)
            nodes[i] = WithRole(nodes, i, decision);
        return new(nodes, decision, decision.Writer == WriterIndex ? Epoch : Epoch + 1);
    }

    /// <summary>Whether every configured node is known to hold these transactions, so that no read anywhere can miss them.</summary>
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

    private static NodeState WithRole(NodeState[] nodes, int index, WriterDecision decision)
    {
        NodeState node = nodes[index];
        if (node.Claim != NodeRole.Primary || index == decision.Writer)
            return node.Role == node.Claim && node.Reason == node.ClaimReason ? node : node with { Role = node.Claim, Reason = node.ClaimReason };
        string others = string.Join(" and ", nodes.Where((other, i) => i != index && other.Claim == NodeRole.Primary).Select(n => n.Name));
        return node with { Role = NodeRole.Unknown, Reason = $"it claims to be the primary, as does {others}" };
    }
}
