using System.Net;
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

    /// <summary>Whether a connection there begins with a TLS handshake.</summary>
    internal bool IsTls { get; private set; }

    /// <summary>What this process has accepted there.</summary>
    internal AcceptRecord Accepted { get; private set; } = new();

    /// <summary>Where it listens; null before the start. A listener on every address answers on loopback.</summary>
    internal IPEndPoint? EndPoint => _listener?.EndPoint is IPEndPoint { Port: > 0 } bound ? bound : null;

    /// <summary>Watches this listener, instead of the one that was named before.</summary>
    /// <param name="listener">A listener of TCP and TLS, before its <c>UseHttps</c>: a connection counts from its beginning.</param>
    public void Watch(ListenOptions listener) => Watch(listener, isTls: true);

    /// <summary>
    /// Whether this process itself opened the connection, to see whether it is still taken. Whoever bounds connections must let it in: without an
    /// answer to it the watchdog ends the process.
    /// </summary>
    /// <param name="connection">A connection that was accepted.</param>
    public bool IsProbe(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);

        // A port of this machine has one owner; the same number elsewhere says nothing.
        return connection.RemoteEndPoint is IPEndPoint remote
            && Accepted.Expects(remote.Port)
            && (IPAddress.IsLoopback(remote.Address) || remote.Address.Equals((connection.LocalEndPoint as IPEndPoint)?.Address));
    }

    internal void Watch(ListenOptions listener, bool isTls)
    {
        ArgumentNullException.ThrowIfNull(listener);
        AcceptRecord accepted = new();
        (_listener, IsTls, Accepted) = (listener, isTls, accepted);
        listener.Use(next => connection =>
        {
            accepted.Note(connection.RemoteEndPoint);
            return next(connection);
        });
    }
}
