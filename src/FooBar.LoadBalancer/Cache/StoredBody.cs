namespace FooBar.LoadBalancer.Cache;

/// <summary>
/// A body in memory: pieces small enough to stay out of the large object heap, where what comes and goes leaves holes. Immutable, safe to share.
/// </summary>
internal sealed class StoredBody(byte[][] pieces, long length)
{
    /// <summary>A body without a byte.</summary>
    public static readonly StoredBody Empty = new([], 0);

    /// <summary>Bytes.</summary>
    public long Length { get; } = length;

    /// <summary>Bytes of memory.</summary>
    public long Size => pieces.Length == 0 ? 0 : MemorySize.Object + 16 + MemorySize.Array(pieces.Length * 8L) + pieces.Sum(piece => MemorySize.Array(piece.Length));

    /// <summary>Writes all of it.</summary>
    public Task WriteAsync(Stream output, CancellationToken cancellationToken) => pieces.Length switch
    {
        0 => Task.CompletedTask,
        1 => output.WriteAsync(pieces[0].AsMemory(), cancellationToken).AsTask(),
        _ => WriteAsync(output, new ByteRange(0, Length), cancellationToken),
    };

    /// <summary>Writes a part of it.</summary>
    public async Task WriteAsync(Stream output, ByteRange range, CancellationToken cancellationToken)
    {
        long skip = range.From;
        long left = range.Count;
        foreach (byte[] piece in pieces)
        {
            int count = (int)Math.Min(piece.Length - skip, left);
            if (count > 0)
            {
                await output.WriteAsync(piece.AsMemory((int)skip, count), cancellationToken).ConfigureAwait(false);
                left -= count;
            }

            skip = Math.Max(0, skip - piece.Length);
        }
    }
}
