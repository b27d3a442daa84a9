using System.Diagnostics;
using System.Net;
using System.Text;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Tls;
using Yarp.ReverseProxy.Forwarder;

namespace FooBar.LoadBalancer.Forwarding;

/// <summary>Makes the HTTP client of one backend: a pipe that adds nothing and follows nothing.</summary>
internal static class BackendClient
{
    /// <summary>A client with a connection pool of its own, for the backend at <paramref name="url"/>.</summary>
    public static HttpMessageInvoker Create(Uri url, BackendTrust trust, ForwardingOptions options) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = new ReverseProxyPropagator(DistributedContextPropagator.Current),
        ConnectTimeout = options.ConnectTimeout,
        PooledConnectionIdleTimeout = options.IdleConnectionTimeout,
        PooledConnectionLifetime = options.ConnectionLifetime,
        SslOptions = trust.For(url.IdnHost.Trim('[', ']')),

        // Latin-1 maps every byte to one character and back, so that header bytes pass as they came. The listeners do the same.
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
    });
}
