namespace FooBar.LoadBalancer.Limits;

/// <summary>Counts up to a limit, with as many threads as there are.</summary>
internal static class Count
{
    /// <summary>Adds one, unless there are <paramref name="most"/> or more. A moment of more than that is seen by nobody but those who count.</summary>
    public static bool TryUp(ref int count, int most)
    {
        if (Interlocked.Increment(ref count) <= most)
            return true;
        Interlocked.Decrement(ref count);
        return false;
    }
}
