using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace FooBar.MySql.Transport;

/// <summary>The socket to one server, in clear first and inside TLS after <see cref="UpgradeAsync"/>.</summary>
internal sealed class ServerLink(string host, int port) : IByteStream, IDisposable
{
    /// <summary>Time for the farewell of a connection that is being closed; a peer that does not take it is left alone.</summary>
    private const int FarewellMilliseconds = 1_000;

    private readonly CancellationTokenSource _aborted = new();
    private Socket? _socket;
    private Stream? _stream;
    private volatile bool _isAborted;

    /// <summary>Cancelled by <see cref="Abort"/>, for what is waited for on the way besides the socket.</summary>
    public CancellationToken Aborted => _aborted.Token;

    /// <summary>Connects to the first address of the host that answers.</summary>
    /// <exception cref="SocketException">No address answers; the error is that of the last one.</exception>
    public async ValueTask ConnectAsync(bool async)
    {
        IPAddress[] addresses = await ResolveAsync(async).ConfigureAwait(false);
        for (int index = 0; ; index++)
        {
            Socket socket = new(addresses[index].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            _socket = socket;
            try
            {
                ObjectDisposedException.ThrowIf(_isAborted, this);
                IPEndPoint endPoint = new(addresses[index], port);
                if (async) await socket.ConnectAsync(endPoint, _aborted.Token).ConfigureAwait(false);
                else socket.Connect(endPoint);

                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                _stream = new NetworkStream(socket, ownsSocket: false);
                return;
            }
            catch (SocketException) when (index + 1 < addresses.Length && !_isAborted)
            {
                socket.Dispose();
            }
        }
    }

    public async ValueTask<SslStream> UpgradeAsync(SslClientAuthenticationOptions options, bool async)
    {
        SslStream tls = new(Stream, leaveInnerStreamOpen: false);
        _stream = tls;
        if (async) await tls.AuthenticateAsClientAsync(options, _aborted.Token).ConfigureAwait(false);
        else tls.AuthenticateAsClient(options);
        return tls;
    }

    public ValueTask<int> ReadAsync(Memory<byte> buffer, bool async) =>
        async ? Stream.ReadAsync(buffer) : new ValueTask<int>(Stream.Read(buffer.Span));

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, bool async)
    {
        if (async) return Stream.WriteAsync(bytes);

        Stream.Write(bytes.Span);
        return default;
    }

    /// <summary>
    /// Whether nothing has happened on an idle connection. The server does not speak unasked: bytes to read are its end, or its reason
    /// for ending the session.
    /// </summary>
    public bool IsQuiet()
    {
        try
        {
            return _socket is { } socket && !socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception lost) when (lost is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Bounds blocking sends and receives from now on: for the farewell, which no call watches.</summary>
    public void LimitFarewell()
    {
        if (_socket is not { } socket) return;

        socket.SendTimeout = FarewellMilliseconds;
        socket.ReceiveTimeout = FarewellMilliseconds;
    }

    /// <summary>Ends pending I/O, blocking or not, with an exception. Thread-safe.</summary>
    public void Abort()
    {
        _isAborted = true;
        _aborted.Cancel();
        _socket?.Dispose();
    }

    public void Dispose()
    {
        _isAborted = true;
        _socket?.Dispose();
        _stream?.Dispose();
    }

    private Stream Stream => _stream ?? throw new ObjectDisposedException(nameof(ServerLink));

    private async ValueTask<IPAddress[]> ResolveAsync(bool async)
    {
        if (IPAddress.TryParse(host, out IPAddress? address)) return [address];

        IPAddress[] addresses = async
            ? await Dns.GetHostAddressesAsync(host, _aborted.Token).ConfigureAwait(false)
            : Dns.GetHostAddresses(host);
        return addresses.Length > 0 ? addresses : throw new SocketException((int)SocketError.HostNotFound);
    }
}
