namespace FooBar.LoadBalancer.Cache;

/// <summary>Entries in the order in which they came, each of which can be taken out anywhere. Not thread-safe.</summary>
internal sealed class EntryQueue
{
    private CacheEntry? _last;

    /// <summary>The one that came first; null if there is none.</summary>
    public CacheEntry? First { get; private set; }

    /// <summary>The bytes of all of them.</summary>
    public long Bytes { get; private set; }

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Adds one at the end.</summary>
    public void Add(CacheEntry entry)
    {
        entry.Queue = this;
        entry.Previous = _last;
        entry.Next = null;
        if (_last is null)
            First = entry;
        else
            _last.Next = entry;
        _last = entry;
        Bytes += entry.Size;
        Count++;
    }

    /// <summary>Takes one out that is in here.</summary>
    public void Remove(CacheEntry entry)
    {
        if (entry.Previous is null)
            First = entry.Next;
        else
            entry.Previous.Next = entry.Next;
        if (entry.Next is null)
            _last = entry.Previous;
        else
            entry.Next.Previous = entry.Previous;
        entry.Queue = null;
        entry.Previous = entry.Next = null;
        Bytes -= entry.Size;
        Count--;
    }

    /// <summary>Changes the size of one that is in here.</summary>
    public void Resize(CacheEntry entry, long size)
    {
        Bytes += size - entry.Size;
        entry.Size = size;
    }
}
