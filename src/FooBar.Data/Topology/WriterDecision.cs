namespace FooBar.Data;

/// <summary>Whether there is one node to write to.</summary>
public enum WriterStatus
{
    /// <summary>No node claims to be the primary.</summary>
    None,

    /// <summary>Exactly one does, and has proved it.</summary>
    Proven,

    /// <summary>Several do. Nobody writes until they agree.</summary>
    Conflict,
}

/// <summary>The decision who is the writer.</summary>
/// <param name="Status">Whether there is one.</param>
/// <param name="Writer">Its index, -1 without one.</param>
internal readonly record struct WriterDecision(WriterStatus Status, int Writer)
{
    /// <summary>
    /// One claimant is the writer, two are none. A claim that the last probe confirmed outweighs one that is only carried over a
    /// missed probe: a primary that has just died must not put its successor in doubt.
    /// </summary>
    public static WriterDecision Among(ReadOnlySpan<NodeState> nodes)
    {
        WriterDecision confirmed = Among(nodes, carriedOver: false);
        return confirmed.Status == WriterStatus.None ? Among(nodes, carriedOver: true) : confirmed;
    }

    private static WriterDecision Among(ReadOnlySpan<NodeState> nodes, bool carriedOver)
    {
        WriterDecision decision = new(WriterStatus.None, -1);
        for (int i = 0; i < nodes.Length; i++)
        {
            if (nodes[i].Claim != NodeRole.Primary || nodes[i].Failures > 0 != carriedOver)
                continue;
            decision = decision.Status == WriterStatus.None ? new(WriterStatus.Proven, i) : new(WriterStatus.Conflict, -1);
        }

        return decision;
    }
}
