using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Edge.Strictness;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
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
            if (!HopByHop.Contains(name) && !ClientClaims.Contains(name))
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
        return default;
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
