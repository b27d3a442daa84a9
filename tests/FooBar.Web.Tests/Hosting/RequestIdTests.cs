using System.Net;
using FooBar.Web.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace FooBar.Web.Tests.Hosting;

public sealed class RequestIdTests
{
    [Fact]
    public async Task Invoke_FromTheGateway_TheGatewaysId() => Assert.Equal("0af7-651.9_x", await IdAsync("127.0.0.1", "0af7-651.9_x"));

    [Theory]
    [InlineData("127.0.0.1", null)]
    [InlineData("127.0.0.1", "")]
    [InlineData("127.0.0.1", "<script>")]
    [InlineData("127.0.0.1", "a b")]
    [InlineData("127.0.0.1", "a,b")]
    [InlineData("127.0.0.1", "12345678901234567890123456789012345678901234567890123456789012345")]
    [InlineData("192.0.2.7", "0af7")]
    public async Task Invoke_FromAStrangerOrMalformed_AnIdOfItsOwn(string peer, string? given)
    {
        string id = await IdAsync(peer, given);
        Assert.Matches("^[0-9a-f]{32}$", id);
    }

    private static async Task<string> IdAsync(string peer, string? given)
    {
        KnownProxies proxies = new(Options.Create(new WebOptions()));
        DefaultHttpContext context = new();
        context.Connection.RemoteIpAddress = IPAddress.Parse(peer);
        if (given is not null)
            context.Request.Headers["X-Request-Id"] = given;
        await new RequestId(_ => Task.CompletedTask, proxies).InvokeAsync(context);
        return context.TraceIdentifier;
    }
}
