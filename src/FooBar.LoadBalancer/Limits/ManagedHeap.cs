namespace FooBar.LoadBalancer.Limits;

/// <summary>
/// What the garbage collector keeps although nobody uses it. Without a word from here it would be given back only when the whole machine is short
/// of memory, and the gateway would refuse requests for the sake of garbage.
/// </summary>
internal sealed class ManagedHeap(TimeProvider time) : IMemoryHolder
{
    /// <summary>A collection that gives memory back stops every request for its time.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private long? _last;

    /// <summary>How often it has collected.</summary>
    public int Collections { get; private set; }

    /// <inheritdoc />
    public void Trim()
    {
        if (_last is { } last && time.GetElapsedTime(last) < Interval)
            return;
        _last = time.GetTimestamp();
        Collections++;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
