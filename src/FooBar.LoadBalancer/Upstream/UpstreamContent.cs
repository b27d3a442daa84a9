using System.Net;

namespace FooBar.LoadBalancer.Upstream;

/// <summary>Hands an answer's body to the forwarder, which asks for a stream and nothing else.</summary>
internal sealed class UpstreamContent(ResponseBody body) : HttpContent
{
    /// <summary>The body.</summary>
    public ResponseBody Body { get; } = body;

    /// <inheritdoc />
    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(Body);

    /// <inheritdoc />
    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => Body;

    /// <inheritdoc />
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Body.CopyToAsync(stream);

    /// <inheritdoc />
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Body.Dispose();
        base.Dispose(disposing);
    }
}
