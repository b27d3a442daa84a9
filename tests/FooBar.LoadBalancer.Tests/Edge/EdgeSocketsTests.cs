using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Edge;

namespace FooBar.LoadBalancer.Tests.Edge;

public sealed class EdgeSocketsTests
{
    [Fact]
    public void From_NoSockets_IsNone() => Assert.Null(EdgeSockets.From([]));

    [Fact]
    public void From_SeveralOfAName_KeepsEach()
    {
        EdgeSockets sockets = EdgeSockets.From([new("https", 3), new("http", 4), new("https", 5), new("admin", 6)])!;

        Assert.Equal([3, 5], sockets.Https);
        Assert.Equal([4], sockets.Http);
    }

    [Theory]
    [InlineData("https", "LISTEN_FDNAMES has no socket named 'http'; the service needs a socket unit with FileDescriptorName=http.")]
    [InlineData("http", "LISTEN_FDNAMES has no socket named 'https'; the service needs a socket unit with FileDescriptorName=https.")]
    public void From_OneOfTheTwo_SaysWhichIsMissing(string name, string expected)
    {
        GatewayConfigurationException mistake = Assert.Throws<GatewayConfigurationException>(() => EdgeSockets.From([new(name, 3)]));

        Assert.Equal([expected], mistake.Errors);
    }

    [Fact]
    public void From_AnotherName_SaysWhich()
    {
        GatewayConfigurationException mistake = Assert.Throws<GatewayConfigurationException>(
            () => EdgeSockets.From([new("https", 3), new("Http", 4), new("http", 5), new("unknown", 6)]));

        Assert.Equal(
            [
                "LISTEN_FDNAMES has a socket named 'Http'; the socket units' FileDescriptorName= must be https, http or admin.",
                "LISTEN_FDNAMES has a socket named 'unknown'; the socket units' FileDescriptorName= must be https, http or admin.",
            ],
            mistake.Errors);
    }
}
