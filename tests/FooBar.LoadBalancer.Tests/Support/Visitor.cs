using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;

namespace FooBar.LoadBalancer.Tests.Support;

/// <summary>One visitor with a connection of its own, opened, encrypted and used in steps that a test chooses.</summary>
internal sealed class Visitor : IAsyncDisposable
{
    private static readonly byte[] Request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray();

    private readonly TcpClient _tcp;
    private readonly SslStream _tls;
    private readonly X509Certificate2 _authority;

    private Visitor(TcpClient tcp, X509Certificate2 authority)
    {
        _tcp = tcp;
        _tls = new SslStream(tcp.GetStream());
        _authority = authority;
    }

    /// <summary>The connection, for a client of another kind.</summary>
    public Stream Connection => _tcp.GetStream();

    public static Task<Visitor> ConnectAsync(int port, X509Certificate2 authority, CancellationToken cancel) =>
        ConnectAsync(port, authority, IPAddress.Any, cancel);

    /// <summary>The same from an address of 127.0.0.0/8.</summary>
    public static async Task<Visitor> ConnectAsync(int port, X509Certificate2 authority, IPAddress from, CancellationToken cancel)
    {
        TcpClient tcp = new(new IPEndPoint(from, 0)) { NoDelay = true };
        try
        {
            await tcp.ConnectAsync(IPAddress.Loopback, port, cancel);
            return new Visitor(tcp, authority);
        }
        catch
        {
            tcp.Dispose();
            throw;
        }
    }

    public Task HandshakeAsync(CancellationToken cancel)
    {
        SslClientAuthenticationOptions options = TestGateway.Trusting(_authority);
        options.TargetHost = "localhost";
        return _tls.AuthenticateAsClientAsync(options, cancel);
    }

    /// <summary>Asks for the first page and returns the whole answer, its headers included.</summary>
    /// <exception cref="IOException">The connection ended before the answer did.</exception>
    public async Task<string> GetAsync(CancellationToken cancel)
    {
        await _tls.WriteAsync(Request, cancel);
        StringBuilder answer = new();
        byte[] buffer = new byte[4096];

        while (!IsWhole(answer.ToString()))
        {
            int read = await _tls.ReadAsync(buffer, cancel);
            if (read == 0)
                throw new IOException($"The connection ended after '{answer}'.");
            answer.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        return answer.ToString();
    }

    /// <summary>Sends text as it is.</summary>
    public async Task SendAsync(string text, CancellationToken cancel) => await _tls.WriteAsync(Encoding.ASCII.GetBytes(text), cancel);

    /// <summary>Waits for the server's end of the connection.</summary>
    public async Task<int> ReadAsync(CancellationToken cancel) => await _tls.ReadAsync(new byte[1], cancel);

    /// <summary>The tests' backends answer in chunks, of which the last is empty; the gateway's own pages say their length.</summary>
    private static bool IsWhole(string answer)
    {
        int body = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        if (body < 4)
            return false;
        Match length = Regex.Match(answer[..body], "^Content-Length: (\\d+)\r$", RegexOptions.Multiline);
        return length.Success
            ? answer.Length - body >= int.Parse(length.Groups[1].Value, CultureInfo.InvariantCulture)
            : answer.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _tls.DisposeAsync();
        _tcp.Dispose();
    }
}
