using FooBar.LoadBalancer.Cache;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FooBar.LoadBalancer.Tests.Cache;

public sealed class CacheBypassTests
{
    [Theory]
    [InlineData("foobar-causal=x", true)]
    [InlineData("a=b; foobar-causal=x", true)]
    [InlineData("a=b;__Host-foobar-form=x", true)]
    [InlineData("a=b, __Host-foobar-session=x", true)]
    [InlineData("Foobar-Causal=x", true)]
    [InlineData(".AspNetCore.Antiforgery.abc=x", true)]
    [InlineData("foobar-causal", true)]
    [InlineData("a=\"x; foobar-causal=y\"", true)]
    [InlineData("a=foobar-causal", false)]
    [InlineData("xfoobar-causal=x", false)]
    [InlineData("exact=1", true)]
    [InlineData("exactly=1", false)]
    [InlineData("", false)]
    public void Cookie(string cookies, bool expected) => Assert.Equal(expected, Covers(context => context.Request.Headers.Cookie = cookies));

    [Fact]
    public void Cookie_OnASecondLine() =>
        Assert.True(Covers(context => context.Request.Headers.Cookie = new(["a=b", "foobar-causal=x"])));

    [Theory]
    [InlineData("Causal-Token", "", true)]
    [InlineData("causal-token", "x", true)]
    [InlineData("Upgrade", "websocket", true)]
    [InlineData("If-Match", "\"a\"", true)]
    [InlineData("If-Unmodified-Since", "x", true)]
    [InlineData("Connection", "keep-alive", false)]
    [InlineData("Connection", "Close", false)]
    [InlineData("Connection", "Accept-Encoding", true)]
    [InlineData("Connection", "keep-alive, Foo", true)]
    [InlineData("If-None-Match", "\"a\"", false)]
    [InlineData("Authorization", "x", false)]
    public void Field(string name, string value, bool expected) => Assert.Equal(expected, Covers(context => context.Request.Headers[name] = value));

    [Theory]
    [InlineData("www.foobar.com", "/x", false)]
    [InlineData("www.foobar.com:8443", "/x?a=B", false)]
    [InlineData("www.fooBar.com", "/x", true)]
    [InlineData("www.foobar.com", "https://www.foobar.com/x", true)]
    [InlineData("www.foobar.com", "*", true)]
    public void Address(string host, string target, bool expected) => Assert.Equal(expected, Covers(context =>
    {
        context.Request.Host = new HostString(host);
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
    }));

    [Fact]
    public void Body_OfAGet() => Assert.True(Covers(context => context.Features.Set<IHttpRequestBodyDetectionFeature>(new Body())));

    private static bool Covers(Action<HttpContext> arrange)
    {
        CacheOptions options = new();
        foreach (string name in CacheOptions.DefaultBypassCookies.Append("exact"))
            options.BypassCookies.Add(name);
        foreach (string name in CacheOptions.DefaultBypassHeaders)
            options.BypassHeaders.Add(name);
        DefaultHttpContext context = Fakes.Request("https://www.foobar.com/");
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = "/";
        arrange(context);
        return new CacheBypass(options).Covers(context);
    }

    private sealed class Body : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => true;
    }
}
