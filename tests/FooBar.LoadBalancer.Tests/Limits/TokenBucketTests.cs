using FooBar.LoadBalancer.Limits;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Limits;

public sealed class TokenBucketTests
{
    private readonly FakeTime _time = new();
    private TokenBucket _bucket;

    [Fact]
    public void Bucket_HoldsTheBurst_AndThenSaysHowLongToWait()
    {
        Rate rate = Rate.Of(10, 3, _time);

        Assert.Equal([true, true, true, false], Take(rate, 4));
        Assert.False(_bucket.TryTake(_time.GetTimestamp(), rate, out long wait));
        Assert.Equal(TimeSpan.FromMilliseconds(100), TimeSpan.FromTicks(wait));
    }

    [Fact]
    public void Bucket_FillsWithTime_AndNotBeyondTheBurst()
    {
        Rate rate = Rate.Of(10, 3, _time);
        Take(rate, 3);

        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.Equal([false], Take(rate, 1));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal([true, false], Take(rate, 2));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal([true, true, true, false], Take(rate, 4));
    }

    [Fact]
    public void Bucket_OverASecond_GivesTheRate()
    {
        Rate rate = Rate.Of(50, 1, _time);
        int taken = 0;

        for (int i = 0; i < 1000; i++)
        {
            taken += Take(rate, 1)[0] ? 1 : 0;
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(50, taken);
    }

    [Fact]
    public void IsFull_IsSoUntilTheFirst_AndAgainWhenAllHasComeBack()
    {
        Rate rate = Rate.Of(10, 5, _time);
        Assert.True(_bucket.IsFull(_time.GetTimestamp()));

        Take(rate, 2);
        Assert.False(_bucket.IsFull(_time.GetTimestamp()));
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.True(_bucket.IsFull(_time.GetTimestamp()));
    }

    [Fact]
    public void Rate_ThatIsConfiguredAnew_HoldsAtOnce()
    {
        Take(Rate.Of(1, 1, _time), 1);

        Assert.Equal([false], Take(Rate.Of(1, 1, _time), 1));
        Assert.Equal([true], Take(Rate.Of(1, 2, _time), 1));
    }

    /// <summary>One bucket, many threads, no time: exactly the burst comes out.</summary>
    [Fact]
    public void Bucket_UnderManyThreads_GivesNoTokenTwice()
    {
        Rate rate = Rate.Of(1, 10_000, _time);
        int taken = 0;

        Parallel.For(0, 40_000, _ =>
        {
            if (_bucket.TryTake(_time.GetTimestamp(), rate, out long _))
                Interlocked.Increment(ref taken);
        });

        Assert.Equal(10_000, taken);
    }

    private bool[] Take(Rate rate, int times) => [.. Enumerable.Range(0, times).Select(_ => _bucket.TryTake(_time.GetTimestamp(), rate, out long _))];
}
