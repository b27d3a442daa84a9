namespace FooBar.LoadBalancer.Health;

/// <summary>How long a backend's latest answers took to begin: the last 128 of them. Thread-safe, without locks or allocation.</summary>
internal sealed class LatencySamples
{
    /// <summary>How many are kept. A power of two.</summary>
    public const int Capacity = 128;

    private const int LatencyBits = 24;
    private const long MostMilliseconds = (1L << LatencyBits) - 1;

    // Time and latency in milliseconds in one number, which is written and read whole. 0 is an empty place: times count from 1.
    private readonly long[] _samples = new long[Capacity];
    private int _next;

    /// <summary>Up to when the samples have been judged: what came before that says nothing new. Read and written by <see cref="HealthRecord"/> alone.</summary>
    public TimeSpan JudgedAt { get; set; }

    /// <summary>Adds an answer.</summary>
    /// <param name="at">When it is added, on a clock that began with the process.</param>
    /// <param name="latency">How long it took to begin, counted in whole milliseconds and up to 4 hours.</param>
    public void Add(TimeSpan at, TimeSpan latency)
    {
        int place = (Interlocked.Increment(ref _next) - 1) & (Capacity - 1);
        long milliseconds = Math.Clamp((long)latency.TotalMilliseconds, 0, MostMilliseconds);
        Volatile.Write(ref _samples[place], (((long)at.TotalMilliseconds + 1) << LatencyBits) | milliseconds);
    }

    /// <summary>The median of the answers that were added after a time.</summary>
    public LatencyMedian Since(TimeSpan from)
    {
        long earliest = (long)from.TotalMilliseconds + 1;
        Span<long> found = stackalloc long[Capacity];
        int count = 0;
        for (int place = 0; place < Capacity; place++)
        {
            long sample = Volatile.Read(ref _samples[place]);
            if (sample != 0 && sample >> LatencyBits > earliest)
                found[count++] = sample & MostMilliseconds;
        }

        found = found[..count];
        found.Sort();
        return new LatencyMedian(count, TimeSpan.FromMilliseconds(count == 0 ? 0 : found[count / 2]));
    }
}

/// <summary>The median of some answers' latencies.</summary>
/// <param name="Count">How many answers there were.</param>
/// <param name="Median">Their median; zero if there were none.</param>
internal readonly record struct LatencyMedian(int Count, TimeSpan Median);
