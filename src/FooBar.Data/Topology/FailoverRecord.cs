namespace FooBar.Data;

/// <summary>
/// Counts the failovers, planned or not: the primary was one node and then another. The same node back after an interruption is none.
/// Immutable.
/// </summary>
/// <param name="Count">Failovers seen.</param>
/// <param name="LastDuration">
/// Of the last one: from the beginning of the old primary's last answered probe to the proof of the new one, so without a proven primary
/// at most; null before the first.
/// </param>
/// <param name="Primary">The last proven primary; null before the first.</param>
/// <param name="ProvenAt">The beginning of its last answered probe as the primary.</param>
internal sealed record FailoverRecord(long Count, TimeSpan? LastDuration, Node? Primary, long ProvenAt)
{
    public static FailoverRecord None { get; } = new(0, null, null, 0);

    /// <summary>The record after a topology of this moment.</summary>
    public FailoverRecord With(Topology topology, TimeProvider time)
    {
        if (topology.Primary is not { ProvenAt: { } provenAt, Node: { } primary } || (primary == Primary && provenAt == ProvenAt))
            return this;
        return primary == Primary || Primary is null
            ? this with { Primary = primary, ProvenAt = provenAt }
            : new(Count + 1, time.GetElapsedTime(ProvenAt), primary, provenAt);
    }
}
