using System.Collections.Concurrent;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Limits;

namespace FooBar.LoadBalancer.Cache;

/// <summary>
/// The stored answers, bounded in bytes. Looking one up takes no lock and allocates nothing; everything else takes one short lock. Thread-safe.
/// </summary>
internal sealed class CacheStore(CacheOptions options) : IReloadable, IMemoryHolder
{
    /// <summary>Answers under one key, of different Vary. The oldest makes room.</summary>
    private const int MostVariants = 16;

    /// <summary>What an entry and its place in the dictionary and among the ghosts take beside key and answer.</summary>
    private const int EntryOverhead = 256;

    private const int Stripes = 4096;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<CacheKey, CacheEntry[]> _entries = new();
    private readonly EvictionOrder _order = new();
    private readonly long[] _changes = new long[Stripes];
    private long _capacity = options.Bytes;
    private long _changesOfAll;
    private long _bytes;
    private long _count;
    private long _evicted;
    private long _stored;

    /// <summary>Bytes that they may take.</summary>
    public long Capacity => Volatile.Read(ref _capacity);

    /// <summary>Bytes that the stored answers take.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>How many there are.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>How many made room for others so far.</summary>
    public long Evicted => Volatile.Read(ref _evicted);

    /// <summary>How many were stored so far.</summary>
    public long Stored => Volatile.Read(ref _stored);

    /// <summary>The latest answer under a key that is for this request; null if there is none.</summary>
    /// <param name="key">The key.</param>
    /// <param name="request">The request's header fields.</param>
    /// <param name="sibling">Another answer under the key, if there is one: it says what answers to it depend on.</param>
    public CacheEntry? Find(in CacheKey key, IHeaderDictionary request, out CacheEntry? sibling)
    {
        sibling = null;
        if (!_entries.TryGetValue(key, out CacheEntry[]? variants))
            return null;
        foreach (CacheEntry entry in variants)
        {
            if (entry.Response.Vary.Match(request))
            {
                entry.Use();
                return entry;
            }
        }

        sibling = variants[0];
        return null;
    }

    /// <summary>
    /// A number that changes when answers under a key are invalidated or purged. Whoever asks a backend takes it before, and hands it in with the
    /// answer: what was asked for before a change is not stored after it.
    /// </summary>
    public long Stamp(in CacheKey key) => Volatile.Read(ref _changes[Stripe(key)]) + Volatile.Read(ref _changesOfAll);

    /// <summary>Stores an answer in place of those that were for the same requests; false if its time has passed, or there is no room.</summary>
    public bool Put(in CacheKey key, StoredResponse response, long stamp)
    {
        long size = EntryOverhead + key.Size + response.Size;
        lock (_lock)
        {
            if (Stamp(key) != stamp || size > _capacity)
                return false;

            CacheEntry[] variants = _entries.TryGetValue(key, out CacheEntry[]? known) ? known : [];
            if (Array.Find(variants, variant => variant.Response.Vary.SameAs(response.Vary)) is { } same)
            {
                same.Response = response;
                same.Queue!.Resize(same, size);
                _entries[key] = [same, .. variants.Where(variant => variant != same)];
            }
            else
            {
                if (variants.Length == MostVariants)
                    Evict(variants[^1]);
                CacheEntry entry = new(key, response) { Size = size };
                _order.Add(entry);
                _entries[key] = [entry, .. variants.Take(MostVariants - 1)];
            }

            _stored++;
            Shrink(_capacity);
            return true;
        }
    }

    /// <summary>Puts a confirmed answer in place of the one that it was made of; false if that is no longer there, or its time has passed.</summary>
    public bool Replace(CacheEntry entry, StoredResponse expected, StoredResponse response, long stamp)
    {
        lock (_lock)
        {
            if (entry.Queue is null || entry.Response != expected || Stamp(entry.Key) != stamp)
                return false;
            entry.Response = response;
            entry.Queue.Resize(entry, EntryOverhead + entry.Key.Size + response.Size);
            Shrink(_capacity);
            return true;
        }
    }

    /// <summary>Removes an answer that is no longer true, if it is still that one.</summary>
    public void Remove(CacheEntry entry, StoredResponse expected)
    {
        lock (_lock)
        {
            if (entry.Queue is not null && entry.Response == expected)
                Remove(entry);
        }
    }

    /// <summary>Removes what is stored under a key, because it has changed, and keeps what is on its way from being stored.</summary>
    public void Invalidate(in CacheKey key)
    {
        lock (_lock)
        {
            _changes[Stripe(key)]++;
            if (_entries.TryGetValue(key, out CacheEntry[]? variants))
                Array.ForEach(variants, Remove);
        }
    }

    /// <summary>
    /// Removes what a person wants forgotten, and says how much that was. Whatever is on its way at this moment is not stored, also what is not
    /// meant: it is not known by its key here.
    /// </summary>
    /// <remarks>
    /// The lock is held for one address at a time, for a walk through all of them takes long. Whatever comes in meanwhile was asked for afterwards.
    /// </remarks>
    public Purged Purge(PurgeScope scope)
    {
        lock (_lock)
        {
            // What is just being stored is stored before it, and found below; what comes later has an old stamp.
            _changesOfAll++;
        }

        Purged purged = default;
        foreach ((CacheKey key, CacheEntry[] variants) in _entries)
        {
            if (!scope.Covers(key))
                continue;
            lock (_lock)
            {
                foreach (CacheEntry entry in variants.Where(entry => entry.Queue is not null))
                {
                    purged = new Purged(purged.Answers + 1, purged.Bytes + entry.Size);
                    Remove(entry);
                }
            }
        }

        return purged;
    }

    /// <inheritdoc />
    /// <remarks>Half of what is stored, each time. The bound stays as it is: the cache fills again.</remarks>
    public void Trim()
    {
        lock (_lock)
            Shrink(_order.Bytes / 2);
    }

    /// <inheritdoc />
    public Action Prepare(GatewaySettings next) => () =>
    {
        lock (_lock)
        {
            _capacity = next.Options.Cache.Bytes;
            Shrink(_capacity);
        }
    };

    private static int Stripe(in CacheKey key) => key.GetHashCode() & (Stripes - 1);

    /// <summary>The lock is held.</summary>
    private void Shrink(long bytes)
    {
        while (_order.Bytes > bytes && _order.Evict() is { } entry)
        {
            Forget(entry);
            _evicted++;
        }

        Publish();
    }

    /// <summary>The lock is held.</summary>
    private void Evict(CacheEntry entry)
    {
        Remove(entry);
        _evicted++;
    }

    /// <summary>The lock is held.</summary>
    private void Remove(CacheEntry entry)
    {
        EvictionOrder.Remove(entry);
        Forget(entry);
        Publish();
    }

    /// <summary>Takes an entry out of the dictionary. The lock is held.</summary>
    private void Forget(CacheEntry entry)
    {
        CacheEntry[] rest = Array.FindAll(_entries[entry.Key], variant => variant != entry);
        if (rest.Length == 0)
            _entries.TryRemove(entry.Key, out _);
        else
            _entries[entry.Key] = rest;
    }

    private void Publish()
    {
        Volatile.Write(ref _bytes, _order.Bytes);
        Volatile.Write(ref _count, _order.Count);
    }
}
