using FooBar.Web.Posts;

namespace FooBar.Web.Tests.Posts;

public sealed class AgeTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 31, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(-300, "just now")]
    [InlineData(59, "just now")]
    [InlineData(60, "a minute ago")]
    [InlineData(119, "a minute ago")]
    [InlineData(120, "2 minutes ago")]
    [InlineData(3_599, "59 minutes ago")]
    [InlineData(3_600, "an hour ago")]
    [InlineData(7_200, "2 hours ago")]
    [InlineData(86_399, "23 hours ago")]
    [InlineData(86_400, "yesterday")]
    [InlineData(172_800, "2 days ago")]
    [InlineData(28 * 86_400, "28 days ago")]
    [InlineData(29 * 86_400, "2 March 2026")]
    public void Of_Seconds_InWords(int seconds, string words) => Assert.Equal(words, Age.Of(Now.AddSeconds(-seconds), Now));

    [Fact]
    public void Machine_OtherOffset_IsUtc() =>
        Assert.Equal("2026-03-31T10:00:00Z", Age.Machine(new DateTimeOffset(2026, 3, 31, 12, 0, 0, TimeSpan.FromHours(2))));

    [Fact]
    public void AtMinute_IsUtc() => Assert.Equal("31 March 2026, 12:00 UTC", Age.AtMinute(Now));
}
