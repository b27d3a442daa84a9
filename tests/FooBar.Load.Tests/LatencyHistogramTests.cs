namespace FooBar.Load.Tests;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Value_ReadBack_IsAtMostOnePercentMore()
    {
        // Every magnitude from 1 µs to 10 min, with both sides of each power of two, where the buckets change their width.
        List<long> values = [1, 2, 255, 256, 257, 600_000_000];
        for (long power = 1; power < 600_000_000; power *= 2)
        {
            values.AddRange(power - 1, power, power + 1, power * 4 / 3);
        }

        foreach (long value in values.Where(value => value is >= 1 and <= 600_000_000))
        {
            LatencyHistogram histogram = new();
            histogram.Record(TimeSpan.FromMicroseconds(value));
            histogram.Record(TimeSpan.FromMinutes(10));
            double read = histogram.Percentile(50).TotalMicroseconds;
            Assert.InRange(read, value, Math.Max(value, value * (1 + (1 / 128.0))));
            Assert.True(value >= 256 || read == value, $"{value} µs was read back as {read}");
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-5, 1)]
    [InlineData(0.4, 1)]
    [InlineData(1.5, 2)]
    [InlineData(700_000_000, 600_000_000)]
    public void Value_OutsideOfTheRange_CountsAtTheEdge(double microseconds, double expected)
    {
        LatencyHistogram histogram = new();
        histogram.Record(TimeSpan.FromTicks((long)(microseconds * TimeSpan.TicksPerMicrosecond)));

        Assert.Equal((1, expected, expected), (histogram.Count, histogram.Max.TotalMicroseconds, histogram.Percentile(50).TotalMicroseconds));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(50, 100)]
    [InlineData(50.1, 101)]
    [InlineData(99, 198)]
    [InlineData(99.5, 199)]
    [InlineData(100, 200)]
    public void Percentile_IsTheNearestRank(double percent, int expected)
    {
        LatencyHistogram histogram = new();
        for (int value = 200; value >= 1; value--)
        {
            histogram.Record(TimeSpan.FromMicroseconds(value));
        }

        Assert.Equal(expected, histogram.Percentile(percent).TotalMicroseconds);
        Assert.Equal(100, histogram.Mean.TotalMicroseconds);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(100.1)]
    public void Percentile_OutsideOfTheRange_IsRefused(double percent) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new LatencyHistogram().Percentile(percent));

    [Fact]
    public void Histogram_OfNothing_IsZero()
    {
        LatencyHistogram histogram = new();

        Assert.Equal((0, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero), (histogram.Count, histogram.Max, histogram.Mean, histogram.Percentile(99)));
    }

    [Fact]
    public void Merge_IsAsIfAllHadBeenRecordedInOne()
    {
        LatencyHistogram one = new();
        LatencyHistogram other = new();
        LatencyHistogram all = new();
        for (int value = 1; value <= 1000; value++)
        {
            TimeSpan duration = TimeSpan.FromMilliseconds(value * value % 977);
            (value % 3 == 0 ? one : other).Record(duration);
            all.Record(duration);
        }

        one.Merge(other);

        Assert.Equal((all.Count, all.Max, all.Mean), (one.Count, one.Max, one.Mean));
        Assert.All(Enumerable.Range(0, 101), percent => Assert.Equal(all.Percentile(percent), one.Percentile(percent)));
    }

    [Fact]
    public void CountAbove_CountsTheBucketsBeyond()
    {
        LatencyHistogram histogram = new();
        foreach (int milliseconds in (int[])[1, 10, 100, 1000, 10_000])
        {
            histogram.Record(TimeSpan.FromMilliseconds(milliseconds));
        }

        Assert.Equal([5, 4, 3, 1, 0], ((int[])[0, 1, 50, 1000, 10_000]).Select(milliseconds => histogram.CountAbove(TimeSpan.FromMilliseconds(milliseconds))));
    }

    [Fact]
    public void Recording_FromManyThreads_LosesNothingAndAllocatesNothing()
    {
        LatencyHistogram histogram = new();
        histogram.Record(TimeSpan.FromMilliseconds(1));
        long[] allocated = new long[4];
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(number => new Thread(() =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int value = 1; value <= 50_000; value++)
            {
                histogram.Record(TimeSpan.FromMicroseconds(value));
            }

            allocated[number] = GC.GetAllocatedBytesForCurrentThread() - before;
        }))];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        Assert.Equal(200_001, histogram.Count);
        Assert.Equal(4 * 255, histogram.Count - histogram.CountAbove(TimeSpan.FromMicroseconds(255)));
        Assert.Equal(TimeSpan.FromMilliseconds(50), histogram.Max);
        Assert.Equal([0, 0, 0, 0], allocated);
    }
}
