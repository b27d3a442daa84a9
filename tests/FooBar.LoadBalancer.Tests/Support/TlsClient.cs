using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace FooBar.LoadBalancer.Tests.Support;

/// <summary>One TLS connection to a port of 127.0.0.1, and what its handshake came to.</summary>
internal sealed class TlsClient : IAsyncDisposable
{
    private readonly TcpClient _tcp;

    private TlsClient(TcpClient tcp, SslStream stream)
    {
        _tcp = tcp;
        Stream = stream;
    }

    public SslStream Stream { get; }

    /// <summary>The certificate that the server showed, in this handshake or in that of the session that was resumed.</summary>
    public X509Certificate2 Certificate => (X509Certificate2)Stream.RemoteCertificate!;

    /// <summary>How many bytes the server had sent when the handshake was done.</summary>
    public long HandshakeBytes { get; private set; }

    /// <summary>Options for a client that takes whatever certificate it is shown, with a handshake of its own.</summary>
    public static SslClientAuthenticationOptions Careless(string name) => new()
    {
        TargetHost = name,
        AllowTlsResume = false,
#pragma warning disable CA5359 // It asks for what a careful client refuses.
        RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
    };

    /// <summary>Connects and goes through the handshake.</summary>
    /// <param name="port">Where.</param>
    /// <param name="options">How; the name to ask for among it.</param>
    /// <param name="cancel">Ends it.</param>
    public static async Task<TlsClient> ConnectAsync(int port, SslClientAuthenticationOptions options, CancellationToken cancel)
    {
        TcpClient tcp = new() { NoDelay = true };
        try
        {
            await tcp.ConnectAsync(IPAddress.Loopback, port, cancel);
            Counting raw = new(tcp.GetStream());
            TlsClient client = new(tcp, new SslStream(raw));
            await client.Stream.AuthenticateAsClientAsync(options, cancel);
            client.HandshakeBytes = raw.Received;
            return client;
        }
        catch
        {
            tcp.Dispose();
            throw;
        }
    }

    /// <summary>Asks for the first page of a host and returns the status line.</summary>
    public async Task<string> GetAsync(string host, CancellationToken cancel)
    {
        await Stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"), cancel);
        using StreamReader reader = new(Stream, leaveOpen: true);
        string answer = await reader.ReadToEndAsync(cancel);
        return answer.Split("\r\n")[0];
    }

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        _tcp.Dispose();
    }

    private sealed class Counting(Stream inner) : Stream
    {
        public long Received { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await inner.ReadAsync(buffer, cancellationToken);
            Received += read;
            return read;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
