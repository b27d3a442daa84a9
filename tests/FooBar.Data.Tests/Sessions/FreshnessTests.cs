namespace FooBar.Data.Tests;

public sealed class FreshnessTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(3_600_000.1)]
    [InlineData(365 * 86_400_000.0)]
    public void AtMost_OutOfRange_IsRefused(double milliseconds)
    {
        ArgumentOutOfRangeException failure = Assert.Throws<ArgumentOutOfRangeException>(() => Freshness.AtMost(TimeSpan.FromMilliseconds(milliseconds)));

        Assert.StartsWith("A staleness bound must be longer than zero and at most 01:00:00.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Kinds_AreTheirNamesAndDiffer()
    {
        Freshness[] kinds = [default, Freshness.Latest, Freshness.Any, Freshness.AtMost(TimeSpan.FromSeconds(1)), Freshness.AtMost(TimeSpan.FromTicks(1)), Freshness.AtMost(Freshness.LongestBound)];

        Assert.Equal(
            ["OwnWrites", "Latest", "Any", "AtMost(00:00:01)", "AtMost(00:00:00.0000001)", "AtMost(01:00:00)"], kinds.Select(kind => kind.ToString()));
        Assert.Equal(kinds.Length, kinds.Distinct().Count());
        Assert.Equal(Freshness.OwnWrites, default);
        Assert.Equal([null, null, null, TimeSpan.FromSeconds(1), TimeSpan.FromTicks(1), Freshness.LongestBound], kinds.Select(kind => kind.Bound));
    }
}
