namespace FooBar.LoadBalancer.Cache;

/// <summary>What every step of the cache works with.</summary>
/// <param name="Store">The stored answers.</param>
/// <param name="Fills">Those on their way.</param>
/// <param name="Budget">The memory for them.</param>
/// <param name="Time">The clock.</param>
internal sealed record CacheShelf(CacheStore Store, Fills Fills, FillBudget Budget, TimeProvider Time)
{
    /// <summary>Whether a stale answer is given without asking, because it takes the place of an error and the backend has just answered with one.</summary>
    public bool HidesError(CacheEntry entry, StoredResponse stored) =>
        Time.GetTimestamp() < entry.AskAfter && ReuseRule.MayHideError(stored.Freshness, Time.GetElapsedTime(stored.ReceivedAt));
}
