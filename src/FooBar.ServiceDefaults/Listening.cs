using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace FooBar.ServiceDefaults;

/// <summary>
/// Opens Kestrel's sockets as it would itself, and names the address when one cannot be opened: of all reasons Kestrel puts it into words
/// only for a port in use.
/// </summary>
internal static class Listening
{
    /// <summary>
    /// Connections that may wait to be accepted; the kernel allows net.core.somaxconn at most. As many as systemd asks for: Kestrel sets it on a
    /// passed socket too, and its own 512 are reached within seconds of a restart.
    /// </summary>
    public const int Backlog = 4096;

    /// <summary>For <see cref="SocketTransportOptions.CreateBoundListenSocket"/>.</summary>
    /// <exception cref="ServiceConfigurationException">The system refuses the address or the port.</exception>
    /// <exception cref="SocketException">The port is in use, which Kestrel says itself.</exception>
    public static Socket Open(EndPoint endPoint)
    {
        if (endPoint is FileHandleEndPoint passed)
        {
            return OpenPassed(passed);
        }

        try
        {
            return SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        }
        catch (SocketException exception) when (exception.SocketErrorCode != SocketError.AddressAlreadyInUse)
        {
            string wayOut = exception.SocketErrorCode switch
            {
                SocketError.AddressNotAvailable => "Configure an address of this machine.",
                SocketError.AccessDenied => "A port below 1024 is root's: configure another port.",
                _ => "Configure another address.",
            };
            throw new ServiceConfigurationException([$"{endPoint} cannot be listened on: {exception.Message}. {wayOut}"], exception);
        }
    }

    /// <summary>
    /// A socket that systemd listens on, before this process and after it. Kestrel does not own its descriptor: disposing of it does nothing to
    /// the socket itself.
    /// </summary>
    private static Socket OpenPassed(FileHandleEndPoint passed)
    {
        string reason = "it does not listen on a TCP port";
        try
        {
            Socket socket = SocketTransportOptions.CreateDefaultBoundListenSocket(passed);
            if (socket is { SocketType: SocketType.Stream, LocalEndPoint: IPEndPoint }
                && socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection) is 1)
            {
                return socket;
            }
        }
        catch (SocketException exception)
        {
            reason = BindingMistake.OneLine(exception.Message);
        }

        throw new ServiceConfigurationException(
            [$"Descriptor {passed.FileHandle} from systemd cannot be listened on: {reason}. Its socket unit needs ListenStream= with a port."]);
    }
}
