using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Tests.Support;

namespace FooBar.LoadBalancer.Tests.Http2;

/// <summary>
/// An HTTP/2 client over TLS that sends whatever frames it is given and counts what comes back. It acknowledges nothing and keeps to no
/// window: each of that is a test's own business. One task sends; reading goes on beside it.
/// </summary>
internal sealed class RawHttp2Client : IAsyncDisposable
{
    private const ushort MaxConcurrentStreams = 3;

    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    private readonly Socket _socket;
    private readonly SslStream _tls;
    private readonly CancellationTokenSource _end = new();
    private readonly int[] _received = new int[256];
    private int _dataBytes;
    private int _ended;
    private int _reset;
    private int _refused;
    private int _streams = -1;
    private int _goAway = -1;
    private Task _reading = Task.CompletedTask;

    private RawHttp2Client(Socket socket)
    {
        _socket = socket;
        _tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
    }

    /// <summary>Ends when the server has closed the connection.</summary>
    public Task Closed => _reading;

    /// <summary>The error that the server's last GOAWAY gave; null if there was none.</summary>
    public Http2Error? GoAway => Volatile.Read(ref _goAway) is >= 0 and int code ? (Http2Error)code : null;

    /// <summary>Bytes of DATA that came.</summary>
    public int DataBytes => Volatile.Read(ref _dataBytes);

    /// <summary>Streams that the server has ended with an answer.</summary>
    public int Ended => Volatile.Read(ref _ended);

    /// <summary>Streams that the server has reset.</summary>
    public int Reset => Volatile.Read(ref _reset);

    /// <summary>Those of them that it has refused.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>How many streams at once the server's SETTINGS allow; null if they did not say.</summary>
    public int? Streams => Volatile.Read(ref _streams) is >= 0 and int count ? count : null;

    /// <summary>Connects, with the preface and these settings.</summary>
    /// <param name="port">The gateway's port for HTTPS, on 127.0.0.1.</param>
    /// <param name="authority">What the gateway's certificate is verified against.</param>
    /// <param name="from">The address to come from; null for the usual one.</param>
    /// <param name="reads">Whether it reads what the server sends; if not, the server's answers pile up on the way.</param>
    /// <param name="settings">Of the first SETTINGS frame.</param>
    public static async Task<RawHttp2Client> ConnectAsync(int port, X509Certificate2 authority, IPAddress? from = null, bool reads = true, params (ushort Id, uint Value)[] settings)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (from is not null)
            socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(IPAddress.Loopback, port, Eventually.Limit);
        RawHttp2Client client = new(socket);
        SslClientAuthenticationOptions handshake = TestGateway.Trusting(authority);
        handshake.TargetHost = "localhost";
        handshake.ApplicationProtocols = [SslApplicationProtocol.Http2];
        await client._tls.AuthenticateAsClientAsync(handshake, Eventually.Limit);
        await client._tls.WriteAsync(Preface, Eventually.Limit);
        await client._tls.WriteAsync(new Http2Frames().Settings(settings).Bytes, Eventually.Limit);
        client._reading = reads ? Task.Run(client.ReadAsync) : Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, client._end.Token);
        return client;
    }

    /// <summary>How many frames of this type have come.</summary>
    public int Received(FrameType type) => Volatile.Read(ref _received[(int)type]);

    /// <summary>Sends bytes; false once the connection is closed.</summary>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await _tls.WriteAsync(bytes, Eventually.Limit);
            return !_reading.IsCompleted;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public Task<bool> SendAsync(Http2Frames frames) => SendAsync(frames.Bytes);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _socket.Dispose();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task ReadAsync()
    {
        byte[] header = new byte[9];
        byte[] payload = new byte[64 * 1024];
        try
        {
            while (true)
            {
                await _tls.ReadExactlyAsync(header, _end.Token);
                int length = (header[0] << 16) | BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(1));
                await _tls.ReadExactlyAsync(payload.AsMemory(0, length), _end.Token);
                Take((FrameType)header[3], header[4], payload.AsSpan(0, length));
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Closed, by one side or the other.
        }
    }

    private void Take(FrameType type, byte flags, ReadOnlySpan<byte> payload)
    {
        Interlocked.Increment(ref _received[(int)type]);
        if (type is FrameType.Data or FrameType.Headers && (flags & Http2Frames.EndStream) != 0)
            Interlocked.Increment(ref _ended);
        switch (type)
        {
            case FrameType.Data:
                Interlocked.Add(ref _dataBytes, payload.Length);
                break;
            case FrameType.ResetStream:
                if (BinaryPrimitives.ReadInt32BigEndian(payload) == (int)Http2Error.RefusedStream)
                    Interlocked.Increment(ref _refused);
                Interlocked.Increment(ref _reset);
                break;
            case FrameType.Settings:
                for (ReadOnlySpan<byte> rest = payload; !rest.IsEmpty; rest = rest[6..])
                {
                    if (BinaryPrimitives.ReadUInt16BigEndian(rest) == MaxConcurrentStreams)
                        Volatile.Write(ref _streams, BinaryPrimitives.ReadInt32BigEndian(rest[2..]));
                }

                break;
            case FrameType.GoAway:
                Volatile.Write(ref _goAway, BinaryPrimitives.ReadInt32BigEndian(payload[4..]));
                break;
        }
    }
}
