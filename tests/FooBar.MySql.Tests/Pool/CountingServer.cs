using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FooBar.MySql.Tests.Pool;

/// <summary>
/// A server over real sockets that takes any number of sessions at a time and counts them. It answers <c>SELECT n</c> with n, never
/// answers <c>SLEEP</c>, hangs up at <c>BREAK</c>, sends half a result at <c>HALF</c> and nonsense at <c>NONSENSE</c>, refuses
/// <c>FAIL</c> with error 1062, and says OK to the rest.
/// </summary>
internal sealed class CountingServer : IAsyncDisposable
{
    private const int TcpLevel = 6;
    private const int TcpInformation = 11;
    private const byte Established = 1;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, Task> _sessions = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _closing = new();
    private readonly Task _accepting;
    private int _accepted;
    private int _most;
    private int _threads;

    public CountingServer()
    {
        _listener.Start(1_000);
        _accepting = AcceptAsync();
    }

    /// <summary>A connection is greeted when this is complete.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>What is sent in place of a greeting; null for a server that works; empty to hang up.</summary>
    public byte[]? Refusal { get; set; }

    /// <summary>Connections so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>The most connections that the clients had at a time when one more came, counted by what their ends of the sockets had done.</summary>
    public int Most => Volatile.Read(ref _most);

    /// <summary>Connections that the client has not begun to close.</summary>
    public int Open => _sessions.Keys.Count(IsOpen);

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string ConnectionString => $"Server=127.0.0.1;Port={Port};User ID=u;Ssl Mode=None;Connection Timeout=30;";

    /// <summary>The error packet of a server that has no room.</summary>
    public static byte[] Error(ushort number, string message) =>
        FakeServer.Frame(0, [0xFF, (byte)number, (byte)(number >> 8), .. Encoding.ASCII.GetBytes(message)]);

    /// <summary>Ends every connection from the server's side, as a restart does.</summary>
    public void HangUp()
    {
        foreach (Socket session in _sessions.Keys) session.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _stopping.CancelAsync();
        HangUp();
        await _accepting;
        await Task.WhenAll(_sessions.Values);
        _stopping.Dispose();
    }

    /// <summary>The kernel knows that the peer has closed before anyone has read so much.</summary>
    private bool IsOpen(Socket session)
    {
        byte[] state = new byte[1];
        try
        {
            // The runtime resets a connection that is closed while another thread asks for an option; the peer would not see an orderly end.
            lock (_closing) return session.GetRawSocketOption(TcpLevel, TcpInformation, state) == 1 && state[0] == Established;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket session;
            try
            {
                session = await _listener.AcceptSocketAsync();
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            TaskCompletionSource serving = new();
            _sessions[session] = serving.Task;
            _most = Math.Max(_most, Open);

            // What the test sets once it has seen the count is for the next.
            (Task gate, byte[]? refusal) = (Gate, Refusal);
            Interlocked.Increment(ref _accepted);
            _ = Task.Run(async () =>
            {
                await ServeAsync(session, gate, refusal);
                serving.SetResult();
            });
        }
    }

    private async Task ServeAsync(Socket session, Task gate, byte[]? refusal)
    {
        try
        {
            await using NetworkStream stream = new(session);
            FakeClient client = new(stream);
            await gate.WaitAsync(_stopping.Token);
            if (refusal is not null) await client.SendAsync(refusal);
            else await ConverseAsync(client);
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException or SocketException or OperationCanceledException)
        {
            // One of the two has hung up.
        }
        finally
        {
            lock (_closing) session.Dispose();
            _sessions.TryRemove(session, out _);
        }
    }

    private async Task ConverseAsync(FakeClient client)
    {
        byte[] greeting = FakeServer.Greeting();
        BitConverter.TryWriteBytes(greeting.AsSpan(greeting.AsSpan().IndexOf("fake\0"u8) + 5), Interlocked.Increment(ref _threads));
        await client.LogInAsync(greeting);
        while (true)
        {
            byte[] command = await client.ReceiveAsync();
            if (command is [] or [1, ..]) return;

            string text = command[0] == 3 ? Encoding.UTF8.GetString(command.AsSpan(1)) : string.Empty;
            switch (text.Split(' '))
            {
                case ["BREAK"]:
                    return;
                case ["SLEEP"]:
                    break;
                case ["NONSENSE"]:
                    await client.SendAsync(FakeServer.Frame(77, FakeServer.Ok));
                    break;
                case ["FAIL"]:
                    await client.SendAsync(FakeServer.Frame(1, [0xFF, 0x26, 0x04, .. "#23000Duplicate entry 'secret' for key"u8]));
                    break;
                case ["HALF"]:
                    await client.SendAsync(Row("1")[..^11]);
                    break;
                case ["SELECT", string number] when int.TryParse(number, CultureInfo.InvariantCulture, out _):
                    await client.SendAsync(Row(number));
                    break;
                default:
                    await client.SendAsync(FakeServer.Frame(1, FakeServer.Ok));
                    break;
            }
        }
    }

    private static byte[] Row(string value) =>
    [
        .. FakeServer.Frame(1, [1]), .. FakeServer.Frame(2, FakeServer.Column("n", 253)),
        .. FakeServer.Frame(3, [(byte)value.Length, .. Encoding.ASCII.GetBytes(value)]), .. FakeServer.Frame(4, [0xFE, .. FakeServer.Ok.AsSpan(1)]),
    ];
}
