using System.Globalization;
using System.Text;

namespace FooBar.LoadBalancer.Tests.Strictness.Wire;

/// <summary>
/// Reads HTTP/1.1 off a connection byte by byte, and takes one way of writing it only. It shares nothing with the parsers that are tested.
/// Not thread-safe.
/// </summary>
internal sealed class WireReader(Stream stream)
{
    private const int LongestLine = 64 * 1024;

    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly StringBuilder _recorded = new();
    private int _next;
    private int _end;

    /// <summary>Everything that came, for a person to read.</summary>
    public string Recorded => Visible(_recorded.ToString());

    /// <summary>A line without its CRLF; null if the connection ended before it.</summary>
    /// <exception cref="WireException">It has a CR or an LF alone, is too long, or the connection ended in it.</exception>
    public async Task<string?> ReadLineAsync(CancellationToken cancel)
    {
        StringBuilder line = new();
        while (true)
        {
            int next = await ReadByteAsync(cancel);
            if (next < 0)
                return line.Length == 0 ? null : throw new WireException($"ends within the line '{Visible(line.ToString())}'");
            if (next == '\n')
                throw new WireException($"LF alone after '{Visible(line.ToString())}'");
            if (next == '\r')
            {
                if (await ReadByteAsync(cancel) != '\n')
                    throw new WireException($"CR alone after '{Visible(line.ToString())}'");
                return line.ToString();
            }

            if (line.Append((char)next).Length > LongestLine)
                throw new WireException("a line without an end");
        }
    }

    /// <summary>The header lines up to the empty one.</summary>
    public async Task<List<(string Name, string Value)>> ReadHeadersAsync(CancellationToken cancel)
    {
        List<(string, string)> headers = [];
        while (await RequireLineAsync(cancel) is { Length: > 0 } line)
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || line[..colon].Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-'))
                throw new WireException($"no header name in '{Visible(line)}'");
            string value = line[(colon + 1)..].Trim(' ', '\t');
            if (value.Any(c => (c < ' ' && c != '\t') || c == 0x7f))
                throw new WireException($"no header value in '{Visible(line)}'");
            headers.Add((line[..colon], value));
        }

        return headers;
    }

    /// <summary>The body that the headers announce; null if they announce none.</summary>
    public async Task<byte[]?> ReadBodyAsync(
        List<(string Name, string Value)> headers, CancellationToken cancel, List<(string Name, string Value)>? trailers = null)
    {
        string[] lengths = Values(headers, "Content-Length");
        string[] codings = Values(headers, "Transfer-Encoding");
        if (lengths.Length + codings.Length > 1)
            throw new WireException("two lengths");
        if (codings.Length == 1)
            return codings[0] == "chunked" ? await ReadChunksAsync(trailers, cancel) : throw new WireException($"coding '{codings[0]}'");
        if (lengths.Length == 0)
            return null;
        if (lengths[0].Length is 0 or > 18 || !lengths[0].All(char.IsAsciiDigit))
            throw new WireException($"length '{lengths[0]}'");
        return await ReadExactlyAsync(long.Parse(lengths[0], CultureInfo.InvariantCulture), cancel);
    }

    /// <summary>The next line.</summary>
    /// <exception cref="WireException">There is none.</exception>
    public async Task<string> RequireLineAsync(CancellationToken cancel) =>
        await ReadLineAsync(cancel) ?? throw new WireException("ends within a message");

    /// <summary>The values of a header.</summary>
    public static string[] Values(List<(string Name, string Value)> headers, string name) =>
        [.. headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value)];

    /// <summary>Bytes with those that cannot be seen written out.</summary>
    public static string Visible(string text)
    {
        StringBuilder visible = new();
        foreach (char c in text)
        {
            visible.Append(c switch
            {
                '\r' => "\\r",
                '\n' => "\\n",
                < ' ' or > '~' => string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => c.ToString(),
            });
        }

        return visible.Length <= 2000 ? visible.ToString() : $"{visible.ToString(0, 2000)}… ({visible.Length})";
    }

    private async Task<byte[]> ReadChunksAsync(List<(string Name, string Value)>? trailers, CancellationToken cancel)
    {
        using MemoryStream body = new();
        while (true)
        {
            string size = await RequireLineAsync(cancel);
            if (size.Length is 0 or > 7 || !size.All(char.IsAsciiHexDigit))
                throw new WireException($"chunk size '{Visible(size)}'");
            int length = int.Parse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (length == 0 && trailers is not null)
            {
                trailers.AddRange(await ReadHeadersAsync(cancel));
                return body.ToArray();
            }

            body.Write(await ReadExactlyAsync(length, cancel));
            string end = await RequireLineAsync(cancel);
            if (end.Length > 0)
                throw new WireException($"chunk or body followed by '{Visible(end)}'");
            if (length == 0)
                return body.ToArray();
        }
    }

    private async Task<byte[]> ReadExactlyAsync(long length, CancellationToken cancel)
    {
        using MemoryStream bytes = new();
        while (bytes.Length < length)
        {
            int next = await ReadByteAsync(cancel);
            bytes.WriteByte(next >= 0 ? (byte)next : throw new WireException("ends within a body"));
        }

        return bytes.ToArray();
    }

    private async ValueTask<int> ReadByteAsync(CancellationToken cancel)
    {
        if (_next == _end)
        {
            _next = 0;
            _end = await stream.ReadAsync(_buffer, cancel);
            _recorded.Append(Encoding.Latin1.GetString(_buffer, 0, _end));
            if (_end == 0)
                return -1;
        }

        return _buffer[_next++];
    }
}
