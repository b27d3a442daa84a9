namespace FooBar.LoadBalancer.Cache;

/// <summary>Gathers a body that is to be stored, in pieces, up to a limit. Not thread-safe; what was gathered may be read by others.</summary>
/// <param name="length">Its length; null if that is not known.</param>
/// <param name="limit">The most that is gathered, in bytes.</param>
/// <param name="budget">What all that are gathered at the same time may take.</param>
internal sealed class BodyCollector(long? length, long limit, FillBudget budget)
{
    /// <summary>Below the size from which on the collector of .NET moves nothing any more (85,000 bytes).</summary>
    private const int LargestPiece = 64 * 1024;

    private const int FirstPiece = 4 * 1024;

    private readonly List<byte[]> _pieces = [];
    private int _usedOfLast;
    private long _taken;

    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>Whether every byte of a body of known length is here.</summary>
    public bool IsWhole => Length == length;

    /// <summary>Whether what came is more than is taken, or than was announced.</summary>
    public bool IsTooLarge { get; private set; }

    /// <summary>Adds bytes; false if they are more than the limit, more than was announced, or there is no memory for them.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="copies">Gets the copies, which stay as they are.</param>
    public bool TryAppend(ReadOnlySpan<byte> bytes, List<ReadOnlyMemory<byte>> copies)
    {
        IsTooLarge = Length + bytes.Length > (length ?? limit);
        if (IsTooLarge)
            return false;

        while (!bytes.IsEmpty)
        {
            if ((_pieces.Count == 0 || _usedOfLast == _pieces[^1].Length) && !TryGrow())
                return false;
            byte[] last = _pieces[^1];
            int count = Math.Min(bytes.Length, last.Length - _usedOfLast);
            bytes[..count].CopyTo(last.AsSpan(_usedOfLast));
            copies.Add(last.AsMemory(_usedOfLast, count));
            _usedOfLast += count;
            Length += count;
            bytes = bytes[count..];
        }

        return true;
    }

    /// <summary>The body, without room to spare.</summary>
    public StoredBody ToBody()
    {
        if (Length == 0)
            return StoredBody.Empty;
        if (_pieces.Count > 1 && Length <= LargestPiece)
            return new StoredBody([Joined()], Length);

        byte[][] pieces = [.. _pieces];
        if (_usedOfLast < pieces[^1].Length)
            pieces[^1] = pieces[^1][.._usedOfLast];
        return new StoredBody(pieces, Length);
    }

    /// <summary>Gives back what it took of the budget. The bytes are the store's business now, or nobody's.</summary>
    public void Release()
    {
        budget.Return(_taken);
        _taken = 0;
    }

    /// <summary>Of a known length exactly what is missing; else more each time, as lists grow.</summary>
    private bool TryGrow()
    {
        long size = length is { } known
            ? Math.Min(known - Length, LargestPiece)
            : Math.Min(_pieces.Count == 0 ? FirstPiece : _pieces[^1].Length * 2, LargestPiece);
        if (!budget.TryTake(size))
            return false;
        _taken += size;
        _pieces.Add(new byte[size]);
        _usedOfLast = 0;
        return true;
    }

    private byte[] Joined()
    {
        byte[] joined = new byte[Length];
        int position = 0;
        foreach (byte[] piece in _pieces)
        {
            int count = (int)Math.Min(piece.Length, Length - position);
            piece.AsSpan(0, count).CopyTo(joined.AsSpan(position));
            position += count;
        }

        return joined;
    }
}
