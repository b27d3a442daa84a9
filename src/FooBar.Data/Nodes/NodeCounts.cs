namespace FooBar.Data;

/// <summary>Units of work handed to a node, counted where they are handed over and read when somebody scrapes: an addition each. Thread-safe.</summary>
internal sealed class NodeCounts
{
    private long _replicaReads;
    private long _primaryReads;
    private long _writes;

    public long ReplicaReads => Interlocked.Read(ref _replicaReads);

    public long PrimaryReads => Interlocked.Read(ref _primaryReads);

    public long Writes => Interlocked.Read(ref _writes);

    public void Read(NodeRole role)
    {
        if (role == NodeRole.Replica)
            Interlocked.Increment(ref _replicaReads);
        else
            Interlocked.Increment(ref _primaryReads);
    }

    public void Write() => Interlocked.Increment(ref _writes);
}
