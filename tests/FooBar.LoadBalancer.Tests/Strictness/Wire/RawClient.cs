using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FooBar.LoadBalancer.Tests.Support;

namespace FooBar.LoadBalancer.Tests.Strictness.Wire;

/// <summary>A client that sends whatever bytes it is given.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    private readonly TcpClient _tcp;

    private RawClient(TcpClient tcp, Stream stream)
    {
        _tcp = tcp;
        Stream = stream;
        Reader = new WireReader(stream);
    }

    /// <summary>The connection, decrypted.</summary>
    public Stream Stream { get; }

    /// <summary>Reads what comes back.</summary>
    public WireReader Reader { get; }

    /// <summary>Connects with TLS, for HTTP/1.1 or with <paramref name="http2"/> for HTTP/2.</summary>
    public static async Task<RawClient> ConnectAsync(int port, X509Certificate2 authority, string name, bool http2, CancellationToken cancel)
    {
        TcpClient tcp = new(AddressFamily.InterNetwork) { NoDelay = true };
        try
        {
            await tcp.ConnectAsync(IPAddress.Loopback, port, cancel);
            SslStream tls = new(tcp.GetStream());
            SslClientAuthenticationOptions options = TestGateway.Trusting(authority);
            options.TargetHost = name;
            options.ApplicationProtocols = [http2 ? SslApplicationProtocol.Http2 : SslApplicationProtocol.Http11];
            await tls.AuthenticateAsClientAsync(options, cancel);
            return new RawClient(tcp, tls);
        }
        catch
        {
            tcp.Dispose();
            throw;
        }
    }

    /// <summary>Connects without TLS.</summary>
    public static async Task<RawClient> ConnectPlainAsync(int port, CancellationToken cancel)
    {
        TcpClient tcp = new(AddressFamily.InterNetwork) { NoDelay = true };
        await tcp.ConnectAsync(IPAddress.Loopback, port, cancel);
        return new RawClient(tcp, tcp.GetStream());
    }

    /// <summary>Sends characters as the bytes of the same number. A connection that the other side has closed takes them without a word.</summary>
    public async Task SendAsync(string bytes, CancellationToken cancel)
    {
        try
        {
            await Stream.WriteAsync(Encoding.Latin1.GetBytes(bytes), cancel);
        }
        catch (IOException)
        {
            // What is read next says how it ended.
        }
    }

    /// <summary>Says that nothing more will be sent, and goes on reading.</summary>
    public async Task EndAsync()
    {
        try
        {
            if (Stream is SslStream tls)
                await tls.ShutdownAsync();
            _tcp.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            // It has ended already.
        }
    }

    /// <summary>The next answer; null if the connection is at its end.</summary>
    public async Task<WireAnswer?> ReadAsync(bool toHead, CancellationToken cancel)
    {
        try
        {
            return await WireAnswer.ReadAsync(Reader, toHead, cancel);
        }
        catch (IOException)
        {
            // A reset is an end too.
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        _tcp.Dispose();
    }
}
