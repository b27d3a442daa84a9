namespace FooBar.LoadBalancer.Tests.Soak;

public sealed class GrowthTests
{
    [Theory]
    [InlineData("1 1 1 1 1 1 1 1 1", 1, 1, true)]
    [InlineData("1 5 9 9 9 9 9 9 9", 9, 9, true)]
    [InlineData("9 9 9 5 5 5 3 3 3", 5, 3, true)]
    [InlineData("1 1 1 5 5 5 7 7 7", 5, 7, true)]
    [InlineData("1 1 1 5 5 5 7.1 7.1 7.1", 5, 7.1, false)]
    [InlineData("1 2 3 4 5 6 7 8 9", 5, 8, false)]
    [InlineData("1 1 1 5 5 99 5 5 5", 5, 5, true)]
    [InlineData("1 1 1 5 5 5 5 5 99", 5, 5, true)]
    [InlineData("0 0 1 1 1 5 5 5 5 6 6 6", 5, 6, true)]
    [InlineData("0 0 0 0 1 2 3 4 5 6 7 8 9 9", 4.5, 8.5, false)]
    public void Growth_OfTheLastThird_IsHeldAgainstTheMiddleOne(string samples, double middle, double last, bool isFlat)
    {
        Growth growth = Growth.Of("it", [.. samples.Split(' ').Select(text => double.Parse(text, null))], 2);

        Assert.Equal((middle, last, isFlat), (growth.Middle, growth.Last, growth.IsFlat));
    }

    [Fact]
    public void Growth_OfTooFew_IsNone() => Assert.Throws<ArgumentException>(() => Growth.Of("it", [1, 1, 1, 1, 1, 1, 1, 1], 0));
}
