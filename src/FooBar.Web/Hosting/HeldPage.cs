namespace FooBar.Web.Hosting;

/// <summary>Keeps what is written until it is released or grows longer than <see cref="PageLength.Longest"/>. For one response; not thread-safe.</summary>
internal sealed class HeldPage(Stream outer) : Stream
{
    private readonly MemoryStream _held = new();
    private bool _released;

    /// <summary>Bytes that are held; null when they were let go.</summary>
    public long? HeldLength => _released ? null : _held.Length;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Lets go what is held; from then on everything passes.</summary>
    public async ValueTask ReleaseAsync(CancellationToken ct)
    {
        if (_released)
            return;
        _released = true;

        // An empty write would begin an answer that has no body, in chunks.
        if (_held.Length > 0)
            await outer.WriteAsync(_held.GetBuffer().AsMemory(0, (int)_held.Length), ct).ConfigureAwait(false);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_released && _held.Length + buffer.Length <= PageLength.Longest)
        {
            _held.Write(buffer.Span);
            return;
        }

        await ReleaseAsync(cancellationToken).ConfigureAwait(false);
        await outer.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Pages are written asynchronously.");

    /// <summary>Nothing goes out before it is released: a flush in the middle of a page would send its beginning.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) => _released ? outer.FlushAsync(cancellationToken) : Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _held.Dispose();
        base.Dispose(disposing);
    }
}
