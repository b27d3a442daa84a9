namespace FooBar.LoadBalancer.Cache;

/// <summary>A read that cannot be answered from memory at once, and what is known about it. One request's steps run one after the other: no locks.</summary>
/// <param name="key">What it would be stored under.</param>
/// <param name="asked">Its Cache-Control.</param>
/// <param name="entry">The stored answer that is for it, but not without asking; null if there is none.</param>
/// <param name="sibling">Another stored answer to the same address; null if there is none.</param>
internal sealed class CacheQuestion(CacheKey key, CacheControl asked, CacheEntry? entry, CacheEntry? sibling)
{
    private readonly CacheControl _asked = asked;

    /// <summary>What it would be stored under.</summary>
    public CacheKey Key { get; } = key;

    /// <summary>Its Cache-Control.</summary>
    public ref readonly CacheControl Asked => ref _asked;

    /// <summary>The stored answer that is for it, but not without asking; null if there is none.</summary>
    public CacheEntry? Entry { get; private set; } = entry;

    /// <summary>The fill that answers it, as far as it is known of what the answer depends on.</summary>
    public FillKey FillKey(IHeaderDictionary request) => new(Key, (Entry ?? sibling)?.Response.Vary.HashOf(request) ?? 0);

    /// <summary>Takes over what has been stored meanwhile.</summary>
    public void Update(CacheEntry? found, CacheEntry? other)
    {
        Entry = found;
        sibling = other;
    }
}
