namespace FooBar.Data;

/// <summary>Which replica a read goes to.</summary>
/// <param name="Node">The node, null when no replica is eligible.</param>
/// <param name="MustWait">Whether the replica is not known to hold what the read must see.</param>
internal readonly record struct ReplicaChoice(Node? Node, bool MustWait)
{
    /// <summary>How much slower than the quickest one a replica may be and still share its load evenly.</summary>
    private static readonly TimeSpan LatencyTolerance = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// Among the replicas known to hold <paramref name="required"/>, or, when there is none, among all: those of the preferred location; of these
    /// the one with the least outstanding work for its weight; of equals, those that answer about as quickly as the quickest; of these, the next in
    /// turn. A node that is left out for its failures is taken when there is no other: better one that may fail than none. Pure, allocates nothing.
    /// </summary>
    /// <param name="nodes">The nodes' states.</param>
    /// <param name="required">What the read must see; empty for anything.</param>
    /// <param name="turn">Any number that moves from call to call.</param>
    /// <param name="moment">When and where the choice is made.</param>
    /// <param name="excluded">The nodes that have just failed this read; null for none.</param>
    public static ReplicaChoice Among(
        ReadOnlySpan<NodeState> nodes, GtidSet required, uint turn, in RoutingMoment moment, HashSet<Node>? excluded = null)
    {
        if (Best(nodes, required, turn, moment, excluded, withEjected: false) is { } best)
            return new(best, MustWait: false);
        if (!required.IsEmpty && Best(nodes, GtidSet.Empty, turn, moment, excluded, withEjected: false) is { } behind)
            return new(behind, MustWait: true);
        if (Best(nodes, required, turn, moment, excluded, withEjected: true) is { } ejected)
            return new(ejected, MustWait: false);
        Node? last = required.IsEmpty ? null : Best(nodes, GtidSet.Empty, turn, moment, excluded, withEjected: true);
        return new(last, MustWait: last is not null);
    }

    /// <summary>The least loaded, those that are equal, the quick ones of them, and of these the next in turn.</summary>
    private static Node? Best(
        ReadOnlySpan<NodeState> nodes, GtidSet required, uint turn, in RoutingMoment moment, HashSet<Node>? excluded, bool withEjected)
    {
        Span<int> equals = stackalloc int[nodes.Length];
        int count = 0;
        long least = long.MaxValue;
        for (int i = 0; i < nodes.Length; i++)
        {
            if (nodes[i].Role != NodeRole.Replica || !IsEligible(nodes[i], required, moment, excluded, withEjected))
                continue;
            long key = Key(nodes[i].Node, moment);
            if (key > least)
                continue;
            if (key < least)
                (least, count) = (key, 0);
            equals[count++] = i;
        }

        if (count > 1)
            count = KeepQuick(nodes, equals[..count]);
        return count == 0 ? null : nodes[equals[(int)(turn % (uint)count)]].Node;
    }

    /// <summary>Moves those that are about as quick as the quickest to the front, and says how many these are.</summary>
    private static int KeepQuick(ReadOnlySpan<NodeState> nodes, Span<int> equals)
    {
        long quickest = long.MaxValue;
        foreach (int i in equals)
            quickest = Math.Min(quickest, nodes[i].Node.Standing.Latency);
        long slowest = Math.Max(2 * quickest, quickest + LatencyTolerance.Ticks);
        int quick = 0;
        foreach (int i in equals)
        {
            if (nodes[i].Node.Standing.Latency <= slowest)
                equals[quick++] = i;
        }

        // A latency may have moved between the two looks.
        return Math.Max(quick, 1);
    }

    private static bool IsEligible(NodeState state, GtidSet required, in RoutingMoment moment, HashSet<Node>? excluded, bool withEjected) =>
        (required.IsEmpty || state.Executed.Contains(required)) && (withEjected || !state.Node.Standing.IsEjectedAt(moment.Now))
        && excluded?.Contains(state.Node) != true;

    /// <summary>The lower the better: the location first, then the work in hand, one's own included, as many times as the weight is below the full one.</summary>
    private static long Key(Node node, in RoutingMoment moment)
    {
        const long otherLocation = 1L << 62;
        int weight = node.Standing.WeightAt(moment.Now, moment.Time);
        long load = (node.Work.Outstanding + 1L) * NodeStanding.FullWeight;
        if (weight != NodeStanding.FullWeight)
            load = load * NodeStanding.FullWeight / weight;
        return moment.PreferredLocation is null || node.Configuration.Location == moment.PreferredLocation ? load : load + otherLocation;
    }
}
