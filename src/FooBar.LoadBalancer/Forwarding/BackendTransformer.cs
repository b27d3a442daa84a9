using FooBar.LoadBalancer.Edge;
using Yarp.ReverseProxy.Forwarder;

namespace FooBar.LoadBalancer.Forwarding;

/// <summary>
/// For upgrades and gRPC, which go over the platform's client; the rest is <see cref="Upstream.RequestHeadWriter"/>'s. Rewrites what the backend must be able to believe: who asked, over what, for which host, under which request id. Everything else
/// passes unchanged, the Host header included; hop-by-hop headers are the forwarder's business.
/// </summary>
internal sealed class BackendTransformer : HttpTransformer
{
    private const string ForwardedPrefix = "X-Forwarded-";

    /// <inheritdoc />
    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext,
        HttpRequestMessage proxyRequest,
        string destinationPrefix,
        CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken).ConfigureAwait(false);

        // This is the edge: nobody before it may speak about the client. Appending to what a client sent would let it choose its own
        // address in every backend that reads the list from the left.
        foreach (string name in httpContext.Request.Headers.Keys)
        {
            if (name.StartsWith(ForwardedPrefix, StringComparison.OrdinalIgnoreCase) || IsClaimAboutTheClient(name))
                proxyRequest.Headers.Remove(name);
        }

        GatewayRequest request = GatewayRequest.Of(httpContext);
        proxyRequest.Headers.TryAddWithoutValidation("X-Forwarded-For", request.ClientAddress);
        proxyRequest.Headers.TryAddWithoutValidation("X-Forwarded-Proto", httpContext.Request.Scheme);
        proxyRequest.Headers.TryAddWithoutValidation("X-Forwarded-Host", httpContext.Request.Host.Value);
        proxyRequest.Headers.TryAddWithoutValidation(GatewayRequest.IdHeader, request.Id);
    }

    private static bool IsClaimAboutTheClient(string name) =>
        name.Equals("Forwarded", StringComparison.OrdinalIgnoreCase)
        || name.Equals("X-Real-IP", StringComparison.OrdinalIgnoreCase)
        || name.Equals(GatewayRequest.IdHeader, StringComparison.OrdinalIgnoreCase);
}
