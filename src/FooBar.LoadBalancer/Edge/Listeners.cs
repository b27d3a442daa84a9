using System.Net;
using System.Net.Sockets;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Edge.Strictness;
using FooBar.LoadBalancer.Limits;
using FooBar.LoadBalancer.Tls;
using FooBar.ServiceDefaults.Stopping;
using FooBar.ServiceDefaults.Systemd;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace FooBar.LoadBalancer.Edge;

/// <summary>The sockets that clients reach, and what a client may do on them.</summary>
internal static partial class Listeners
{
    /// <summary>
    /// Listens for HTTPS and for HTTP: on the sockets that systemd has opened, if there are any, otherwise on every configured address.
    /// </summary>
    public static void ListenForClients(
        this KestrelServerOptions kestrel, GatewayOptions options, EdgeSockets? sockets, EdgeCertificates certificates)
    {
        kestrel.AddServerHeader = false;
        KestrelLimits.Set(kestrel.Limits, options.Limits);

        StrictParser.Use(kestrel);

        CurrentSettings settings = kestrel.ApplicationServices.GetRequiredService<CurrentSettings>();
        ConnectionGate gate = kestrel.ApplicationServices.GetRequiredService<ConnectionGate>();

        Http3 http3 = Http3.Decide(options.Http3, Http3.IsSupported, sockets is not null);
        if (http3.Obstacle is not null)
            LogNoHttp3(kestrel.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Listeners)), http3.Obstacle);

        WatchedListener watched = kestrel.ApplicationServices.GetRequiredService<WatchedListener>();
        if (sockets is not null)
        {
            foreach (int descriptor in sockets.Https)
                kestrel.ListenHandle((ulong)descriptor, Https);
            foreach (int descriptor in sockets.Http)
                kestrel.ListenHandle((ulong)descriptor, Http);
            return;
        }

        foreach (IPAddress address in options.Addresses.Select(IPAddress.Parse).Where(IsPresent))
        {
            kestrel.Listen(address, options.HttpsPort, Https);
            kestrel.Listen(address, options.HttpPort, Http);
        }

        (TimeSpan First, TimeSpan Kept) Grace()
        {
            DrainOptions drain = settings.Options.Drain;
            return (drain.FirstRequest, drain.NextRequestNow);
        }

        void Https(ListenOptions listener)
        {
            watched.Watch(listener);
            listener.Protocols = http3.IsServed ? HttpProtocols.Http1AndHttp2AndHttp3 : HttpProtocols.Http1AndHttp2;
            gate.Guard(listener, isTls: true);
            listener.UseNextRequestGrace(Grace);
            listener.UseHttps(EdgeHandshake.Create(certificates, options.Limits.TlsHandshakeTimeout));
            gate.GuardEncrypted(listener);
        }

        void Http(ListenOptions listener)
        {
            listener.Protocols = HttpProtocols.Http1;
            gate.Guard(listener, isTls: false);
            listener.UseNextRequestGrace(Grace);
        }
    }

    /// <summary>
    /// Whether the machine has the address. Only ::1 is asked: it is a default, and a machine without IPv6 must not need configuration
    /// for it. Any other missing address is a mistake that the start must fail on.
    /// </summary>
    private static bool IsPresent(IPAddress address)
    {
        if (!address.Equals(IPAddress.IPv6Loopback))
            return true;

        try
        {
            using Socket probe = new(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [LoggerMessage(1804, LogLevel.Warning, "Gateway:Http3 is true, but HTTP/3 is not served: {Obstacle}")]
    private static partial void LogNoHttp3(ILogger logger, string obstacle);
}
