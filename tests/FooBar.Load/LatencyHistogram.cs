using System.Numerics;

namespace FooBar.Load;

/// <summary>
/// Counts durations from 1 µs to 10 min in buckets that grow with the value: 128 to each power of two, so that a value read back is the
/// recorded one or up to 1/128 (0.8 %) more; up to 256 µs it is exact to the microsecond. What is outside counts at the edge. The layout
/// is that of HdrHistogram. Recording allocates nothing; all members may be called from any thread, and a reading taken while others
/// record sees some of their values.
/// </summary>
public sealed class LatencyHistogram
{
    private const int Precision = 128;
    private const int Exact = 2 * Precision;
    private const long Longest = 600_000_000;

    private readonly long[] _buckets = new long[IndexOf(Longest) + 1];
    private long _count;
    private long _sum;
    private long _max;

    /// <summary>How many were recorded.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>The longest, to the microsecond; zero when nothing was recorded.</summary>
    public TimeSpan Max => TimeSpan.FromMicroseconds(Interlocked.Read(ref _max));

    /// <summary>The mean, to the microsecond; zero when nothing was recorded.</summary>
    public TimeSpan Mean => TimeSpan.FromMicroseconds(Count == 0 ? 0 : Interlocked.Read(ref _sum) / Count);

    /// <summary>Adds one.</summary>
    public void Record(TimeSpan duration)
    {
        long value = Math.Clamp((duration.Ticks + 5) / TimeSpan.TicksPerMicrosecond, 1, Longest);
        Interlocked.Increment(ref _buckets[IndexOf(value)]);
        Interlocked.Add(ref _sum, value);
        RaiseMax(value);
        Interlocked.Increment(ref _count);
    }

    /// <summary>Adds everything that another one holds.</summary>
    public void Merge(LatencyHistogram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (int index = 0; index < _buckets.Length; index++)
        {
            Interlocked.Add(ref _buckets[index], Interlocked.Read(ref other._buckets[index]));
        }

        Interlocked.Add(ref _sum, Interlocked.Read(ref other._sum));
        RaiseMax(Interlocked.Read(ref other._max));
        Interlocked.Add(ref _count, other.Count);
    }

    /// <summary>The duration that <paramref name="percent"/> of the recorded ones do not exceed, by nearest rank; zero when nothing was recorded.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not from 0 to 100.</exception>
    public TimeSpan Percentile(double percent)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(percent, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percent, 100);
        long count = Count;

        // In decimals: 99.9 % of 1000 is rank 999, in doubles it would be 1000.
        long rank = Math.Max(1, (long)decimal.Ceiling((decimal)percent * count / 100));
        long seen = 0;
        for (int index = 0; index < _buckets.Length; index++)
        {
            seen += Interlocked.Read(ref _buckets[index]);
            if (seen >= rank)
            {
                return TimeSpan.FromMicroseconds(Math.Min(HighestOf(index), Interlocked.Read(ref _max)));
            }
        }

        return Max;
    }

    /// <summary>How many lasted longer; those in the bucket of <paramref name="duration"/> itself count as not longer.</summary>
    public long CountAbove(TimeSpan duration)
    {
        long above = 0;
        for (int index = IndexOf(Math.Clamp(duration.Ticks / TimeSpan.TicksPerMicrosecond, 0, Longest)) + 1; index < _buckets.Length; index++)
        {
            above += Interlocked.Read(ref _buckets[index]);
        }

        return above;
    }

    /// <summary>Up to 255 a bucket each; above, the leading eight bits of the value choose the bucket in the row of its power of two.</summary>
    private static int IndexOf(long value)
    {
        if (value < Exact)
        {
            return (int)value;
        }

        int shift = BitOperations.Log2((ulong)value) - 7;
        return Exact + ((shift - 1) * Precision) + (int)((value >> shift) - Precision);
    }

    private static long HighestOf(int index)
    {
        if (index < Exact)
        {
            return index;
        }

        int shift = ((index - Exact) / Precision) + 1;
        long leading = ((index - Exact) % Precision) + Precision;
        return ((leading + 1) << shift) - 1;
    }

    private void RaiseMax(long value)
    {
        long max = Interlocked.Read(ref _max);
        while (value > max)
        {
            long before = Interlocked.CompareExchange(ref _max, value, max);
            if (before == max)
            {
                return;
            }

            max = before;
        }
    }
}
