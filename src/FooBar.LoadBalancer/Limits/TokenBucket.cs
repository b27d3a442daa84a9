namespace FooBar.LoadBalancer.Limits;

/// <summary>How often something may happen. Immutable.</summary>
/// <param name="Interval">Time for one more, in timestamps of the clock.</param>
/// <param name="Span">Time for as many as may happen at once.</param>
internal readonly record struct Rate(long Interval, long Span)
{
    /// <summary>So many a second on average, and so many at once after a rest.</summary>
    public static Rate Of(int perSecond, int burst, TimeProvider time)
    {
        long interval = Math.Max(1, time.TimestampFrequency / perSecond);
        return new Rate(interval, interval * burst);
    }
}

/// <summary>
/// A token bucket in one number, the time at which it is full again (the generic cell rate algorithm). Nothing has to refill it, and a rate that
/// is configured anew holds at once. Thread-safe without a lock; a field, never a copy.
/// </summary>
internal struct TokenBucket
{
    private long _full;

    /// <summary>Takes a token if there is one.</summary>
    /// <param name="now">The clock's timestamp.</param>
    /// <param name="rate">How fast it fills, and how much it holds.</param>
    /// <param name="wait">Time until there is one, in timestamps; 0 or less if one was taken.</param>
    public bool TryTake(long now, Rate rate, out long wait)
    {
        while (true)
        {
            long full = Volatile.Read(ref _full);
            long next = Math.Max(full, now) + rate.Interval;
            wait = next - now - rate.Span;
            if (wait > 0)
                return false;
            if (Interlocked.CompareExchange(ref _full, next, full) == full)
                return true;
        }
    }

    /// <summary>Whether it holds all that it can: then it says no more than a new one.</summary>
    public readonly bool IsFull(long now) => Volatile.Read(in _full) <= now;
}
