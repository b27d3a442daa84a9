using System.Net;
using System.Net.Sockets;

namespace FooBar.Lab.Tests.Support;

/// <summary>Tries to leave a host as one of its users.</summary>
internal sealed class EgressProbe(NetworkNamespace host, int uid)
{
    /// <summary>Whoever answers at all does so within milliseconds.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    /// <summary>The TCP ports of an address to which the host's own firewall lets a connection out, whatever becomes of it there.</summary>
    /// <param name="to">The address.</param>
    /// <param name="ports">The ports to try.</param>
    /// <param name="answersAlways">
    /// Whether the receiver has no firewall, so that silence means that nothing came to it: over IPv6 the kernel does not tell a program that a
    /// rule of its own host refused its SYN. Otherwise silence means that the receiver dropped it.
    /// </param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyList<int>> TcpAsync(IPAddress to, IReadOnlyList<int> ports, bool answersAlways, CancellationToken cancellationToken)
    {
        bool[] left = await Task.WhenAll(ports.Select(port => LeavesAsync(new IPEndPoint(to, port), answersAlways, cancellationToken)));
        return [.. ports.Where((_, index) => left[index])];
    }

    /// <summary>The UDP ports of an address to which a datagram may leave.</summary>
    public IReadOnlyList<int> Udp(IPAddress to, IReadOnlyList<int> ports)
    {
        using Socket socket = host.Socket(to.AddressFamily, SocketType.Dgram, uid);
        return [.. ports.Where(port => Leaves(socket, new IPEndPoint(to, port)))];
    }

    private static bool Leaves(Socket socket, IPEndPoint to)
    {
        try
        {
            _ = socket.SendTo([0], to);
            return true;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode switch
            {
                SocketError.AccessDenied or SocketError.HostUnreachable or SocketError.NetworkUnreachable => false,

                // An answer to an earlier datagram: that one had left. This one is sent again.
                SocketError.ConnectionRefused or SocketError.ConnectionReset => Leaves(socket, to),
                _ => throw new InvalidOperationException($"UDP to {to}: {exception.SocketErrorCode}", exception),
            };
        }
    }

    private async Task<bool> LeavesAsync(IPEndPoint to, bool answersAlways, CancellationToken cancellationToken)
    {
        using Socket socket = host.Socket(to.AddressFamily, SocketType.Stream, uid);
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Silence);
        try
        {
            await socket.ConnectAsync(to, deadline.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return !answersAlways;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode switch
            {
                SocketError.ConnectionRefused or SocketError.ConnectionReset => true,
                SocketError.AccessDenied or SocketError.HostUnreachable or SocketError.NetworkUnreachable => false,
                _ => throw new InvalidOperationException($"TCP to {to}: {exception.SocketErrorCode}", exception),
            };
        }
    }
}
