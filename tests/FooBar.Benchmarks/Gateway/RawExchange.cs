using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace FooBar.Benchmarks.Gateway;

/// <summary>One HTTP/1.1 request after the other on a connection, with no more than that takes. Not thread-safe.</summary>
internal sealed class RawExchange
{
    private static ReadOnlySpan<byte> EndOfHeaders => "\r\n\r\n"u8;

    private static ReadOnlySpan<byte> Length => "\r\ncontent-length:"u8;

    private readonly byte[] _buffer = new byte[256 << 10];
    private readonly byte[] _request;
    private int _filled;

    /// <param name="port">In the host header.</param>
    /// <param name="path">What is asked for.</param>
    /// <param name="isLast">Asks that the connection be closed.</param>
    public RawExchange(int port, string path, bool isLast) => _request = Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"GET {path} HTTP/1.1\r\nHost: {ProxyJob.BackendName}:{port}\r\n{(isLast ? "Connection: close\r\n" : "")}\r\n"));

    /// <summary>Sends the request.</summary>
    public void Ask(TlsConnection connection)
    {
        _filled = 0;
        connection.Write(_request);
    }

    /// <summary>Reads what is there; true when the answer is whole.</summary>
    /// <exception cref="BenchmarkException">The answer is not 200 with a length.</exception>
    public bool TakeAnswer(TlsConnection connection)
    {
        while (true)
        {
            int read = connection.Read(_buffer.AsSpan(_filled));
            if (read == 0) return false;

            _filled += read;
            ReadOnlySpan<byte> answer = _buffer.AsSpan(0, _filled);
            int end = answer.IndexOf(EndOfHeaders);
            if (end >= 0 && _filled >= end + EndOfHeaders.Length + BodyLength(answer[..end])) return true;
        }
    }

    private static int BodyLength(ReadOnlySpan<byte> headers)
    {
        Span<byte> lower = stackalloc byte[Math.Min(headers.Length, 4096)];
        int length = Ascii.ToLower(headers[..lower.Length], lower, out int written) == System.Buffers.OperationStatus.Done ? lower[..written].IndexOf(Length) : -1;
        if (headers.StartsWith("HTTP/1.1 200 "u8) && length >= 0 && Utf8Parser.TryParse(headers[(length + Length.Length)..].TrimStart((byte)' '), out int bytes, out _)) return bytes;

        throw new BenchmarkException($"the answer was not 200 with a length: {Encoding.Latin1.GetString(headers).ReplaceLineEndings(" | ")}");
    }
}
