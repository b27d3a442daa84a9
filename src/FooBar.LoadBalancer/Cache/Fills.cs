using System.Collections.Concurrent;

namespace FooBar.LoadBalancer.Cache;

/// <summary>The fills that are under way, at most one for what is the same. Thread-safe.</summary>
internal sealed class Fills(TimeProvider time)
{
    private const int Places = 8192;

    /// <summary>Time for which an address whose answer was not for the cache is not waited for.</summary>
    private static readonly TimeSpan MemoryOfUncacheable = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<FillKey, Fill> _fills = new();
    private readonly long _start = time.GetTimestamp();

    /// <summary>For some addresses the hash and the second until which they are not waited for. Two that share a place forget each other.</summary>
    private readonly long[] _uncacheable = new long[Places];

    /// <summary>How many are under way.</summary>
    public int Count => _fills.Count;

    /// <summary>How many requests wait for what others bring.</summary>
    public int Waiting => _fills.Sum(pair => pair.Value.Followers);

    /// <summary>How many go on for others, or for the store, though their own client has left.</summary>
    public int Abandoned => _fills.Count(pair => pair.Value.HasNoClient);

    /// <summary>The fill for this key. Whoever began it leads and must hand it to <see cref="End"/>; everybody else has joined it.</summary>
    public Fill Join(in FillKey key, out bool leads)
    {
        Fill? own = null;
        while (true)
        {
            if (Find(key) is { } fill)
            {
                fill.Join();
                leads = false;
                return fill;
            }

            own ??= new Fill(time);
            if (_fills.TryAdd(key, own))
            {
                leads = true;
                return own;
            }
        }
    }

    /// <summary>Begins a fill, unless there is one.</summary>
    public Fill? TryLead(in FillKey key)
    {
        if (Find(key) is not null)
            return null;
        Fill own = new(time);
        return _fills.TryAdd(key, own) ? own : null;
    }

    /// <summary>Takes a fill out. Whoever asks from now on begins another.</summary>
    public void End(in FillKey key, Fill fill)
    {
        _fills.TryRemove(new KeyValuePair<FillKey, Fill>(key, fill));
        fill.Dispose();
    }

    /// <summary>
    /// Remembers that an answer to this address was not for the cache. Those who ask at the same time do not wait for each other then: it would
    /// make each of them as slow as two.
    /// </summary>
    public void NoteUncacheable(in CacheKey key)
    {
        long until = Seconds() + (long)MemoryOfUncacheable.TotalSeconds;
        Volatile.Write(ref _uncacheable[Place(key)], ((long)key.GetHashCode() << 32) | (uint)until);
    }

    /// <summary>Whether that is so.</summary>
    public bool IsUncacheable(in CacheKey key)
    {
        long known = Volatile.Read(ref _uncacheable[Place(key)]);
        return (int)(known >> 32) == key.GetHashCode() && (uint)known > Seconds();
    }

    /// <summary>The fill that is under way. One that has ended may still be busy with its client, and is no use to anybody else.</summary>
    private Fill? Find(in FillKey key)
    {
        if (!_fills.TryGetValue(key, out Fill? fill))
            return null;
        if (!fill.HasEnded)
            return fill;
        _fills.TryRemove(new KeyValuePair<FillKey, Fill>(key, fill));
        return null;
    }

    private static int Place(in CacheKey key) => key.GetHashCode() & (Places - 1);

    private long Seconds() => (long)time.GetElapsedTime(_start).TotalSeconds;
}

/// <summary>What is filled: an address, and of what its answers depend on, as far as that is known, a hash.</summary>
/// <param name="Key">The address.</param>
/// <param name="Variant">The hash; 0 if nothing is known. Two that share one wait for each other in vain, once.</param>
internal readonly record struct FillKey(CacheKey Key, int Variant);
