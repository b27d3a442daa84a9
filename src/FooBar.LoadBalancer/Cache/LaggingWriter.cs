namespace FooBar.LoadBalancer.Cache;

/// <summary>
/// Writes to a client without ever waiting for it: what a slow one cannot take yet is left where it is in memory, and follows when it can. So a slow
/// reader holds up neither the backend nor those who wait for the same answer. One writer at a time.
/// </summary>
/// <param name="client">The client's body.</param>
/// <param name="left">Says that the client has left: nothing is written any more.</param>
internal sealed class LaggingWriter(Stream client, CancellationToken left)
{
    private readonly Lock _lock = new();
    private readonly Queue<ReadOnlyMemory<byte>> _waiting = new();
    private Task _sending = Task.CompletedTask;
    private bool _isSending;
    private bool _failed;

    /// <summary>Whether the client did not get everything.</summary>
    public bool HasLost { get; private set; }

    /// <summary>Writes bytes that stay as they are.</summary>
    public void Write(ReadOnlyMemory<byte> bytes)
    {
        lock (_lock)
        {
            if (_isSending)
                _waiting.Enqueue(bytes);
            HasLost |= _failed || left.IsCancellationRequested;
            if (_isSending || HasLost)
                return;
            _isSending = true;
        }

        _sending = SendAsync(bytes);
    }

    /// <summary>Waits until the client has everything, or has left.</summary>
    public Task DrainAsync() => _sending;

    private async Task SendAsync(ReadOnlyMemory<byte> next)
    {
        try
        {
            do
                await client.WriteAsync(next, left).ConfigureAwait(false);
            while (TryNext(out next));
        }
#pragma warning disable CA1031 // Whatever it is, it is between the server and this client, and the answer is for others, too.
        catch (Exception)
#pragma warning restore CA1031
        {
            lock (_lock)
            {
                _failed = HasLost = true;
                _isSending = false;
                _waiting.Clear();
            }
        }
    }

    private bool TryNext(out ReadOnlyMemory<byte> next)
    {
        lock (_lock)
        {
            return _isSending = _waiting.TryDequeue(out next);
        }
    }
}
