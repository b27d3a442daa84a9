using System.Net;
using System.Net.Sockets;

namespace FooBar.Testing;

/// <summary>Ports of 127.0.0.1 for programs that cannot be told to choose one themselves. Thread-safe; nothing is reserved.</summary>
public static class FreePorts
{
    /// <summary>A TCP port that nobody has at this moment.</summary>
    public static int Next()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Whether nobody has the TCP port at this moment.</summary>
    public static bool IsFree(int port)
    {
        try
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
