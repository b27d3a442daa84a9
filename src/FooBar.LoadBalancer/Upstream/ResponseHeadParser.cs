using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace FooBar.LoadBalancer.Upstream;

/// <summary>
/// Reads the head of an answer (RFC 9112, 4 and 5): pure functions. Strict: what two readers could read in two ways is an error, because the
/// second reader is the next answer's client.
/// </summary>
internal static class ResponseHeadParser
{
    private const int MostFields = 200;

    private static readonly SearchValues<byte> _token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>What no field value may hold: every control character but the tab.</summary>
    private static readonly SearchValues<byte> _control =
        SearchValues.Create([.. Enumerable.Range(0, 32).Where(c => c != '\t').Select(c => (byte)c), 127]);

    /// <summary>Parses a head.</summary>
    /// <param name="head">From the status line to the empty line, CRLF CRLF included.</param>
    /// <param name="isHead">Whether it answers a HEAD, and so has no body whatever its fields say.</param>
    /// <exception cref="UpstreamProtocolException">It is malformed, or its body's end could not be known.</exception>
    public static ResponseHead Parse(ReadOnlySpan<byte> head, bool isHead)
    {
        ReadOnlySpan<byte> rest = head[..^2];
        (int status, bool isHttp11) = StatusLine(Line(ref rest));
        HeaderField[] fields = Fields(rest);

        long? length = null;
        bool isChunked = false;
        bool keepsAlive = isHttp11;
        foreach (HeaderField field in fields)
        {
            if (field.Name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                length = Length(field.Value, length);
            else if (field.Name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
                isChunked = Chunked(field.Value, isChunked);
            else if (field.Name.Equals("Connection", StringComparison.OrdinalIgnoreCase))
                keepsAlive = KeepsAlive(field.Value, keepsAlive);
        }

        if (isChunked && (length is not null || !isHttp11))
            throw new UpstreamProtocolException("The answer has both a length and chunks, or chunks in HTTP/1.0.");

        // The end of the connection as the end of the body looks the same whether the backend has finished or died.
        bool hasBody = !isHead && status is >= 200 and not (204 or 304);
        if (hasBody && length is null && !isChunked)
            throw new UpstreamProtocolException("The answer says neither its length nor that it comes in chunks: nobody could tell whether it is whole.");
        if (status == StatusCodes.Status205ResetContent && (isChunked || length is > 0))
            throw new UpstreamProtocolException("The answer has content, and a status that says that there is none (RFC 9110, 15.3.6).");
        return new ResponseHead(status, fields, length, isChunked, keepsAlive);
    }

    /// <summary>Parses field lines, each of which ends with CRLF.</summary>
    /// <exception cref="UpstreamProtocolException">One of them is malformed, or there are too many.</exception>
    public static HeaderField[] Fields(ReadOnlySpan<byte> lines)
    {
        if (lines.IsEmpty)
            return [];
        int count = lines.Count((byte)'\n');
        if (count > MostFields)
            throw new UpstreamProtocolException($"The answer has {count} header fields; at most {MostFields} are taken.");

        HeaderField[] fields = new HeaderField[count];
        for (int i = 0; i < count; i++)
            fields[i] = Field(Line(ref lines));
        return fields;
    }

    /// <summary>Takes the next line, which must end with CRLF, and returns it without.</summary>
    private static ReadOnlySpan<byte> Line(ref ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOf((byte)'\n');
        if (end < 1 || rest[end - 1] != '\r')
            throw new UpstreamProtocolException("A line of the answer's head does not end with CRLF.");
        ReadOnlySpan<byte> line = rest[..(end - 1)];
        rest = rest[(end + 1)..];
        return line;
    }

    private static (int Status, bool IsHttp11) StatusLine(ReadOnlySpan<byte> line)
    {
        // HTTP/1.1 200 OK; the space after the status may be missing where there is no phrase, as many servers have it.
        bool isHttp11 = line.StartsWith("HTTP/1.1 "u8);
        if ((!isHttp11 && !line.StartsWith("HTTP/1.0 "u8))
            || line.Length < 12
            || (line.Length > 12 && line[12] != ' ')
            || !Utf8Parser.TryParse(line.Slice(9, 3), out int status, out int digits)
            || digits != 3
            || status is < 100 or > 599
            || line.ContainsAny(_control))
        {
            throw new UpstreamProtocolException("The answer does not begin with a status line of HTTP/1.1.");
        }

        return (status, isHttp11);
    }

    private static HeaderField Field(ReadOnlySpan<byte> line)
    {
        int colon = line.IndexOf((byte)':');
        if (colon < 1 || line[..colon].ContainsAnyExcept(_token))
            throw new UpstreamProtocolException("A header field of the answer has no name, or one that is no token.");
        ReadOnlySpan<byte> value = line[(colon + 1)..].Trim(" \t"u8);
        return value.ContainsAny(_control)
            ? throw new UpstreamProtocolException("The value of a header field of the answer has a control character.")
            : new HeaderField(FieldNames.Of(line[..colon]), Encoding.Latin1.GetString(value));
    }

    /// <summary>Digits only. The same value twice, or in a list, is still refused: it is a sign of two writers.</summary>
    private static long Length(string value, long? before) =>
        before is null && value.Length is > 0 and < 19 && value.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0
            ? long.Parse(value, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture)
            : throw new UpstreamProtocolException("The answer's Content-Length is no number, or is there twice.");

    private static bool Chunked(string value, bool before) =>
        !before && value.Equals("chunked", StringComparison.OrdinalIgnoreCase)
            ? true
            : throw new UpstreamProtocolException("The answer's Transfer-Encoding is another than chunked, or is there twice.");

    private static bool KeepsAlive(string value, bool before)
    {
        bool keeps = before;
        foreach (Range token in value.AsSpan().Split(','))
        {
            ReadOnlySpan<char> option = value.AsSpan(token).Trim();
            if (option.Equals("close", StringComparison.OrdinalIgnoreCase))
                return false;
            keeps |= option.Equals("keep-alive", StringComparison.OrdinalIgnoreCase);
        }

        return keeps;
    }
}
