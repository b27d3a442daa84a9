using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace FooBar.ServiceDefaults;

/// <summary>
/// Opens Kestrel's sockets as it would itself, and names the address when one cannot be opened: of all reasons Kestrel puts it into words
/// only for a port in use.
/// </summary>
internal static class Listening
{
    /// <summary>For <see cref="SocketTransportOptions.CreateBoundListenSocket"/>.</summary>
    /// <exception cref="ServiceConfigurationException">The system refuses the address or the port.</exception>
    /// <exception cref="SocketException">The port is in use, which Kestrel says itself.</exception>
    public static Socket Open(EndPoint endPoint)
    {
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
}
