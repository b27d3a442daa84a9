using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Edge;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace FooBar.LoadBalancer.Tests.Edge;

public sealed class KestrelLimitsTests
{
    /// <summary>What the transport holds must not lengthen the time that the server gives to whoever does not read the last of an answer.</summary>
    [Theory]
    [InlineData(512 * 1024, 64 * 1024)]
    [InlineData(16 * 1024, 16 * 1024)]
    public void Answers_AreHeldByTheTransport_AndByTheServerUpToItsShare(int held, int byTheServer)
    {
        LimitOptions limits = new() { ResponseBufferBytes = held };
        KestrelServerLimits server = new();
        SocketTransportOptions transport = new();

        KestrelLimits.Set(server, limits);
        KestrelLimits.Set(transport, limits);

        Assert.Equal((held, byTheServer), (transport.MaxWriteBufferSize, server.MaxResponseBufferSize));
    }
}
