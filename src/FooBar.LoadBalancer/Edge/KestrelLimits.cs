using System.Net;
using System.Net.Sockets;
using FooBar.LoadBalancer.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace FooBar.LoadBalancer.Edge;

/// <summary>Puts <see cref="LimitOptions"/> into the server, at the start and with each reload. The server reads them for each new connection.</summary>
internal sealed class KestrelLimits(IOptions<KestrelServerOptions> kestrel) : IReloadable
{
    /// <summary>IPPROTO_TCP and TCP_NOTSENT_LOWAT of tcp(7).</summary>
    private const int Tcp = 6;
    private const int NotSentLowAt = 25;

    /// <summary>More requests at once than come on any connection: the server must refuse none, see <see cref="Limits.FrameGuard"/>.</summary>
    private const int AnyStreams = 1 << 24;

    /// <summary>
    /// After how many requests beyond the limit, and with how many writes that wait, the server aborts an HTTP/2 connection; 0 for never. See
    /// <see cref="Limits.FrameGuard"/>, which bounds both.
    /// </summary>
    private static readonly string[] _aborts =
    [
        "Microsoft.AspNetCore.Server.Kestrel.Http2.MaxEnhanceYourCalmCount",
        "Microsoft.AspNetCore.Server.Kestrel.Http2.MaxConnectionFlowControlQueueSize",
    ];

    /// <inheritdoc />
    public Action Prepare(GatewaySettings next) => () => Set(kestrel.Value.Limits, next.Options.Limits);

    /// <summary>Sets them.</summary>
    public static void Set(KestrelServerLimits server, LimitOptions limits)
    {
        // Read by the server once, with the first HTTP/2 connection of the process.
        foreach (string abort in _aborts)
            AppContext.SetData(abort, 0);
        server.MaxRequestBodySize = limits.RequestBodyBytes;
        server.MaxRequestLineSize = limits.RequestLineBytes;
        server.MaxRequestHeadersTotalSize = limits.RequestHeadersBytes;
        server.MaxRequestHeaderCount = limits.RequestHeaderCount;
        server.RequestHeadersTimeout = limits.RequestHeadersTimeout;
        server.KeepAliveTimeout = limits.KeepAliveTimeout;
        server.MinRequestBodyDataRate = new MinDataRate(limits.RequestBodyBytesPerSecond, limits.RateGrace);
        server.MinResponseDataRate = new MinDataRate(limits.ResponseBytesPerSecond, limits.RateGrace);
        server.MaxRequestBufferSize = limits.RequestBufferBytes;
        server.MaxResponseBufferSize = limits.ResponseBufferBytes;

        // The server's own counts include the admin port's connections; ours do not.
        server.MaxConcurrentConnections = null;
        server.MaxConcurrentUpgradedConnections = null;
        Set(server.Http2, limits);
    }

    /// <summary>Sets those of the transport, which are the same for every connection of the process.</summary>
    public static void Set(SocketTransportOptions transport, LimitOptions limits)
    {
        transport.MaxReadBufferSize = limits.RequestBufferBytes;
        transport.MaxWriteBufferSize = limits.ResponseBufferBytes;

        // The connections inherit it from the listener, also from one that systemd has opened.
        Func<EndPoint, Socket> open = transport.CreateBoundListenSocket;
        transport.CreateBoundListenSocket = endPoint =>
        {
            Socket listener = open(endPoint);
            if (OperatingSystem.IsLinux())
                listener.SetRawSocketOption(Tcp, NotSentLowAt, BitConverter.GetBytes(limits.UnsentBytes));
            return listener;
        };
    }

    private static void Set(Http2Limits server, LimitOptions limits)
    {
        server.MaxStreamsPerConnection = AnyStreams;
        server.MaxRequestHeaderFieldSize = limits.RequestHeadersBytes;
        server.HeaderTableSize = limits.Http2.HeaderTableBytes;
        server.MaxFrameSize = limits.Http2.FrameBytes;
        server.InitialConnectionWindowSize = limits.Http2.ConnectionWindowBytes;
        server.InitialStreamWindowSize = limits.Http2.StreamWindowBytes;
        server.KeepAlivePingDelay = limits.Http2.PingDelay;
        server.KeepAlivePingTimeout = limits.Http2.PingTimeout;
    }
}
