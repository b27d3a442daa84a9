using System.Buffers;
using System.IO.Pipelines;
using FooBar.ServiceDefaults.Bodies;
using Microsoft.AspNetCore.Http.Features;

namespace FooBar.LoadBalancer.Forwarding;

/// <summary>
/// Stands in front of a request's body and keeps what is read of a small one of known length, so that it can be sent a second time. Of any other it
/// notes whether a byte was read: that byte is gone. Waiting for a body that has not come yet (100-continue) does not count. One request's steps run one after
/// the other: no locks.
/// </summary>
internal sealed class RequestReplay : ReadOnlyStream
{
    private readonly PipeReader _inner;
    private readonly int _length;
    private byte[]? _kept;
    private int _count;
    private int _position;
    private bool _wasRead;

    private RequestReplay(PipeReader inner, int length)
    {
        _inner = inner;
        _length = length;
    }

    /// <summary>Whether the body can no longer be sent from its beginning.</summary>
    public bool IsLost => _wasRead && _length == 0;

    /// <summary>Puts itself in front of the request's body; null if the request has none.</summary>
    /// <param name="context">The request's context.</param>
    /// <param name="limit">The largest body that is kept, in bytes.</param>
    public static RequestReplay? Install(HttpContext context, int limit)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true })
            return null;
        int length = context.Request.ContentLength is { } announced && announced <= limit ? (int)announced : 0;
        RequestReplay body = new(context.Request.BodyReader, length);
        context.Request.Body = body;
        return body;
    }

    /// <summary>The next read begins with the first byte again. Only when no read is under way, and the body is not lost.</summary>
    public void Rewind() => _position = 0;

    /// <summary>Forgets what was kept.</summary>
    public void Release()
    {
        byte[]? kept = _kept;
        _kept = null;
        _count = _position = 0;
        if (kept is not null)
            ArrayPool<byte>.Shared.Return(kept);
    }

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position < _count)
        {
            int again = Math.Min(buffer.Length, _count - _position);
            _kept.AsSpan(_position, again).CopyTo(buffer.Span);
            _position += again;
            return again;
        }

        if (!_inner.TryRead(out ReadResult result) || result.IsCanceled)
            result = await WaitAsync(result, cancellationToken).ConfigureAwait(false);

        // A read for nothing asks whether there is something, and takes nothing.
        int read = (int)Math.Min(buffer.Length, result.Buffer.Length);
        ReadOnlySequence<byte> taken = result.Buffer.Slice(0, read);
        taken.CopyTo(buffer.Span);
        _wasRead |= read > 0;
        if (read > 0 && _length > 0)
        {
            // The server lets no more through than was announced.
            _kept ??= ArrayPool<byte>.Shared.Rent(_length);
            taken.CopyTo(_kept.AsSpan(_count));
            _position = _count += read;
        }

        _inner.AdvanceTo(taken.End);
        return read;
    }

    /// <summary>
    /// Waits for more. The server's reader cannot be read again after a read that was cancelled by its token; one that was cancelled by this call, it can.
    /// </summary>
    private async ValueTask<ReadResult> WaitAsync(ReadResult result, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration cancel = cancellationToken.UnsafeRegister(static reader => ((PipeReader)reader!).CancelPendingRead(), _inner);
        while (true)
        {
            if (result.IsCanceled)
            {
                // The call may come when nobody reads any more; then it is the next read that sees it, of another try.
                _inner.AdvanceTo(result.Buffer.Start);
                cancellationToken.ThrowIfCancellationRequested();
            }

            result = await _inner.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            if (!result.IsCanceled)
                return result;
        }
    }
}
