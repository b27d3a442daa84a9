using System.Net.Sockets;

namespace FooBar.MySql.Transport;

/// <summary>
/// How TCP finds out that the other host is gone without a word: powered off, or cut off. Left to itself Linux asks after two hours of
/// silence, and goes on sending what is not acknowledged for a quarter of an hour.
/// </summary>
internal static class Liveness
{
    /// <summary>Unanswered questions after which the host is given up.</summary>
    private const int Probes = 3;

    private const int IpProtocolTcp = 6;
    private const int TcpUserTimeout = 18;

    /// <param name="socket">A connected TCP socket.</param>
    /// <param name="idle">Silence after which the first question is asked; the host is given up after twice that. Zero: as the system has it.</param>
    public static void Watch(Socket socket, TimeSpan idle)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        if (idle == TimeSpan.Zero) return;

        int seconds = (int)idle.TotalSeconds;
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, seconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, (seconds + Probes - 1) / Probes);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);

        // Keep-alive asks in silence only: while something is unacknowledged, this is what counts.
        if (OperatingSystem.IsLinux()) socket.SetRawSocketOption(IpProtocolTcp, TcpUserTimeout, BitConverter.GetBytes(2_000 * seconds));
    }
}
