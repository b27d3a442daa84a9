namespace FooBar.LoadBalancer.Cache;

/// <summary>
/// Memory for bodies that are on their way into the cache: a quarter of what the cache may hold. Who reads slowly, of many large bodies at once,
/// gets them without their being stored. Thread-safe.
/// </summary>
/// <param name="store">The cache.</param>
internal sealed class FillBudget(CacheStore store)
{
    private const int Share = 4;

    private long _taken;

    /// <summary>Bytes that are in use.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>Takes bytes; false if there are too few left.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= store.Capacity / Share)
            return true;
        Interlocked.Add(ref _taken, -bytes);
        return false;
    }

    /// <summary>Gives them back.</summary>
    public void Return(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
