namespace FooBar.LoadBalancer.Upstream;

/// <summary>The line before each chunk (RFC 9112, 7.1): a pure function.</summary>
internal static class ChunkSize
{
    /// <summary>The longest line that is waited for: a size, and no more than a few extensions, which nobody sends.</summary>
    public const int LongestLine = 64;

    private const int MostDigits = 15;

    /// <summary>The size.</summary>
    /// <param name="line">Without its CRLF.</param>
    /// <exception cref="UpstreamProtocolException">It is no hexadecimal number, or has more than 15 digits.</exception>
    public static long Parse(ReadOnlySpan<byte> line)
    {
        int digits = 0;
        long size = 0;
        while (digits < line.Length && char.IsAsciiHexDigit((char)line[digits]))
        {
            if (digits == MostDigits)
                throw Malformed();
            size = (size << 4) + Convert.ToInt32(((char)line[digits]).ToString(), 16);
            digits++;
        }

        // Extensions are read over, but a bare CR or LF in one is how two readers come to see different chunks.
        ReadOnlySpan<byte> rest = line[digits..];
        bool isExtension = rest.IsEmpty || (rest[0] is (byte)';' or (byte)' ' or (byte)'\t' && !rest.ContainsAny((byte)'\r', (byte)'\n', (byte)'\0'));
        return digits > 0 && isExtension ? size : throw Malformed();
    }

    private static UpstreamProtocolException Malformed() => new("A chunk of the answer does not begin with its size.");
}
