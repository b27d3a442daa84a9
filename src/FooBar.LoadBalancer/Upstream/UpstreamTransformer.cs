using Yarp.ReverseProxy.Forwarder;

namespace FooBar.LoadBalancer.Upstream;

/// <summary>Leaves the request's head to <see cref="RequestHeadWriter"/>, and copies the answer's fields once.</summary>
internal sealed class UpstreamTransformer : HttpTransformer
{
    /// <summary>The forwarder would make an address for each request. This client knows where it sends.</summary>
    private static readonly Uri _unused = new("http://backend/");

    /// <inheritdoc />
    public override ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        proxyRequest.RequestUri = _unused;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    public override ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is UpstreamResponse response)
            ResponseFields.Copy(response.Head, httpContext.Response);
        return ValueTask.FromResult(true);
    }

    /// <inheritdoc />
    public override ValueTask TransformResponseTrailersAsync(HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is UpstreamResponse response)
            ResponseFields.CopyTrailers(response.Body.Trailers, httpContext);
        return ValueTask.CompletedTask;
    }
}
