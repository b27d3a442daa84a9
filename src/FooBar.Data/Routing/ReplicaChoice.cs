namespace FooBar.Data;

/// <summary>Which replica a read goes to.</summary>
/// <param name="Index">The node's index, -1 when no replica is eligible.</param>
/// <param name="MustWait">Whether the replica is not known to hold what the read must see.</param>
internal readonly record struct ReplicaChoice(int Index, bool MustWait)
{
    /// <summary>
    /// The replica with the least outstanding work among those known to hold <paramref name="required"/>, or, when none is, among all.
    /// Ties go round with <paramref name="turn"/>. Pure, allocates nothing.
    /// </summary>
    /// <param name="nodes">The nodes' states.</param>
    /// <param name="outstanding">Operations in hand, by node index.</param>
    /// <param name="required">What the read must see; empty for anything.</param>
    /// <param name="turn">Any number that moves from call to call.</param>
    /// <param name="excluded">The nodes that have just failed this read; null for none.</param>
    public static ReplicaChoice Among(
        ReadOnlySpan<NodeState> nodes, ReadOnlySpan<int> outstanding, GtidSet required, uint turn, HashSet<int>? excluded = null)
    {
        int caughtUp = LeastLoaded(nodes, outstanding, required, turn, excluded);
        if (caughtUp >= 0 || required.IsEmpty)
            return new(caughtUp, MustWait: false);
        int any = LeastLoaded(nodes, outstanding, GtidSet.Empty, turn, excluded);
        return new(any, MustWait: any >= 0);
    }

    /// <summary>
    /// Two passes, the second to pick among the equals: a round over all nodes would give the node behind the primary the primary's share.
    /// </summary>
    private static int LeastLoaded(
        ReadOnlySpan<NodeState> nodes, ReadOnlySpan<int> outstanding, GtidSet required, uint turn, HashSet<int>? excluded)
    {
        int least = int.MaxValue;
        uint equals = 0;
        Span<int> load = stackalloc int[nodes.Length];
        for (int i = 0; i < nodes.Length; i++)
        {
            // The counts move under our eyes: both passes must see the same ones.
            bool eligible = nodes[i].Role == NodeRole.Replica && excluded?.Contains(i) != true && nodes[i].Executed.Contains(required);
            load[i] = eligible ? outstanding[i] : int.MaxValue;
            if (!eligible || load[i] > least)
                continue;
            equals = load[i] < least ? 1 : equals + 1;
            least = load[i];
        }

        if (equals == 0)
            return -1;
        int skip = (int)(turn % equals);
        int chosen = 0;
        while (load[chosen] != least || skip-- > 0)
            chosen++;
        return chosen;
    }
}
