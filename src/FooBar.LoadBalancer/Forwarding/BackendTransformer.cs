using System.Net.Http.Headers;
using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Edge.Strictness;
using FooBar.LoadBalancer.Tracing;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace FooBar.LoadBalancer.Forwarding;

/// <summary>
/// Says what of a request reaches the backend, and what of an answer the client: everything as it came, the target and the Host header
/// included, but for what belongs to one connection only, and for what the backend must be able to believe: who asked, over what, for which
/// host, under which request id. YARP's own copying is not used: it encodes the target anew. For requests that go over HttpClient: WebSockets and
/// gRPC; those over connections of our own have <see cref="Upstream.UpstreamTransformer"/>.
/// </summary>
internal sealed class BackendTransformer : HttpTransformer
{
    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <inheritdoc />
    public override ValueTask TransformRequestAsync(
        HttpContext httpContext,
        HttpRequestMessage proxyRequest,
        string destinationPrefix,
        CancellationToken cancellationToken)
    {
        // Nothing in the target can end the request line: that was seen to at the entrance (RequestTarget.Fault).
        string target = RequestTarget.OriginForm(httpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        proxyRequest.RequestUri = new Uri(string.Concat(destinationPrefix.AsSpan().TrimEnd('/'), target), AsItIs);

        foreach ((string name, StringValues values) in httpContext.Request.Headers)
        {
            // What a client says about itself or about others is left out: appended to, it could choose its own address in every backend that
            // reads such a list from the left.
            if (!HopByHop.Contains(name) && !ClientClaims.Contains(name) && !TraceContext.IsField(name))
                Add(proxyRequest, name, values);
        }

        // gRPC needs it; over HTTP/1.1 it would have to be named by Connection.
        if (proxyRequest.Version.Major == 2 && httpContext.Request.Headers.TE is ["trailers"])
            proxyRequest.Headers.TryAddWithoutValidation("TE", "trailers");

        GatewayRequest request = GatewayRequest.Of(httpContext);
        proxyRequest.Headers.TryAddWithoutValidation("X-Forwarded-For", request.ClientAddress);
        proxyRequest.Headers.TryAddWithoutValidation("X-Forwarded-Proto", httpContext.Request.Scheme);
        proxyRequest.Headers.TryAddWithoutValidation("X-Forwarded-Host", httpContext.Request.Host.Value);
        proxyRequest.Headers.TryAddWithoutValidation(GatewayRequest.IdHeader, request.Id);
        proxyRequest.Headers.TryAddWithoutValidation(HeaderNames.TraceParent, request.Trace.ToParent());
        if (request.Trace.State is { } state)
            proxyRequest.Headers.TryAddWithoutValidation(HeaderNames.TraceState, state);
        return default;
    }

    /// <inheritdoc />
    /// <exception cref="InvalidDataException">The answer could be read in two ways, or is none to the request.</exception>
    public override ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is not null && Fault(httpContext.Request, proxyResponse) is { } fault)
            throw new InvalidDataException(fault);
        return base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
    }

    private static string? Fault(HttpRequest request, HttpResponseMessage response)
    {
        int status = (int)response.StatusCode;
        if (status is < 101 or > 599)
            return $"The answer has the status {status}.";

        // To a client of HTTP/2 a 200 says that its WebSocket is open (RFC 8441, 5), to this backend that it was an ordinary request.
        if (response.IsSuccessStatusCode && HttpMethods.IsConnect(request.Method))
            return $"The backend answered {status} to a WebSocket.";
        if (response.Version.Major != 1 || status is 101 or 204 or 304)
            return null;

        // HttpClient reads what is neither measured nor in chunks up to the connection's end, whether the backend has finished or died.
        bool isChunked = response.Headers.NonValidated.TryGetValues("Transfer-Encoding", out HeaderStringValues coding);
        bool hasLength = response.Content.Headers.NonValidated.TryGetValues("Content-Length", out HeaderStringValues length);
        if (isChunked)
            return !hasLength && coding.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase) ? null : "The answer has two lengths, or another coding than chunked.";
        return hasLength && length.ToString().All(char.IsAsciiDigit) ? null : "The answer does not say how long it is.";
    }

    /// <summary>HttpClient has two places for headers, and knows by their names which it is.</summary>
    private static void Add(HttpRequestMessage request, string name, StringValues values)
    {
        if (values.Count == 1)
        {
            if (!request.Headers.TryAddWithoutValidation(name, values[0]))
                ContentOf(request).Headers.TryAddWithoutValidation(name, values[0]);
        }
        else if (!request.Headers.TryAddWithoutValidation(name, values.ToArray()))
        {
            ContentOf(request).Headers.TryAddWithoutValidation(name, values.ToArray());
        }
    }

    private static HttpContent ContentOf(HttpRequestMessage request) => request.Content ??= new ByteArrayContent([]);
}
