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
    /// <param name="excluded">A node that has just failed this read, -1 for none.</param>
    public static ReplicaChoice Among(
        ReadOnlySpan<NodeState> nodes, ReadOnlySpan<int> outstanding, GtidSet required, uint turn, int excluded = -1)
    {
        int caughtUp = LeastLoaded(nodes, outstanding, required, turn, excluded);
        if (caughtUp >= 0 || required.IsEmpty)
            return new(caughtUp, MustWait: false);
        int any = LeastLoaded(nodes, outstanding, GtidSet.Empty, turn, excluded);
        return new(any, MustWait: any >= 0);
    }

    private static int LeastLoaded(
        ReadOnlySpan<NodeState> nodes, ReadOnlySpan<int> outstanding, GtidSet required, uint turn, int excluded)
    {
        int best = -1;
        int first = (int)(turn % (uint)nodes.Length);
        for (int step = 0; step < nodes.Length; step++)
        {
            int i = (first + step) % nodes.Length;
            if (i != excluded && nodes[i].Role == NodeRole.Replica && (best < 0 || outstanding[i] < outstanding[best])
                && nodes[i].Executed.Contains(required))
                best = i;
        }

        return best;
    }
}
