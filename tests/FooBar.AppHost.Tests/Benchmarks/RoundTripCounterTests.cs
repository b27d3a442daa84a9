using System.Net;
using System.Net.Sockets;
using FooBar.Benchmarks.DataLayer;

namespace FooBar.AppHost.Tests.Benchmarks;

public sealed class RoundTripCounterTests
{
    [Fact]
    public async Task Count_IsOfAnswersWaitedForAndNotOfWhatWasSent()
    {
        using TcpListener server = new(IPAddress.Loopback, 0);
        server.Start();
        await using RoundTripCounter counter = new(((IPEndPoint)server.LocalEndpoint).Port);
        using TcpClient client = new() { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, counter.Port, TestContext.Current.CancellationToken);
        using TcpClient accepted = await server.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        accepted.NoDelay = true;
        NetworkStream near = client.GetStream();
        NetworkStream far = accepted.GetStream();

        // The server greets, as MySQL does. Then two requests, the first of them in two parts, and an answer in two parts.
        await SayAsync(far, near);
        await SayAsync(near, far);
        await SayAsync(near, far);
        await SayAsync(far, near);
        await SayAsync(far, near);
        await SayAsync(near, far);

        Assert.Equal(2, counter.Count);
    }

    /// <summary>Says a byte and waits until it was heard.</summary>
    private static async Task SayAsync(NetworkStream from, NetworkStream to)
    {
        await from.WriteAsync(new byte[] { 1 }, TestContext.Current.CancellationToken);
        await to.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
    }
}
