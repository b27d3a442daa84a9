using System.Net;
using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.Edge;

public sealed class GatewayRequestTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData(null, "unknown")]
    public void ClientAddress_OfAMappedAddress_IsTheIPv4Address(string? remote, string expected)
    {
        DefaultHttpContext context = new();
        context.Connection.RemoteIpAddress = remote is null ? null : IPAddress.Parse(remote);

        Assert.Equal(expected, GatewayRequest.Begin(context, new FakeTime().GetUtcNow(), Fakes.Settings()).ClientAddress);
    }

    [Fact]
    public void Ids_AreUniqueAndAscendWithTime()
    {
        FakeTime time = new();
        List<string> ids = [];
        for (int i = 0; i < 1000; i++)
        {
            ids.Add(GatewayRequest.Begin(new DefaultHttpContext(), time.GetUtcNow(), Fakes.Settings()).Id);
            time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(1000, ids.Distinct().Count());
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
    }
}
