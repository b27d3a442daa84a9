using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using FooBar.MySql.Configuration;

namespace FooBar.MySql.Transport;

/// <summary>The socket to one server, in clear first and inside TLS after <see cref="UpgradeAsync"/>.</summary>
internal sealed class ServerLink(ConnectionOptions options, TimeProvider time, Func<string, IPAddress[]> lookUp) : IByteStream, IDisposable
{
    /// <summary>Time for the farewell of a connection that is being closed; a peer that does not take it is left alone.</summary>
    private const int FarewellMilliseconds = 1_000;

    private readonly CancellationTokenSource _aborted = new();
    private Socket? _socket;
    private Stream? _stream;

    public ServerLink(ConnectionOptions options, TimeProvider time)
        : this(options, time, Dns.GetHostAddresses)
    {
    }

    /// <summary><see cref="Abort"/> was called.</summary>
    public bool IsAborted => _aborted.IsCancellationRequested;

    /// <summary>Cancelled by <see cref="Abort"/>, for what is waited for on the way besides the socket.</summary>
    public CancellationToken Aborted => _aborted.Token;

    /// <summary>Null before the connect.</summary>
    public Socket? Socket => _socket;

    /// <summary>The address: before the connect the only one to try, null for all of the host; behind it the one that answered.</summary>
    public EndPoint? Address { get; set; }

    /// <summary>Connects to the Unix socket, or to the first address of the host that answers.</summary>
    /// <exception cref="MySqlException">None answers, and why; interrupted, too.</exception>
    public async ValueTask ConnectAsync(bool async)
    {
        long started = time.GetTimestamp();
        AddressRace? race = null;
        try
        {
            race = new AddressRace(await FindAsync(async).ConfigureAwait(false), time, _aborted.Token);
            Socket socket = await race.RunAsync(async).ConfigureAwait(false) ?? throw Unreachable(race.Failures, null);

            // An abort from here on finds the socket; one before is found here.
            _socket = socket;
            _aborted.Token.ThrowIfCancellationRequested();
            Address = socket.RemoteEndPoint;
            if (options.SocketPath is null) Liveness.Watch(socket, options.Keepalive);
            _stream = new NetworkStream(socket, ownsSocket: false);
        }
        catch (Exception failure) when (failure is OperationCanceledException or SocketException)
        {
            string why = race is not null ? race.Failures : failure is SocketException ? failure.Message : "the look-up of its address has no answer";
            throw Unreachable(why, failure);
        }

        MySqlException Unreachable(string why, Exception? inner) => new(
            $"No connection to {options.Endpoint} after {time.GetElapsedTime(started).TotalSeconds:F1} s: {why}.",
            MySqlFailurePhase.NotSent,
            MySqlFailureReason.ConnectionLost,
            isTransient: true,
            inner);
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
        _aborted.Cancel();
        _socket?.Dispose();
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _stream?.Dispose();
    }

    private Stream Stream => _stream ?? throw new ObjectDisposedException(nameof(ServerLink));

    private async ValueTask<IReadOnlyList<EndPoint>> FindAsync(bool async)
    {
        if (options.SocketPath is { } path) return [new UnixDomainSocketEndPoint(path)];
        if (Address is { } only) return [only];

        IReadOnlyList<IPAddress> addresses = await HostAddresses.FindAsync(options.Host, lookUp, async, _aborted.Token).ConfigureAwait(false);
        return [.. addresses.Select(address => new IPEndPoint(address, options.Port))];
    }
}
