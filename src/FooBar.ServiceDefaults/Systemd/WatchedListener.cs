using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace FooBar.ServiceDefaults.Systemd;

/// <summary>
/// The listener on which the process shows its watchdog that it still takes connections. The admin port, unless the application names one of
/// its own. Set while Kestrel is configured, before it starts; read after. Thread-safe after that.
/// </summary>
public sealed class WatchedListener
{
    private ListenOptions? _listener;
    private int _probePort;

    /// <summary>What a handshake there must serve; null where there is no TLS.</summary>
    internal Func<X509Certificate2>? Certificate { get; private set; }

    /// <summary>Where it listens; null before the start. A listener on every address answers on loopback.</summary>
    internal IPEndPoint? EndPoint => _listener?.EndPoint is IPEndPoint { Port: > 0 } bound ? bound : null;

    /// <summary>Watches this listener, instead of the one that was named before.</summary>
    /// <param name="listener">A listener of TCP and TLS.</param>
    /// <param name="certificate">The certificate that was loaded for it. Asked before each probe, so that one may be loaded anew meanwhile.</param>
    public void Watch(ListenOptions listener, Func<X509Certificate2> certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        WatchAdminPort(listener, certificate);
    }

    /// <summary>
    /// Whether this process itself opened the connection, to see whether it is still taken. Whoever bounds connections must let it in: without an
    /// answer to it the watchdog ends the process.
    /// </summary>
    /// <param name="connection">A connection that was accepted.</param>
    public bool IsProbe(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);

        // A port of this machine has one owner; the same number elsewhere says nothing.
        int port = Volatile.Read(ref _probePort);
        return port != 0
            && connection.RemoteEndPoint is IPEndPoint remote
            && remote.Port == port
            && (IPAddress.IsLoopback(remote.Address) || remote.Address.Equals((connection.LocalEndPoint as IPEndPoint)?.Address));
    }

    /// <summary>Names the port from which the next probe comes, before it comes.</summary>
    internal void ExpectProbe(int port) => Volatile.Write(ref _probePort, port);

    internal void WatchAdminPort(ListenOptions listener, Func<X509Certificate2>? certificate)
    {
        _listener = listener;
        Certificate = certificate;
    }
}
