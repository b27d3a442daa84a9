namespace FooBar.LoadBalancer.Balancing;

/// <summary>The last 1,024 of a kind of time, and the longest of all. Thread-safe without a lock: a reader may see a few that are just being replaced.</summary>
internal sealed class RollingTimes
{
    private const int Size = 1024;

    private readonly long[] _ticks = new long[Size];
    private long _count;
    private long _longest;

    /// <summary>How many there were since the start.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>The longest since the start.</summary>
    public TimeSpan Longest => TimeSpan.FromTicks(Volatile.Read(ref _longest));

    /// <summary>The mean of the last 1,024; zero before the first.</summary>
    public TimeSpan Mean
    {
        get
        {
            int count = (int)Math.Min(Count, Size);
            long sum = 0;
            for (int i = 0; i < count; i++)
                sum += Volatile.Read(ref _ticks[i]);
            return count == 0 ? TimeSpan.Zero : TimeSpan.FromTicks(sum / count);
        }
    }

    /// <summary>Adds one.</summary>
    public void Add(TimeSpan time)
    {
        long index = Interlocked.Increment(ref _count) - 1;
        Volatile.Write(ref _ticks[index % Size], time.Ticks);
        for (long longest = Volatile.Read(ref _longest); time.Ticks > longest;)
        {
            long seen = Interlocked.CompareExchange(ref _longest, time.Ticks, longest);
            if (seen == longest)
                return;
            longest = seen;
        }
    }
}
