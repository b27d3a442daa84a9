using FooBar.LoadBalancer.Cache;

namespace FooBar.LoadBalancer.Tests.Cache;

public sealed class PurgeScopeTests
{
    [Theory]
    [InlineData("https://www.foobar.com/a", "www.foobar.com/a www.foobar.com:8443/a www.foobar.com:443/a", "foobar.com/a www.foobar.com.example/a www.foobar.com/A www.foobar.com/a? www.foobar.com/a/ www.foobar.com/ab")]
    [InlineData("HTTPS://WWW.FooBar.com:443/a", "www.foobar.com/a www.foobar.com:8443/a", "foobar.com/a")]
    [InlineData("https://www.foobar.com:8443/a", "www.foobar.com:8443/a", "www.foobar.com/a www.foobar.com:84430/a www.foobar.com:8444/a")]
    [InlineData("https://www.foobar.com", "www.foobar.com/", "www.foobar.com/a")]
    [InlineData("https://www.foobar.com?x=/", "www.foobar.com/?x=/", "www.foobar.com/")]
    [InlineData("https://www.foobar.com/a?x=1&y=%c3%a4", "www.foobar.com/a?x=1&y=%c3%a4", "www.foobar.com/a?x=1&y=%C3%A4 www.foobar.com/a www.foobar.com/a?x=1")]
    [InlineData("https://www.foobar.com/grün?q=日", "www.foobar.com/gr%C3%BCn?q=%E6%97%A5", "www.foobar.com/gr%c3%bcn?q=%E6%97%A5")]
    [InlineData("https://www.foobar.com/%61/../b", "www.foobar.com/%61/../b", "www.foobar.com/b www.foobar.com/a/../b")]
    [InlineData("https://[::1]/a", "[::1]/a [::1]:8443/a", "[::1:2]/a 127.0.0.1/a")]
    [InlineData("https://[::1]:8443/a", "[::1]:8443/a", "[::1]/a")]
    [InlineData("https://127.0.0.1:8443/a", "127.0.0.1:8443/a", "127.0.0.1/a")]
    public void Address_Covers_WhatIsStoredForIt(string url, string covered, string others) => AssertCovers(PurgeScope.Read(url, below: false), covered, others);

    [Theory]
    [InlineData("https://www.foobar.com/a", "www.foobar.com/a www.foobar.com/a?x=1 www.foobar.com/a/ www.foobar.com/a/b?x=1 www.foobar.com:8443/a/b/c", "www.foobar.com/ab www.foobar.com/ www.foobar.com/b/a foobar.com/a")]
    [InlineData("https://www.foobar.com/a/", "www.foobar.com/a/ www.foobar.com/a/?x www.foobar.com/a/b", "www.foobar.com/a www.foobar.com/a?x=1 www.foobar.com/ab")]
    [InlineData("https://www.foobar.com/", "www.foobar.com/ www.foobar.com/?x www.foobar.com/a/b", "foobar.com/")]
    [InlineData("https://www.foobar.com:8443", "www.foobar.com:8443/a", "www.foobar.com/a")]
    public void Below_Covers_ItselfAndWhatIsBelow(string url, string covered, string others) => AssertCovers(PurgeScope.Read(url, below: true), covered, others);

    [Fact]
    public void Scheme_ThatIsAnother_IsNotCovered() =>
        Assert.False(PurgeScope.Read("https://www.foobar.com/a", below: false)!.Covers(new CacheKey("http", "www.foobar.com", "/a")));

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("www.foobar.com/a")]
    [InlineData("http://www.foobar.com/a")]
    [InlineData("ftp://www.foobar.com/a")]
    [InlineData("https:/www.foobar.com/a")]
    [InlineData("https:///a")]
    [InlineData("https://?x")]
    [InlineData("https://me@www.foobar.com/a")]
    [InlineData("https://www.foobar.com:/a")]
    [InlineData("https://www.foobar.com:0/a")]
    [InlineData("https://www.foobar.com:99999/a")]
    [InlineData("https://www.foobar.com:https/a")]
    [InlineData("https://[::1/a")]
    [InlineData("https://www foobar.com/a")]
    [InlineData("https://www.foobar.com/a b")]
    [InlineData("https://www.foobar.com/a#b")]
    [InlineData("https://www.foobar.com#b")]
    [InlineData("https://www.foobar.com/a\r\nb")]
    [InlineData("https://www.foobar.com/a\u007f")]
    [InlineData("https://*/a")]
    public void Address_ThatNoVisitorCouldAskFor_IsNone(string url) => Assert.Null(PurgeScope.Read(url, below: false));

    [Fact]
    public void Below_WithAQuery_IsNone() => Assert.Null(PurgeScope.Read("https://www.foobar.com/a?x=1", below: true));

    private static void AssertCovers(PurgeScope? scope, string covered, string others)
    {
        Assert.NotNull(scope);
        Assert.All(covered.Split(' '), address => Assert.True(scope.Covers(Key(address)), address));
        Assert.All(others.Split(' '), address => Assert.False(scope.Covers(Key(address)), address));
        Assert.All($"{covered} {others}".Split(' '), address => Assert.True(PurgeScope.All.Covers(Key(address)), address));
    }

    private static CacheKey Key(string address) => new("https", address[..address.IndexOf('/')], address[address.IndexOf('/')..]);
}
