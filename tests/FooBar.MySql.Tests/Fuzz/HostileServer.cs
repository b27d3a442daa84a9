using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using FooBar.MySql.Protocol;

namespace FooBar.MySql.Tests.Fuzz;

/// <summary>What the server does behind the damaged reply.</summary>
internal enum Aftermath
{
    /// <summary>It closes its side.</summary>
    Close,

    /// <summary>It goes on rightly, and closes when it is not asked any more.</summary>
    GoOn,

    /// <summary>It neither speaks nor closes.</summary>
    Silence,

    /// <summary>It repeats the reply's end until nobody listens.</summary>
    Endless,
}

/// <summary>Which reply of a conversation is replaced by what.</summary>
/// <param name="Reply">The reply's position in the conversation, from 0.</param>
/// <param name="Bytes">What is sent in its place.</param>
/// <param name="Aftermath">What comes behind it.</param>
/// <param name="Repeated">What is sent over and over behind it, when that is without end.</param>
internal sealed record Sabotage(int Reply, byte[] Bytes, Aftermath Aftermath, byte[]? Repeated = null);

/// <summary>
/// A server on a real socket that is right until it is told to be wrong. One thread, one connection at a time and blocking calls: a
/// conversation costs little more than its system calls. What is waited for is bounded: a client that neither speaks nor closes within
/// <see cref="Patience"/> hangs, and is reported.
/// </summary>
internal sealed class HostileServer : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>How long a client that was sent nonsense may think before the server closes; too short for a slow one is no harm.</summary>
    private const int ThinkingMilliseconds = 25;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Thread _thread;
    private readonly LogIn _logIn;
    private readonly X509Certificate2? _certificate;
    private readonly Action<int> _whileWaiting;
    private readonly byte[] _buffer = new byte[64 * 1024];

    /// <summary>Held while the server does something on its own; who ends a conversation waits until it is done.</summary>
    private readonly Lock _speaking = new();
    private int _start;
    private int _end;
    private volatile Conversation? _conversation;

    /// <summary>The conversation in which it fell silent last.</summary>
    private Conversation? _silent;
    private volatile bool _isStopping;
    private volatile Exception? _failure;
    private volatile string? _complaint;

    /// <param name="logIn">How it lets its clients in.</param>
    /// <param name="whileWaiting">Called over and over while it is silent or without end, with the number of the call.</param>
    /// <param name="certificate">For TLS; null for none.</param>
    public HostileServer(LogIn logIn, Action<int> whileWaiting, X509Certificate2? certificate = null)
    {
        _logIn = logIn;
        _whileWaiting = whileWaiting;
        _certificate = certificate;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(16);
        _thread = new Thread(Serve) { IsBackground = true, Name = "hostile server" };
        _thread.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>What a client did that it must not do, or a defect of this server; null when there is nothing.</summary>
    public string? Complaint => _complaint ?? _failure?.ToString();

    /// <summary>From now on replies are counted and, but for the one sabotaged, kept.</summary>
    public Conversation Begin(Sabotage? sabotage) => _conversation = new Conversation(sabotage);

    /// <summary>From now on everything is right.</summary>
    public void End()
    {
        lock (_speaking) _conversation = null;
    }

    public void Dispose()
    {
        _isStopping = true;
        _listener.Dispose();
        _thread.Join();
    }

    private void Serve()
    {
        while (!_isStopping)
        {
            try
            {
                using Socket client = _listener.Accept();
                Converse(client);

                // No TIME_WAIT: a hundred thousand of them would use up the ports.
                client.LingerState = new LingerOption(true, 0);
            }
            catch (Exception ended) when (ended is SocketException or IOException or ObjectDisposedException)
            {
                // The client has gone, or we stop.
            }
            catch (Exception defect)
            {
                _failure = defect;
            }
        }
    }

    private void Converse(Socket client)
    {
        client.NoDelay = true;
        client.SendTimeout = (int)Patience.TotalMilliseconds;
        Stream stream = new NetworkStream(client);
        try
        {
            RightSession session = new(_logIn);
            _start = _end = 0;
            Aftermath? stop;
            lock (_speaking) stop = Send(client, stream, RightSession.Greeting(_certificate is not null));
            while (stop is null)
            {
                if (!Receive(client, stream)) return;

                // In one, so that a client which has noticed nothing finds everything sent when it begins the next conversation.
                lock (_speaking) stop = AnswerAll(client, ref stream, session);
            }

            if (stop == Aftermath.Silence) StaySilent(client);
            else AwaitClose(client);
        }
        finally
        {
            stream.Dispose();
        }
    }

    /// <summary>Answers the packets that are there whole; null when more are to come, else how the connection ends.</summary>
    private Aftermath? AnswerAll(Socket client, ref Stream stream, RightSession session)
    {
        while (Packet() is { Size: > 0 } packet && packet.Size <= _end - _start)
        {
            ReadOnlySpan<byte> payload = _buffer.AsSpan(_start + 4, packet.Size - 4);
            _start += packet.Size;
            if (payload[0] == (byte)CommandCode.Quit && packet.Sequence == 0) return Aftermath.Close;

            if (_certificate is not null && stream is NetworkStream)
            {
                SslStream tls = new(stream);
                stream = tls;
                tls.AuthenticateAsServer(_certificate);
            }
            else if (session.Answer(packet.Sequence, payload, isPipelined: _start < _end) is { } reply && Send(client, stream, reply) is { } stop)
            {
                return stop;
            }
        }

        return null;
    }

    /// <summary>The size of the packet, with its header, that begins the buffer; 0 while the header has not come.</summary>
    private (int Size, byte Sequence) Packet() => _end - _start < 4
        ? (0, (byte)0)
        : ((BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(_start)) & 0xFF_FFFF) + 4, _buffer[_start + 3]);

    /// <summary>Waits for the client's next bytes; false when there will be none.</summary>
    private bool Receive(Socket client, Stream stream)
    {
        if (_start > 0) Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end -= _start);
        _start = 0;

        // What comes behind the request for TLS is the TLS library's to read.
        int wanted = _certificate is not null && stream is NetworkStream ? Math.Max(Packet().Size, 4) - _end : _buffer.Length - _end;
        while (true)
        {
            bool isThinking = _conversation is { IsOver: true };
            client.ReceiveTimeout = isThinking ? ThinkingMilliseconds : (int)Patience.TotalMilliseconds;
            try
            {
                int read = stream.Read(_buffer.AsSpan(_end, wanted));
                _end += read;
                return read > 0;
            }
            catch (IOException late) when (late.InnerException is SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock })
            {
                if (isThinking)
                {
                    lock (_speaking)
                    {
                        // Otherwise the conversation has ended without that its client noticed anything, and the connection may be in the pool.
                        if (_conversation is not { IsOver: true }) continue;

                        client.Shutdown(SocketShutdown.Send);
                    }

                    AwaitClose(client);
                    return false;
                }

                if (_conversation is null && !_isStopping) continue;

                _complaint = $"The client neither spoke nor closed for {Patience.TotalSeconds:F0} s.";
                return false;
            }
        }
    }

    /// <summary>Sends a reply, or what is to be sent instead; not null when the connection ends with it. Must be called with the lock held.</summary>
    private Aftermath? Send(Socket client, Stream stream, Reply reply)
    {
        Sabotage? sabotage = _conversation?.Next(reply);
        stream.Write(sabotage is null ? reply.ToBytes() : sabotage.Bytes);
        switch (sabotage?.Aftermath)
        {
            case null or Aftermath.GoOn:
                return null;
            case Aftermath.Close:
                client.Shutdown(SocketShutdown.Send);
                return Aftermath.Close;
            case Aftermath.Endless:
                for (int call = 0; ; call++)
                {
                    stream.Write(sabotage.Repeated);
                    _whileWaiting(call);
                }

            default:
                _silent = _conversation;
                return Aftermath.Silence;
        }
    }

    /// <summary>Waits until the client has closed, which saw our end behind what was sent.</summary>
    private void AwaitClose(Socket client)
    {
        client.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        if (!IsClosed(client)) _complaint = $"The client did not close within {Patience.TotalSeconds:F0} s.";
    }

    private void StaySilent(Socket client)
    {
        const int PauseMilliseconds = 5;
        client.ReceiveTimeout = PauseMilliseconds;
        for (int call = 0; call < Patience.TotalMilliseconds / PauseMilliseconds; call++)
        {
            // Not heard the first time, perhaps, because the client was between two calls. It may also be in its next conversation, before
            // the end of this one is seen here: the time of that one must not run out.
            lock (_speaking)
            {
                if (_conversation != _silent) return;

                _whileWaiting(call);
            }

            if (IsClosed(client)) return;
        }

        _complaint = $"The client waited {Patience.TotalSeconds:F0} s for a server that was silent, though its time had run out.";
    }

    private bool IsClosed(Socket client)
    {
        try
        {
            while (client.Receive(_buffer) > 0)
            {
            }

            return true;
        }
        catch (SocketException late) when (late.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            return false;
        }
    }
}

/// <summary>The replies of one conversation.</summary>
internal sealed class Conversation(Sabotage? sabotage)
{
    private readonly List<Reply> _replies = [];

    /// <summary>The replies given rightly, in their order.</summary>
    public IReadOnlyList<Reply> Replies => _replies;

    /// <summary>The sabotaged reply has been sent.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Counts a reply; what is to be sent in its place, or null for itself.</summary>
    public Sabotage? Next(Reply reply)
    {
        if (sabotage is { } plan && plan.Reply == _replies.Count) IsOver = true;
        _replies.Add(reply);
        return IsOver && _replies.Count - 1 == sabotage!.Reply ? sabotage : null;
    }
}
