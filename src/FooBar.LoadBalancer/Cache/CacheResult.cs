namespace FooBar.LoadBalancer.Cache;

/// <summary>What the cache did for a request.</summary>
internal enum CacheResult
{
    /// <summary>Nothing: it is switched off, or the request was none that it knows.</summary>
    None,

    /// <summary>Answered from it, with what was fresh.</summary>
    Hit,

    /// <summary>Forwarded; what came back may have been stored.</summary>
    Miss,

    /// <summary>Answered from it, with what was stale.</summary>
    Stale,

    /// <summary>Answered from it, after the backend had confirmed it.</summary>
    Revalidated,

    /// <summary>Passed by, because of what the request carries.</summary>
    Bypass,
}

/// <summary>The names of <see cref="CacheResult"/> in logs and metrics.</summary>
internal static class CacheResultNames
{
    /// <summary>The name, which never changes; null for <see cref="CacheResult.None"/>.</summary>
    public static string? Text(this CacheResult result) => result switch
    {
        CacheResult.None => null,
        CacheResult.Hit => "hit",
        CacheResult.Miss => "miss",
        CacheResult.Stale => "stale",
        CacheResult.Revalidated => "revalidated",
        CacheResult.Bypass => "bypass",
        _ => throw new ArgumentOutOfRangeException(nameof(result), result, null),
    };
}
