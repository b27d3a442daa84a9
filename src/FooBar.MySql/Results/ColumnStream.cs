namespace FooBar.MySql.Results;

/// <summary>The bytes of one column of a streamed row, as they come from the server. Ends with the row, or when a later column is read.</summary>
internal sealed class ColumnStream(MySqlDataReader reader, RowStream row) : Stream
{
    private readonly int _ordinal = row.Ordinal;
    private bool _isDisposed;

    public override bool CanRead => !_isDisposed;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        RequireCurrent();
        return reader.ReadColumn(row, buffer.AsMemory(offset, count));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        RequireCurrent();
        return reader.ReadColumnAsync(row, buffer, cancellationToken);
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _isDisposed = true;
        base.Dispose(disposing);
    }

    private void RequireCurrent()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (!reader.IsStreaming(row) || row.Ordinal != _ordinal)
        {
            throw new ObjectDisposedException(null, "The column's stream has ended: its reader has gone on to another column or row, or was closed.");
        }
    }
}
