using System.Net;
using System.Net.Sockets;

namespace FooBar.Benchmarks.DataLayer;

/// <summary>
/// Passes connections on to a server and counts the round trips: how often the client spoke after the server had. What a client sends in
/// several writes before it hears anything is one, which the server's own counters of statements do not see. Thread-safe.
/// </summary>
internal sealed class RoundTripCounter : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;
    private readonly int _server;
    private long _count;

    public RoundTripCounter(int server)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The round trips of all connections so far.</summary>
    public long Count => Interlocked.Read(ref _count);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        foreach (Task connection in _connections) await connection;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _connections.Add(PassOnAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task PassOnAsync(TcpClient client)
    {
        using TcpClient near = client;
        using TcpClient far = new();
        using CancellationTokenSource closed = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        // The server greets first, so that the first that the client says is a round trip too.
        Talk talk = new();
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, _server, _stop.Token);
            near.NoDelay = far.NoDelay = true;
            await Task.WhenAll(PumpAsync(near, far, isClient: true, talk, closed), PumpAsync(far, near, isClient: false, talk, closed));
        }
        catch (Exception failure) when (failure is SocketException or IOException or OperationCanceledException)
        {
            // One side has closed; the other one notices by our closing it too.
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, bool isClient, Talk talk, CancellationTokenSource closed)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, closed.Token) is > 0 and int read)
            {
                // Noted before it is passed on: who answers has heard it.
                bool serverSpokeLast = Interlocked.Exchange(ref talk.ServerSpokeLast, !isClient);
                if (isClient && serverSpokeLast) Interlocked.Increment(ref _count);
                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), closed.Token);
            }
        }
        finally
        {
            await closed.CancelAsync();
        }
    }

    private sealed class Talk
    {
        public bool ServerSpokeLast;
    }
}
