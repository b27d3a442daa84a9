using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Routing;

namespace FooBar.LoadBalancer.Tests.Routing;

public sealed class RouteTableTests
{
    [Theory]
    [InlineData("/posts/new", 1)]
    [InlineData("/posts/new/", 2)]
    [InlineData("/posts/", 2)]
    [InlineData("/posts/1", 2)]
    [InlineData("/posts/up/x", 3)]
    [InlineData("/posts", 0)]
    [InlineData("/Posts/new", 0)]
    [InlineData("", 0)]
    public void Path_FindsTheExactOneThenTheLongest(string path, long expected)
    {
        GatewayOptions options = new() { Limits = new LimitOptions { RequestBodyBytes = 0 } };
        options.Routes.Add(new RouteOptions { Path = "/posts/*", RequestBodyBytes = 2 });
        options.Routes.Add(new RouteOptions { Path = "/posts/up/*", RequestBodyBytes = 3 });
        options.Routes.Add(new RouteOptions { Path = "/posts/new", RequestBodyBytes = 1 });

        Assert.Equal(expected, new RouteTable(options).Find(path).RequestBodyBytes);
    }

    [Fact]
    public void Route_WithoutALimitOfItsOwn_HasTheGeneralOne()
    {
        GatewayOptions options = new();
        options.Routes.Add(new RouteOptions { Path = "/posts/new", OperationParameter = "op" });

        Assert.Equal(new RouteRules(1048576, "op", Grpc: false), new RouteTable(options).Find("/posts/new"));
    }
}
