using System.Buffers;
using FooBar.LoadBalancer.Edge;
using FooBar.ServiceDefaults.Bodies;
using Microsoft.AspNetCore.Http.Features;

namespace FooBar.LoadBalancer.Forwarding;

/// <summary>
/// Stands between the forwarder and the client. A small answer of known length is kept until it is whole: until then its backend can
/// fail without the client seeing a part of it. Any other answer passes as it comes. One request's steps run one after the other: no locks.
/// </summary>
internal sealed class HeldBody : WriteOnlyStream
{
    private readonly HttpContext _context;
    private readonly IHttpResponseBodyFeature _feature;
    private readonly Stream _inner;
    private readonly int _limit;
    private byte[]? _buffer;
    private int _count;
    private bool _passing;

    private HeldBody(HttpContext context, IHttpResponseBodyFeature feature, int limit)
    {
        _context = context;
        _feature = feature;
        _inner = feature.Stream;
        _limit = limit;
    }

    /// <summary>The try whose answer this is. It must agree before the first byte goes to the client.</summary>
    public ForwardTry? Try { get; set; }

    private bool Holds => _context.Response.ContentLength <= _limit;

    /// <summary>Puts itself in front of the response's body, until it is disposed.</summary>
    /// <param name="context">The request's context.</param>
    /// <param name="limit">The largest answer that is held, in bytes.</param>
    public static HeldBody Install(HttpContext context, int limit)
    {
        IHttpResponseBodyFeature feature = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        HeldBody held = new(context, feature, limit);
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(held, feature));
        return held;
    }

    /// <summary>Forgets what a failed try has left.</summary>
    public void Clear()
    {
        byte[]? buffer = _buffer;
        _buffer = null;
        _count = 0;
        if (buffer is not null)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <inheritdoc />
    /// <exception cref="OperationCanceledException">The try was given up before the first byte.</exception>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_passing)
            return _inner.WriteAsync(buffer, cancellationToken);

        // Most small answers come in one piece, which needs no copy.
        if (!Holds || (_count == 0 && buffer.Length == _context.Response.ContentLength))
            return Pass(buffer, cancellationToken);

        // Each byte would give a backend that trickles its time anew.
        if (_count == 0)
            Try?.Hold(GatewayRequest.Of(_context).Settings.Options.Forwarding.ActivityTimeout);
        int length = (int)_context.Response.ContentLength!.Value;
        _buffer ??= ArrayPool<byte>.Shared.Rent(length);
        buffer.CopyTo(_buffer.AsMemory(_count));
        _count += buffer.Length;
        return _count < length ? ValueTask.CompletedTask : Pass(_buffer.AsMemory(0, _count), cancellationToken);
    }

    /// <inheritdoc />
    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        if (!_passing)
        {
            if (Holds)
                return Task.CompletedTask;
            Begin();
        }

        return _inner.FlushAsync(cancellationToken);
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        Clear();
        _context.Features.Set(_feature);
        base.Dispose(disposing);
    }

    private ValueTask Pass(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Begin();
        return _inner.WriteAsync(bytes, cancellationToken);
    }

    private void Begin()
    {
        if (Try is { } current && !current.TryBegin())
            throw new OperationCanceledException();
        _passing = true;
    }
}
