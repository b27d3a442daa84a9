using System.Globalization;
using System.Text;
using FooBar.ServiceDefaults.Bodies;

namespace FooBar.LoadBalancer.Upstream;

/// <summary>
/// Takes a request's body and sends it behind the head: as it is when its length was announced, otherwise in chunks. The head is sent with the
/// first of it. One request's steps run one after the other: no locks.
/// </summary>
internal sealed class RequestBody(UpstreamConnection connection, long? length) : WriteOnlyStream
{
    /// <summary>Up to this size a piece is copied behind the head, so that both go out in one.</summary>
    public const int MostCopied = 16 * 1024;

    private static readonly byte[] _lineEnd = "\r\n"u8.ToArray();

    private readonly Lock _lock = new();
    private long _left = length ?? long.MaxValue;
    private Task? _head;

    /// <summary>How far it has come.</summary>
    public SendProgress Progress { get; } = new();

    /// <summary>Whether sending failed: the backend takes no more, but may have answered.</summary>
    public bool HasFailed { get; private set; }

    /// <inheritdoc />
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
            return;
        if (length is not null && buffer.Length > _left)
            throw new InvalidOperationException($"The request's body is longer than the {length} bytes that were announced.");
        _left -= buffer.Length;
        if (_left == 0)
            Progress.NoteRead();

        byte[]? size = length is null ? Encoding.ASCII.GetBytes(buffer.Length.ToString("X", CultureInfo.InvariantCulture) + "\r\n") : null;
        bool isBehindHead = false;
        Task head;
        lock (_lock)
        {
            if (_head is null && buffer.Length <= MostCopied)
            {
                isBehindHead = true;
                connection.Out.Append(size);
                connection.Out.Append(buffer.Span);
                if (size is not null)
                    connection.Out.Append(_lineEnd);
            }

            head = _head ??= SendAsync(connection.Out.Written).AsTask();
        }

        await head.ConfigureAwait(false);
        if (!isBehindHead)
        {
            if (size is not null)
                await SendAsync(size).ConfigureAwait(false);
            await SendAsync(buffer).ConfigureAwait(false);
            if (size is not null)
                await SendAsync(_lineEnd).ConfigureAwait(false);
        }

        if (_left == 0)
            Progress.NoteSent(true);
    }

    /// <summary>Ends the body.</summary>
    /// <param name="context">The request, whose body has been read to its end: what stands behind it goes on in part.</param>
    /// <exception cref="IOException">It is shorter than was announced, or it cannot be sent.</exception>
    public async ValueTask CompleteAsync(HttpContext context)
    {
        if (length is not null && _left != 0)
            throw new IOException($"The request's body ended {_left} bytes before the {length} that were announced.");
        await SendHeadAsync().ConfigureAwait(false);
        if (length is not null)
            return;

        RequestBuffer end = new();
        end.Append("0\r\n"u8);
        RequestTrailers.Write(context, end);
        end.Append(_lineEnd);
        Progress.NoteRead();
        await SendAsync(end.Written).ConfigureAwait(false);
        Progress.NoteSent(true);
    }

    /// <summary>Does nothing: what was written is on its way, and the head waits for the first of the body if that is there already.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Sends the head, if it was not sent. Unlike the rest it may be called while a write is under way.</summary>
    public Task SendHeadAsync()
    {
        lock (_lock)
            return _head ??= SendAsync(connection.Out.Written).AsTask();
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await connection.SendAsync(bytes).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            HasFailed = true;
            Progress.NoteSent(false);
            throw;
        }
    }
}
