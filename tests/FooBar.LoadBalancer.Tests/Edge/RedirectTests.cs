using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.Edge;

public sealed class RedirectTests
{
    private static readonly ServedHosts Hosts = new(["www.foobar.com", "localhost", "127.0.0.1", "::1"]);

    [Theory]
    [InlineData("http://www.foobar.com/", 443, "https://www.foobar.com/")]
    [InlineData("http://www.foobar.com", 443, "https://www.foobar.com/")]
    [InlineData("http://www.foobar.com/a/b?c=d", 8443, "https://www.foobar.com:8443/a/b?c=d")]
    [InlineData("http://www.foobar.com:8080/", 8443, "https://www.foobar.com:8443/")]
    [InlineData("http://WWW.FooBar.com/", 443, "https://www.foobar.com/")]
    [InlineData("http://localhost:8080/x", 8443, "https://localhost:8443/x")]
    [InlineData("http://127.0.0.1:8080/x", 8443, "https://127.0.0.1:8443/x")]
    [InlineData("http://[::1]:8080/x", 8443, "https://[::1]:8443/x")]
    [InlineData("http://www.foobar.com//evil.example/", 443, "https://www.foobar.com//evil.example/")]
    [InlineData("http://www.foobar.com/a%20b/%C3%BC?q=%0D%0A", 443, "https://www.foobar.com/a%20b/%C3%BC?q=%0D%0A")]
    [InlineData("http://evil.example/", 443, null)]
    [InlineData("http://www.foobar.com.evil.example/", 443, null)]
    [InlineData("http://10.0.0.1/", 443, null)]
    public void Location_ByRequest_IsTheSameAddressOverHttpsOrNone(string url, int port, string? expected) =>
        Assert.Equal(expected, CanonicalRedirect.Location(Fakes.Request(url).Request, Hosts, port));

    [Fact]
    public void Location_WithoutAHost_IsNone()
    {
        DefaultHttpContext context = new();

        Assert.Null(CanonicalRedirect.Location(context.Request, Hosts, 443));
    }

    [Theory]
    [InlineData("http://foobar.com/a?b", 443, "https://www.foobar.com/a?b")]
    [InlineData("https://foobar.com:8443/a?b", 8443, "https://www.foobar.com:8443/a?b")]
    [InlineData("https://FOOBAR.com//evil.example/%0D%0A", 443, "https://www.foobar.com//evil.example/%0D%0A")]
    [InlineData("http://WWW.foobar.com/", 443, "https://www.foobar.com/")]
    [InlineData("http://localhost:8080/", 8443, "https://localhost:8443/")]
    [InlineData("http://127.0.0.1/", 443, "https://127.0.0.1/")]
    [InlineData("http://evil.example/", 443, null)]
    public void Location_WithACanonicalName_IsUnderThatNameForOtherPublicOnes(string url, int port, string? expected) =>
        Assert.Equal(expected, CanonicalRedirect.Location(Fakes.Request(url).Request, new ServedHosts(["foobar.com", "www.foobar.com", "localhost", "127.0.0.1"], "www.foobar.com"), port));
}
