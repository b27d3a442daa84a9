using System.Diagnostics;
using FooBar.ServiceDefaults.Bodies;

namespace FooBar.LoadBalancer.Upstream;

/// <summary>
/// The body of an answer, read from the connection as its head says. At its end the connection goes back to the pool; before that, disposing
/// of it ends the connection. One request's steps run one after the other: no locks.
/// </summary>
internal sealed class ResponseBody : ReadOnlyStream
{
    private readonly UpstreamExchange _exchange;
    private readonly UpstreamConnection _connection;
    private readonly bool _isChunked;

    /// <summary>Bytes until the end of the body, or of the chunk.</summary>
    private long _left;
    private bool _inChunk;
    private bool _ended;
    private BackendPace _pace;

    /// <summary>The body that follows a head.</summary>
    public ResponseBody(UpstreamExchange exchange, UpstreamConnection connection, ResponseHead head, bool hasBody, BackendPace pace)
    {
        _pace = pace;
        _exchange = exchange;
        _connection = connection;
        _isChunked = hasBody && head.IsChunked;
        _left = hasBody ? head.ContentLength ?? 0 : 0;
        if (!_isChunked && _left == 0)
            End();
    }

    /// <summary>The fields behind the last chunk; none until the end, and none without chunks.</summary>
    public HeaderField[] Trailers { get; private set; } = [];

    /// <summary>Whether all of it was read.</summary>
    public bool IsEnded => _ended;

    /// <summary>Bytes that are certain to come: of the whole body, or of the chunk that has begun; 0 between chunks.</summary>
    public long Expected => !_isChunked || _inChunk ? _left : 0;

    /// <inheritdoc />
    /// <exception cref="IOException">The backend ended the connection before the end of the body, or what it sent is no chunk.</exception>
    /// <exception cref="OperationCanceledException">The exchange was cancelled.</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ended)
            return new ValueTask<int>(0);

        // The usual small answer came with its head: no waiting, no state machine.
        ReadOnlySpan<byte> received = _connection.Received;
        return !_isChunked && received.Length > 0 ? new ValueTask<int>(Take(received, buffer.Span)) : ReadMoreAsync(buffer);
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (!_ended)
        {
            _ended = true;
            _exchange.End(answered: false, reusable: false);
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadMoreAsync(Memory<byte> buffer)
    {
        try
        {
            if (_isChunked && !_inChunk && !await NextChunkAsync().ConfigureAwait(false))
                return 0;

            // A read for nothing asks whether there is something: the caller takes a buffer only then.
            if (_connection.Received.IsEmpty && (buffer.IsEmpty || buffer.Length < 1024))
                await FillInPaceAsync().ConfigureAwait(false);
            if (buffer.IsEmpty)
                return 0;
            if (!_connection.Received.IsEmpty)
                return Take(_connection.Received, buffer.Span);

            long began = _pace.Begin();
            int read = await _connection.ReceiveAsync(buffer[..(int)Math.Min(buffer.Length, _left)]).ConfigureAwait(false);
            if (read == 0)
                throw Cut();
            if (!_isChunked)
                _pace.End(began, read);
            Count(read);
            return read;
        }
        catch (Exception exception) when (_exchange.IsCancelled && exception is IOException or ObjectDisposedException)
        {
            throw new OperationCanceledException(exception.Message, exception, _exchange.Cancelled);
        }
        catch (ObjectDisposedException exception)
        {
            throw new IOException("The connection to the backend was closed.", exception);
        }
    }

    private async ValueTask FillInPaceAsync()
    {
        long began = _pace.Begin();
        await FillAsync().ConfigureAwait(false);
        if (!_isChunked)
            _pace.End(began, _connection.Received.Length);
    }

    private int Take(ReadOnlySpan<byte> received, Span<byte> buffer)
    {
        int count = (int)Math.Min(Math.Min(received.Length, buffer.Length), _left);
        received[..count].CopyTo(buffer);
        _connection.Consume(count);
        Count(count);
        return count;
    }

    private void Count(int read)
    {
        _left -= read;
        if (_left > 0)
            return;
        if (_isChunked)
            _inChunk = false;
        else
            End();
    }

    /// <summary>Reads up to the next chunk's first byte; false at the end of the body, with the trailers read.</summary>
    private async ValueTask<bool> NextChunkAsync()
    {
        // The chunk before it ends with a line's end of its own.
        if (_exchange.ChunksBegun++ > 0)
        {
            ReadOnlyMemory<byte> end = await LineAsync(0).ConfigureAwait(false);
            Debug.Assert(end.IsEmpty);
        }

        _left = ChunkSize.Parse((await LineAsync(ChunkSize.LongestLine).ConfigureAwait(false)).Span);
        _inChunk = _left > 0;
        if (_inChunk)
            return true;
        Trailers = await TrailersAsync().ConfigureAwait(false);
        End();
        return false;
    }

    /// <summary>Takes the next line of at most so many bytes, without its CRLF.</summary>
    private async ValueTask<ReadOnlyMemory<byte>> LineAsync(int longest)
    {
        while (true)
        {
            int end = _connection.Received.IndexOf((byte)'\n');
            if (end > 0 && end <= longest + 1 && _connection.Received[end - 1] == '\r')
            {
                byte[] line = _connection.Received[..(end - 1)].ToArray();
                _connection.Consume(end + 1);
                return line;
            }

            if (end >= 0 || _connection.Received.Length > longest + 1)
                throw new UpstreamProtocolException("A chunk of the answer does not end where its size says, or its size is no line.");
            await FillAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<HeaderField[]> TrailersAsync()
    {
        while (true)
        {
            if (_connection.Received.StartsWith("\r\n"u8))
            {
                _connection.Consume(2);
                return [];
            }

            int end = _connection.Received.IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                HeaderField[] trailers = ResponseHeadParser.Fields(_connection.Received[..(end + 2)]);
                _connection.Consume(end + 4);
                return trailers;
            }

            await FillAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask FillAsync()
    {
        if (!await _connection.ReceiveAsync(_exchange.HeadLimit).ConfigureAwait(false))
            throw Cut();
    }

    private void End()
    {
        _ended = true;

        // What stands behind the end was sent by nobody's order: the connection is not to be trusted.
        _exchange.End(answered: true, reusable: _connection.Received.IsEmpty);
    }

    private static IOException Cut() => new("The backend ended the connection in the middle of its answer.");
}
