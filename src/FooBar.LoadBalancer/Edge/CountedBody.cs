using FooBar.ServiceDefaults.Bodies;
using Microsoft.AspNetCore.Http.Features;

namespace FooBar.LoadBalancer.Edge;

/// <summary>Counts the bytes of a response's body on their way out. Upgraded connections are not counted: they have no body.</summary>
internal sealed class CountedBody : WriteOnlyStream
{
    private readonly Stream _inner;

    private CountedBody(Stream inner) => _inner = inner;

    /// <summary>Bytes handed to the server so far.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>Puts a counter in front of the response's body.</summary>
    public static CountedBody Count(HttpContext context)
    {
        IHttpResponseBodyFeature inner = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        CountedBody counted = new(inner.Stream);
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(counted, inner));
        return counted;
    }

    /// <inheritdoc />
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        BytesWritten += buffer.Length;
        return _inner.WriteAsync(buffer, cancellationToken);
    }

    /// <inheritdoc />
    public override void Write(byte[] buffer, int offset, int count)
    {
        BytesWritten += count;
        _inner.Write(buffer, offset, count);
    }

    /// <inheritdoc />
    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    /// <inheritdoc />
    public override void Flush() => _inner.Flush();
}
