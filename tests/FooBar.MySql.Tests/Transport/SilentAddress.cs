using System.Net;
using System.Net.Sockets;

namespace FooBar.MySql.Tests.Transport;

/// <summary>
/// An address where nobody answers, as behind a firewall that drops: a listener with room for one connection, which is taken, and which
/// never accepts. The kernel then ignores what else comes.
/// </summary>
internal sealed class SilentAddress : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _first = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public SilentAddress(string address, int port = 0)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Parse(address), port));
        _listener.Listen(0);
        _first.Connect(EndPoint);
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>Connections that this process has under way to it, as the kernel lists them.</summary>
    public int PendingConnects => PendingConnectsTo(EndPoint);

    public static int PendingConnectsTo(IPEndPoint endPoint)
    {
        const string SynSent = "02";
        string remote = $"{Convert.ToHexString([.. endPoint.Address.GetAddressBytes().Reverse()])}:{endPoint.Port:X4}";
        return File.ReadLines("/proc/net/tcp").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Count(fields => fields[2] == remote && fields[3] == SynSent);
    }

    public void Dispose()
    {
        _first.Dispose();
        _listener.Dispose();
    }
}
