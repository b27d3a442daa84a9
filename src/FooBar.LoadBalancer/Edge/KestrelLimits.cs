using FooBar.LoadBalancer.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace FooBar.LoadBalancer.Edge;

/// <summary>Puts <see cref="LimitOptions"/> into the server, at the start and with each reload. The server reads them for each new connection.</summary>
internal sealed class KestrelLimits(IOptions<KestrelServerOptions> kestrel) : IReloadable
{
    /// <inheritdoc />
    public Action Prepare(GatewaySettings next) => () => Set(kestrel.Value.Limits, next.Options.Limits);

    /// <summary>Sets them.</summary>
    public static void Set(KestrelServerLimits server, LimitOptions limits)
    {
        server.MaxRequestBodySize = limits.RequestBodyBytes;
        server.MaxRequestLineSize = limits.RequestLineBytes;
        server.MaxRequestHeadersTotalSize = limits.RequestHeadersBytes;
        server.MaxRequestHeaderCount = limits.RequestHeaderCount;
        server.RequestHeadersTimeout = limits.RequestHeadersTimeout;
        server.KeepAliveTimeout = limits.KeepAliveTimeout;
        server.Http2.MaxStreamsPerConnection = limits.Http2Streams;
        server.Http2.MaxRequestHeaderFieldSize = limits.RequestHeadersBytes;
    }
}
