using System.Buffers;
using System.IO.Pipelines;
using FooBar.ServiceDefaults.Bodies;
using Microsoft.AspNetCore.Http.Features;

namespace FooBar.LoadBalancer.Forwarding;

/// <summary>
/// Stands in front of a request's body. A small one of known length is read whole before a backend is claimed for it, and can be sent any number of times: whoever
/// sends it slowly keeps no backend's place and no connection to one. Of any other it notes whether a byte was read: that byte is gone. Waiting for a body that has
/// not come yet (100-continue) does not count. One request's steps run one after the other: no locks.
/// </summary>
internal sealed class RequestReplay : ReadOnlyStream
{
    private readonly PipeReader _inner;
    private readonly int _length;
    private byte[]? _whole;
    private int _position;
    private bool _wasRead;

    private RequestReplay(PipeReader inner, int length)
    {
        _inner = inner;
        _length = length;
    }

    /// <summary>Whether the body can no longer be sent from its beginning.</summary>
    public bool IsLost => _wasRead;

    /// <summary>All of it, once <see cref="ReadWholeAsync"/> has read it; null of a body that is not small.</summary>
    public ReadOnlyMemory<byte>? Whole => _whole is null ? (ReadOnlyMemory<byte>?)null : _whole;

    /// <summary>Puts itself in front of the request's body; null if the request has none.</summary>
    /// <param name="context">The request's context.</param>
    /// <param name="limit">The largest body that is kept, in bytes.</param>
    public static RequestReplay? Install(HttpContext context, int limit)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true })
            return null;
        int length = context.Request.ContentLength is { } announced && announced <= limit ? (int)announced : 0;
        RequestReplay body = new(context.Request.BodyReader, length) { _whole = context.Request.ContentLength == 0 ? [] : null };
        context.Request.Body = body;
        return body;
    }

    /// <summary>Reads it to its end, if it is small.</summary>
    /// <exception cref="BadHttpRequestException">It comes too slowly, is none, or ends too soon.</exception>
    /// <exception cref="IOException">The client has left.</exception>
    /// <exception cref="OperationCanceledException">The client has left.</exception>
    public async ValueTask ReadWholeAsync(CancellationToken cancellationToken)
    {
        if (_length == 0)
            return;

        // Grows with what comes: an announcement takes no memory. Not from the pool: after an early answer it may be on its way to a backend still when the
        // request has ended.
        byte[] read = [];
        int count = 0;
        ReadResult result;
        do
        {
            result = await ReadMoreAsync(cancellationToken).ConfigureAwait(false);
            int more = (int)Math.Min(result.Buffer.Length, _length - count);
            if (read.Length < count + more)
                Grow(ref read, count, count + more);
            result.Buffer.Slice(0, more).CopyTo(read.AsSpan(count));
            count += more;
            _inner.AdvanceTo(result.Buffer.End);
        }
        while (!result.IsCompleted);
        if (count < _length)
            throw new IOException("The request's body has ended before its length.");
        _whole = read;
    }

    private void Grow(ref byte[] read, int count, int needed)
    {
        byte[] larger = GC.AllocateUninitializedArray<byte>(Math.Min(_length, Math.Max(read.Length * 2, needed)));
        read.AsSpan(0, count).CopyTo(larger);
        read = larger;
    }

    /// <summary>The next read begins with the first byte again. Only when no read is under way, and the body is not lost.</summary>
    public void Rewind() => _position = 0;

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Whole is { } whole)
        {
            int again = Math.Min(buffer.Length, _length - _position);
            whole.Slice(_position, again).CopyTo(buffer);
            _position += again;
            return again;
        }

        // A read for nothing asks whether there is something, and takes nothing.
        ReadResult result = await ReadMoreAsync(cancellationToken).ConfigureAwait(false);
        int read = (int)Math.Min(buffer.Length, result.Buffer.Length);
        ReadOnlySequence<byte> taken = result.Buffer.Slice(0, read);
        taken.CopyTo(buffer.Span);
        _wasRead |= read > 0;
        _inner.AdvanceTo(taken.End);
        return read;
    }

    private ValueTask<ReadResult> ReadMoreAsync(CancellationToken cancellationToken) =>
        _inner.TryRead(out ReadResult result) && !result.IsCanceled ? new ValueTask<ReadResult>(result) : WaitAsync(result, cancellationToken);

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
