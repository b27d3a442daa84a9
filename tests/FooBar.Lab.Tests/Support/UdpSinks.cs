using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace FooBar.Lab.Tests.Support;

/// <summary>
/// Listens on UDP ports of a host and notes who got through: what a scan from outside cannot see, because neither a port without a listener
/// nor a closed one answers through a firewall that drops.
/// </summary>
internal sealed class UdpSinks : IDisposable
{
    private readonly ConcurrentBag<(IPAddress From, int Port)> _received = [];
    private readonly List<Socket> _sockets = [];

    /// <summary>Listens on all ports that nothing of the host itself has taken.</summary>
    public UdpSinks(NetworkNamespace host, IPAddress address, IEnumerable<int> ports)
    {
        foreach (int port in ports)
        {
            Socket socket = host.Socket(address.AddressFamily, SocketType.Dgram);
            try
            {
                socket.Bind(new IPEndPoint(address, port));
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                socket.Dispose();
                continue;
            }

            _sockets.Add(socket);
            Listening.Add(port);
            _ = ReceiveAsync(socket, port);
        }
    }

    /// <summary>The ports that it listens on.</summary>
    public List<int> Listening { get; } = [];

    /// <summary>The ports on which something came from an address, each once.</summary>
    public IReadOnlyList<int> From(string address) =>
        [.. _received.Where(datagram => datagram.From.Equals(IPAddress.Parse(address))).Select(datagram => datagram.Port).Distinct().Order()];

    /// <inheritdoc />
    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    private async Task ReceiveAsync(Socket socket, int port)
    {
        byte[] buffer = new byte[2048];
        IPEndPoint any = new(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        try
        {
            while (true)
            {
                SocketReceiveFromResult datagram = await socket.ReceiveFromAsync(buffer, any);
                _received.Add((((IPEndPoint)datagram.RemoteEndPoint).Address, port));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Closed at the end of the test.
        }
    }
}
