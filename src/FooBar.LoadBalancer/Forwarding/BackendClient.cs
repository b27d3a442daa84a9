using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Tls;

namespace FooBar.LoadBalancer.Forwarding;

/// <summary>Makes the HTTP client of one backend: a pipe over verified TLS that adds nothing and follows nothing.</summary>
/// <remarks>
/// TLS is made here and not by the handler. The handler verifies the name in the Host header, even where its options name another, and
/// keeps a pool of connections for each; but the Host header that passes through names the site, not the backend. So it is given
/// <see cref="Transport"/>, an http address, and every connection that it gets is encrypted and verified already. Over HTTP/2 the address is in each
/// request, and must be https: the handler takes a connection that is encrypted already for what it is.
/// </remarks>
internal static class BackendClient
{
    /// <summary>The address to hand to a client from <see cref="Create"/> in place of <paramref name="url"/>.</summary>
    public static Uri Transport(Uri url) => new UriBuilder(url) { Scheme = Uri.UriSchemeHttp }.Uri;

    /// <summary>A client with a connection pool of its own, for the backend at <paramref name="url"/> and no other.</summary>
    /// <param name="url">Where the backend listens.</param>
    /// <param name="trust">Makes the handshake.</param>
    /// <param name="options">Times of connections.</param>
    /// <param name="protocol">What the connections speak.</param>
    public static HttpMessageInvoker Create(Uri url, BackendTrust trust, ForwardingOptions options, SslApplicationProtocol protocol)
    {
        DnsEndPoint endPoint = new(url.IdnHost.Trim('[', ']'), url.Port);
        return new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,

            // What the backend is told of the trace stands among the headers already.
            ActivityHeadersPropagator = null,
            ConnectTimeout = options.ConnectTimeout,
            ConnectCallback = (_, cancellationToken) => ConnectAsync(endPoint, trust.Handshake(endPoint.Host, protocol), cancellationToken),
            PooledConnectionIdleTimeout = options.IdleConnectionTimeout,
            PooledConnectionLifetime = options.ConnectionLifetime,
            MaxResponseHeadersLength = (options.AnswerHeadBytes + 1023) / 1024,

            // Latin-1 maps every byte to one character and back, so that header bytes pass as they came. The listeners do the same; for
            // answers it is what the handler does anyway.
            RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        });
    }

    /// <summary>A connection to <paramref name="endPoint"/>, whatever host the request names. The handler's time-out covers all of it.</summary>
    private static async ValueTask<Stream> ConnectAsync(
        DnsEndPoint endPoint, SslClientAuthenticationOptions handshake, CancellationToken cancellationToken)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            SslStream tls = new(new NetworkStream(socket, ownsSocket: true));
            await tls.AuthenticateAsClientAsync(handshake, cancellationToken).ConfigureAwait(false);
            return tls;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
