using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace FooBar.ServiceDefaults.Systemd;

/// <summary>
/// The listener on which the process shows its watchdog that it still takes connections. The admin port, unless the application names one of
/// its own. Set while Kestrel is configured, before it starts; read after.
/// </summary>
public sealed class WatchedListener
{
    private ListenOptions? _listener;

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

    internal void WatchAdminPort(ListenOptions listener, Func<X509Certificate2>? certificate)
    {
        _listener = listener;
        Certificate = certificate;
    }
}
