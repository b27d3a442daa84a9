using FooBar.LoadBalancer.Balancing;

namespace FooBar.LoadBalancer.Tests.Balancing;

public sealed class RollingTimesTests
{
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1, 1, 1)]
    [InlineData(3, 2, 3)]
    [InlineData(1024, 512.5, 1024)]

    // The last 1,024 of them are 977 to 2,000.
    [InlineData(2000, 1488.5, 2000)]
    public void Mean_IsOfTheLast1024_AndTheLongestIsOfAll(int count, double mean, double longest)
    {
        RollingTimes times = new();
        for (int i = 1; i <= count; i++)
            times.Add(TimeSpan.FromMilliseconds(i));

        Assert.Equal((count, mean, longest), (times.Count, times.Mean.TotalMilliseconds, times.Longest.TotalMilliseconds));
    }

    [Fact]
    public async Task Longest_OfManyAtOnce_IsKept()
    {
        RollingTimes times = new();
        using Barrier together = new(4);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                for (int i = 0; i < 1000; i++)
                    times.Add(TimeSpan.FromTicks((i * 4) + thread));
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.Equal((4000, 3999), (times.Count, times.Longest.Ticks));
    }
}
