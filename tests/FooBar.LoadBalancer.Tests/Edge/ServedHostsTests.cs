using FooBar.LoadBalancer.Edge;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.Edge;

public sealed class ServedHostsTests
{
    private static readonly ServedHosts Hosts = new(["www.foobar.com", "foobar.com", "localhost", "app.localhost", "web", "127.0.0.1", "::1"]);

    [Theory]
    [InlineData("www.foobar.com", true, true)]
    [InlineData("WWW.FOOBAR.COM:8443", true, true)]
    [InlineData("foobar.com", true, true)]
    [InlineData("localhost:8443", true, false)]
    [InlineData("app.localhost", true, false)]
    [InlineData("web", true, false)]
    [InlineData("127.0.0.1:8443", true, false)]
    [InlineData("[::1]:8443", true, false)]
    [InlineData("[::1]", true, false)]
    [InlineData("x.foobar.com", false, false)]
    [InlineData("www.foobar.com.", false, false)]
    [InlineData("www.foobar.com.evil.example", false, false)]
    [InlineData("127.0.0.2", false, false)]
    [InlineData("", false, false)]
    public void Host_ByName_IsServedAndPublicOrNot(string host, bool served, bool isPublic) =>
        Assert.Equal((served, isPublic), (Hosts.Contains(new HostString(host)), Hosts.IsPublic(new HostString(host))));

    [Theory]
    [InlineData("foobar.com", true)]
    [InlineData("FooBar.com:443", true)]
    [InlineData("www.foobar.com", false)]
    [InlineData("WWW.foobar.com:8443", false)]
    [InlineData("localhost", false)]
    [InlineData("[::1]", false)]
    [InlineData("other.example", false)]
    public void Host_ByName_IsOtherThanTheCanonicalOneOrNot(string host, bool expected)
    {
        ServedHosts hosts = new(["www.foobar.com", "foobar.com", "localhost", "::1"], "www.foobar.com");

        Assert.Equal(expected, hosts.IsOtherThanCanonical(new HostString(host)));
        Assert.False(Hosts.IsOtherThanCanonical(new HostString(host)));
    }
}
