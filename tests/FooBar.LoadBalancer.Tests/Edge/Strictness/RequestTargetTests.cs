using FooBar.LoadBalancer.Edge.Strictness;

namespace FooBar.LoadBalancer.Tests.Edge.Strictness;

public sealed class RequestTargetTests
{
    [Theory]
    [InlineData("/", null)]
    [InlineData("/a.b/c?d=../e", null)]
    [InlineData("/...", null)]
    [InlineData("/.a", null)]
    [InlineData("/a;b=.", null)]
    [InlineData("/%2F", null)]
    [InlineData("/?%", null)]
    [InlineData("/?\\", null)]
    [InlineData("/.", "Path")]
    [InlineData("/a/..", "Path")]
    [InlineData("/a/%2E%2e/b", "Path")]
    [InlineData("/a%2f..%2Fb", "Path")]
    [InlineData("/..;a/b", "Path")]
    [InlineData("/..;", "Path")]
    [InlineData("/a\\b", "Path")]
    [InlineData("/%5c", "Path")]
    [InlineData("/%1f", "Path")]
    [InlineData("/%", "Path")]
    [InlineData("/%2", "Path")]
    [InlineData("/%g0", "Path")]
    [InlineData("/a b", "Target")]
    [InlineData("/a#b", "Target")]
    [InlineData("/\u00e4", "Target")]
    [InlineData("", "Target")]
    [InlineData("*", "Target")]
    [InlineData("localhost:443", "Target")]
    [InlineData("https://www.foobar.com/a?b", null)]
    [InlineData("HTTPS://WWW.foobar.com", null)]
    [InlineData("https://www.foobar.com/../a", "Path")]
    [InlineData("https://www.foobar.com/%41", "Target")]
    [InlineData("https://www.foobar.com?%41", null)]
    [InlineData("http://www.foobar.com/", "Target")]
    [InlineData("https://x@www.foobar.com/", "Host")]
    [InlineData("https://other.example/", "Host")]
    public void Fault_OfATarget_IsNamed(string target, string? expected) =>
        Assert.Equal(expected, RequestTarget.Fault(target, "https", "www.foobar.com")?.ToString());

    [Theory]
    [InlineData("/a%2Fb?c", "/a%2Fb?c")]
    [InlineData("https://www.foobar.com", "/")]
    [InlineData("https://www.foobar.com?a", "/?a")]
    [InlineData("https://www.foobar.com/a//b?c", "/a//b?c")]
    public void OriginForm_OfATarget_IsItsPathAndQueryAsTheyCame(string target, string expected) => Assert.Equal(expected, RequestTarget.OriginForm(target));

    [Theory]
    [InlineData("/health", true)]
    [InlineData("/HEALTH/ready?x", true)]
    [InlineData("//%2Fh%65alth%2fx", true)]
    [InlineData("/metrics;x", true)]
    [InlineData("https://www.foobar.com/metrics", true)]
    [InlineData("/healthy", false)]
    [InlineData("/health%2568", false)]
    [InlineData("/%2568ealth", false)]
    [InlineData("/a/health", false)]
    [InlineData("/?/health", false)]
    [InlineData("/", false)]
    [InlineData("///", false)]
    public void InnerPage_IsKnownInEveryWriting(string target, bool expected) => Assert.Equal(expected, RequestTarget.IsInnerPage(target));
}
