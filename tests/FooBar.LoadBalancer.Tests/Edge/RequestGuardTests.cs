using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Edge.Strictness;
using FooBar.LoadBalancer.Routing;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.Edge;

public sealed class RequestGuardTests
{
    private static readonly ServedHosts Hosts = new(["www.foobar.com"]);

    [Theory]
    [InlineData("https://www.foobar.com/", null, null, null)]
    [InlineData("https://www.foobar.com/healthy", null, null, null)]
    [InlineData("https://www.foobar.com/posts/health", null, null, null)]
    [InlineData("https://www.foobar.com/metrics.html", null, null, null)]
    [InlineData("https://other.example/", null, null, 421)]
    [InlineData("https://other.example/health", null, null, 421)]
    [InlineData("https://www.foobar.com/health", null, null, 404)]
    [InlineData("https://www.foobar.com/Health/Ready", null, null, 404)]
    [InlineData("https://www.foobar.com/metrics", null, null, 404)]
    [InlineData("https://www.foobar.com/metrics/x", null, null, 404)]
    [InlineData("https://www.foobar.com/", "application/grpc", null, 415)]
    [InlineData("https://www.foobar.com/", "Application/GRPC+json", null, 415)]
    [InlineData("https://www.foobar.com/", "application/grpc; charset=utf-8", null, 415)]
    [InlineData("https://www.foobar.com/", "application/grpc-web+proto", null, null)]
    [InlineData("https://www.foobar.com/", "application/json", null, null)]
    [InlineData("https://www.foobar.com/", null, 1000L, null)]
    [InlineData("https://www.foobar.com/", null, 1001L, 413)]
    public void Refusal_ByRequest_IsAStatusOrNone(string url, string? contentType, long? length, int? expected)
    {
        DefaultHttpContext context = Fakes.Request(url, "POST");
        context.Request.ContentType = contentType;
        context.Request.ContentLength = length;

        Assert.Equal(expected, RequestGuard.Find(context, Hosts, new RouteRules(1000, null, Grpc: false))?.Status());
    }
}
