using System.Text.RegularExpressions;
using FooBar.LoadBalancer.Edge.Strictness;
using FooBar.LoadBalancer.Errors;

namespace FooBar.LoadBalancer.Tests.Edge.Strictness;

public sealed partial class RefusalNamesTests
{
    [Fact]
    public void EveryRefusal_HasANameOfItsOwnAndAStatusThatIsTheClients()
    {
        Refusal[] all = Enum.GetValues<Refusal>();

        Assert.Equal(all.Length, all.Select(refusal => refusal.Text()).Distinct().Count());
        Assert.All(all, refusal => Assert.Matches(Name(), refusal.Text()));
        Assert.All(all, refusal => Assert.True(refusal.Status() is (>= 400 and < 500) or 501 or 505));
        Assert.All(all, refusal => Assert.Equal(-1, (ErrorText.For(refusal.Status()).Title + ErrorText.For(refusal.Status()).Detail).IndexOfAny(['<', '>', '&', '"', '\''])));
    }

    [Theory]
    [InlineData(400, false, "malformed")]
    [InlineData(400, true, "body-malformed")]
    [InlineData(405, false, "method-not-allowed")]
    [InlineData(408, true, "too-slow")]
    [InlineData(413, true, "body-too-large")]
    [InlineData(414, false, "line-too-long")]
    [InlineData(431, true, "headers-too-large")]
    [InlineData(505, false, "version")]
    public void StatusOfTheServers_HasAName(int status, bool inBody, string expected) => Assert.Equal(expected, Refusals.Of(status, inBody).Text());

    [GeneratedRegex("^[a-z]+(-[a-z]+)*\\z")]
    private static partial Regex Name();
}
