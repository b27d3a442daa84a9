using System.Net.Sockets;
using FooBar.LoadBalancer.Balancing;

namespace FooBar.LoadBalancer.Upstream;

/// <summary>
/// One encrypted connection to a backend and its buffers. One exchange at a time: no locks; <see cref="Abort"/> alone may be called from
/// anywhere.
/// </summary>
internal sealed class UpstreamConnection(Socket socket, Stream stream, long createdAt, BackendTraffic traffic) : IDisposable
{
    private const int FirstBufferBytes = 4096;

    private byte[] _in = new byte[FirstBufferBytes];
    private int _start;
    private int _end;
    private ValueTask<int> _readAhead;
    private bool _readsAhead;

    /// <summary>The time stamp of when it was made.</summary>
    public long CreatedAt { get; } = createdAt;

    /// <summary>The time stamp since which it has been unused.</summary>
    public long IdleSince { get; private set; }

    /// <summary>How many exchanges it has had.</summary>
    public int Exchanges { get; set; }

    /// <summary>Where a request's head is written before it is sent.</summary>
    public RequestBuffer Out { get; } = new();

    /// <summary>What was received and not consumed.</summary>
    public ReadOnlySpan<byte> Received => _in.AsSpan(_start, _end - _start);

    /// <summary>Marks what was received as read.</summary>
    public void Consume(int count) => _start += count;

    /// <summary>Receives more; false when the backend has ended the connection.</summary>
    /// <param name="limit">So many bytes may be received and not consumed.</param>
    /// <exception cref="UpstreamProtocolException">The limit is reached.</exception>
    public async ValueTask<bool> ReceiveAsync(int limit)
    {
        int read;
        if (_readsAhead)
        {
            _readsAhead = false;
            read = await _readAhead.ConfigureAwait(false);
        }
        else
        {
            MakeRoom(limit);
            read = await stream.ReadAsync(_in.AsMemory(_end), CancellationToken.None).ConfigureAwait(false);
        }

        _end += read;
        traffic.CountReceived(read);
        return read > 0;
    }

    /// <summary>Receives into the caller's memory, 0 bytes at the end. Only when nothing is <see cref="Received"/>.</summary>
    public async ValueTask<int> ReceiveAsync(Memory<byte> destination)
    {
        int read = await stream.ReadAsync(destination, CancellationToken.None).ConfigureAwait(false);
        traffic.CountReceived(read);
        return read;
    }

    /// <summary>Sends.</summary>
    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        traffic.CountSent(bytes.Length);
        return stream.WriteAsync(bytes, CancellationToken.None);
    }

    /// <summary>
    /// Begins to wait for the next exchange. A read is under way meanwhile: it ends when the backend closes the connection, or sends something that
    /// nobody asked for, and otherwise takes the first bytes of the next answer.
    /// </summary>
    public void BeginIdle(long now)
    {
        IdleSince = now;
        _start = _end = 0;
        _readsAhead = true;
#pragma warning disable CA2012 // Consumed once: by the next exchange, or by Dispose.
        _readAhead = stream.ReadAsync(_in.AsMemory(), CancellationToken.None);
#pragma warning restore CA2012
    }

    /// <summary>Whether it still waits in peace.</summary>
    public bool IsUsable => !_readAhead.IsCompleted;

    /// <summary>Ends it at once; whoever waits on it gets an exception.</summary>
    public void Abort() => socket.Dispose();

    /// <inheritdoc />
    public void Dispose()
    {
        // First the socket: an encrypted goodbye could wait on a backend that does not read.
        socket.Dispose();
        if (_readsAhead)
        {
            _readsAhead = false;
            _ = ObserveAsync(_readAhead);
        }

        stream.Dispose();
    }

    private static async Task ObserveAsync(ValueTask<int> read)
    {
        try
        {
            await read.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // It was ended on purpose.
        }
    }

    private void MakeRoom(int limit)
    {
        if (_start == _end)
            _start = _end = 0;
        if (_end < _in.Length)
            return;

        int count = _end - _start;
        if (count >= limit)
            throw new UpstreamProtocolException($"The answer's head is larger than {limit} bytes.");
        byte[] larger = _start > 0 ? _in : new byte[Math.Min(_in.Length * 2, limit)];
        Buffer.BlockCopy(_in, _start, larger, 0, count);
        _in = larger;
        _start = 0;
        _end = count;
    }
}
