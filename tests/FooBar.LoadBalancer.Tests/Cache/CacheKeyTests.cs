using FooBar.LoadBalancer.Cache;

namespace FooBar.LoadBalancer.Tests.Cache;

public sealed class CacheKeyTests
{
    private static readonly CacheKey Key = new("https", "www.foobar.com", "/posts/1?x=1");

    [Theory]
    [InlineData("/posts/2", "/posts/2")]
    [InlineData("2?y=3", "/posts/2?y=3")]
    [InlineData("https://www.foobar.com/a", "/a")]
    [InlineData("https://www.foobar.com:443/a", "/a")]
    [InlineData("https://WWW.foobar.com/a", "/a")]
    [InlineData("http://www.foobar.com/a", null)]
    [InlineData("https://www.foobar.com:8443/a", null)]
    [InlineData("https://foobar.com/a", null)]
    [InlineData("//evil.example/a", null)]
    public void Reference_IsResolvedWithinTheOrigin(string reference, string? expected) => Assert.Equal(expected, Key.Resolve(reference)?.Target);

    [Fact]
    public void Keys_AreTheSameOnlyToTheLastLetter()
    {
        Assert.Equal(Key, new CacheKey("https", "www.foobar.com", "/posts/1?x=1"));
        Assert.NotEqual(Key, new CacheKey("https", "www.foobar.com", "/posts/1?X=1"));
        Assert.NotEqual(Key, new CacheKey("https", "www.foobar.com", "/posts/%31?x=1"));
        Assert.NotEqual(Key, new CacheKey("https", "foobar.com", "/posts/1?x=1"));
        Assert.NotEqual(Key, new CacheKey("http", "www.foobar.com", "/posts/1?x=1"));
    }
}
