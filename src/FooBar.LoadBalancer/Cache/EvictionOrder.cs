namespace FooBar.LoadBalancer.Cache;

/// <summary>
/// Which entry goes when there is no room: S3-FIFO (Yang et al., SOSP 2023). What is new waits in a small queue, and only what is asked for again
/// on the way through it comes into the main one, where each use earns one more round. A crawler that asks for everything once passes through the
/// small queue and drives nothing out; and a use is a number that is counted up, not a list that is changed. The store's lock is held.
/// </summary>
internal sealed class EvictionOrder
{
    /// <summary>The small queue's share of the whole: one part in ten.</summary>
    private const int SmallShare = 10;

    /// <summary>Uses in the small queue that lead into the main one.</summary>
    private const int UsesToStay = 2;

    private readonly EntryQueue _small = new();
    private readonly EntryQueue _main = new();
    private readonly Queue<int> _ghosts = new();
    private readonly HashSet<int> _ghostSet = [];

    /// <summary>Bytes of all entries.</summary>
    public long Bytes => _small.Bytes + _main.Bytes;

    /// <summary>How many entries there are.</summary>
    public int Count => _small.Count + _main.Count;

    /// <summary>Takes a new entry in: at once among those that stay, if it was put out a short while ago.</summary>
    public void Add(CacheEntry entry) => (_ghostSet.Remove(entry.Key.GetHashCode()) ? _main : _small).Add(entry);

    /// <summary>Takes an entry out.</summary>
    public static void Remove(CacheEntry entry) => entry.Queue!.Remove(entry);

    /// <summary>Takes out the entry that is to go; null if there is none.</summary>
    public CacheEntry? Evict()
    {
        while (true)
        {
            bool fromSmall = _main.First is null || _small.Bytes > Bytes / SmallShare;
            if ((fromSmall ? _small : _main).First is not { } entry)
                return null;

            entry.Queue!.Remove(entry);
            if (fromSmall && entry.Uses < UsesToStay)
            {
                Remember(entry.Key.GetHashCode());
                return entry;
            }

            if (!fromSmall && entry.Uses == 0)
                return entry;
            entry.Uses = fromSmall ? 0 : entry.Uses - 1;
            _main.Add(entry);
        }
    }

    /// <summary>Remembers a key that was put out of the small queue, for as long as it takes to put out as many as there are entries.</summary>
    private void Remember(int hash)
    {
        if (_ghostSet.Add(hash))
            _ghosts.Enqueue(hash);
        while (_ghosts.Count > Math.Max(16, Count) && _ghosts.TryDequeue(out int oldest))
            _ghostSet.Remove(oldest);
    }
}
