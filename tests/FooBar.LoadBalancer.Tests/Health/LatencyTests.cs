using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Health;

namespace FooBar.LoadBalancer.Tests.Health;

public sealed class LatencyTests
{
    /// <summary>
    /// Medians in milliseconds, each with the count of its answers (20 if none is given): the backend's own, then those of the others. At least
    /// 5 times as long, and 500 ms longer.
    /// </summary>
    [Theory]
    [InlineData("1000", "100", true, 100)]
    [InlineData("999", "200", false, 200)]
    [InlineData("1000", "200", true, 200)]
    [InlineData("500", "0", true, 0)]
    [InlineData("499", "0", false, 0)]
    [InlineData("510", "11", false, 11)]
    [InlineData("100", "1000", false, 1000)]
    [InlineData("5000", "100 5000 100", true, 100)]
    [InlineData("5000", "100 5000", true, 100)]
    [InlineData("5000", "100 5000 5000", false, 5000)]
    [InlineData("1000:19", "100", null, 0)]
    [InlineData("1000", "100:19", null, 0)]
    [InlineData("1000", "100:19 900", false, 900)]
    [InlineData("1000", "", null, 0)]
    public void Backend_IsComparedWithWhatIsUsualAmongTheOthers(string own, string others, bool? expected, int usualMs)
    {
        LatencyVerdict? verdict = LatencyOutlier.Judge(Median(own), others.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Median), new HealthOptions());

        Assert.Equal(expected, verdict?.IsSlow);
        Assert.Equal(usualMs, verdict?.Usual.TotalMilliseconds ?? 0);
    }

    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("7", 1, 7)]
    [InlineData("9 1 5", 3, 5)]
    [InlineData("4 1 3 2", 4, 3)]
    [InlineData("0 0 99999999", 3, 0)]
    public void Samples_HaveAMedian(string milliseconds, int count, int expectedMs)
    {
        LatencySamples samples = new();
        foreach (string sample in milliseconds.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            samples.Add(TimeSpan.Zero, TimeSpan.FromMilliseconds(int.Parse(sample, null)));

        Assert.Equal(new LatencyMedian(count, TimeSpan.FromMilliseconds(expectedMs)), samples.Since(TimeSpan.FromSeconds(-1)));
    }

    [Fact]
    public void Samples_ThatAreOlder_DoNotCount()
    {
        LatencySamples samples = new();
        for (int second = 0; second < 10; second++)
            samples.Add(TimeSpan.FromSeconds(second), TimeSpan.FromMilliseconds(second));

        Assert.Equal(new LatencyMedian(3, TimeSpan.FromMilliseconds(8)), samples.Since(TimeSpan.FromSeconds(6)));
        Assert.Equal(0, samples.Since(TimeSpan.FromSeconds(9)).Count);
    }

    [Fact]
    public void Samples_BeyondTheRoom_ReplaceTheOldest()
    {
        LatencySamples samples = new();
        for (int i = 0; i < LatencySamples.Capacity; i++)
            samples.Add(TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
        for (int i = 0; i < (LatencySamples.Capacity / 2) + 1; i++)
            samples.Add(TimeSpan.Zero, TimeSpan.FromMilliseconds(9));

        Assert.Equal(new LatencyMedian(LatencySamples.Capacity, TimeSpan.FromMilliseconds(9)), samples.Since(TimeSpan.FromSeconds(-1)));
    }

    private static LatencyMedian Median(string text)
    {
        string[] parts = text.Split(':');
        return new LatencyMedian(parts.Length == 2 ? int.Parse(parts[1], null) : 20, TimeSpan.FromMilliseconds(int.Parse(parts[0], null)));
    }
}
