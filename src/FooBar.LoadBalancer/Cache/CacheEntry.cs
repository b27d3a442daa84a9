namespace FooBar.LoadBalancer.Cache;

/// <summary>
/// One place in the store: an answer under a key, and what the eviction knows of it. The answer is replaced in one swap; everything about lists
/// and sizes belongs to <see cref="CacheStore"/>, under its lock.
/// </summary>
internal sealed class CacheEntry(CacheKey key, StoredResponse response)
{
    private const int MostUses = 3;

    private volatile StoredResponse _response = response;
    private volatile int _uses;
    private long _askAfter;

    /// <summary>What it is stored under.</summary>
    public CacheKey Key { get; } = key;

    /// <summary>The answer.</summary>
    public StoredResponse Response
    {
        get => _response;
        set => _response = value;
    }

    /// <summary>
    /// How often it was used lately, 0 to 3. Two requests at the same moment may count as one: a lock, or a write to memory that all cores share
    /// for each request, would cost more than an exact number is worth.
    /// </summary>
    public int Uses
    {
        get => _uses;
        set => _uses = value;
    }

    /// <summary>A timestamp before which the backend is not asked about it where it may be used stale, because that has just failed.</summary>
    public long AskAfter
    {
        get => Volatile.Read(ref _askAfter);
        set => Volatile.Write(ref _askAfter, value);
    }

    /// <summary>Bytes that were counted for it.</summary>
    public long Size { get; set; }

    /// <summary>The queue that it is in; null once it was removed.</summary>
    public EntryQueue? Queue { get; set; }

    /// <summary>Its neighbours in the queue.</summary>
    public CacheEntry? Previous { get; set; }

    /// <inheritdoc cref="Previous"/>
    public CacheEntry? Next { get; set; }

    /// <summary>Notes that it is used.</summary>
    public void Use()
    {
        int uses = _uses;
        if (uses < MostUses)
            _uses = uses + 1;
    }
}
