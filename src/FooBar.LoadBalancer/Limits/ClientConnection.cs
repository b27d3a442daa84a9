using System.Net;
using FooBar.LoadBalancer.Configuration;
using Microsoft.AspNetCore.Connections;

namespace FooBar.LoadBalancer.Limits;

/// <summary>
/// One connection of a client, from its acceptance to its end: a feature of the connection, which Kestrel shows to each of its requests. So a
/// request finds its client without a search. Thread-safe.
/// </summary>
internal sealed class ClientConnection(ConnectionContext connection, IPAddress address, Client client)
{
    private volatile int _generation;
    private volatile bool _isExempt;
    private volatile bool _isDenied;
    private int _begun;
    private int _ended;
    private int _aborted;
    private int _refused;
    private int _resets;

    /// <summary>Who is at the other end.</summary>
    public Client Client { get; } = client;

    /// <summary>Whether the handshake is over; the connection's own task alone writes it.</summary>
    public bool IsEncrypted { get; set; }

    /// <summary>How many requests it may have at once; set before the first of them. HTTP/1.1 has one after the other.</summary>
    public int Streams { get; set; } = int.MaxValue;

    /// <summary>Requests of it that have come to their end here, refused ones included.</summary>
    public int Ended => Volatile.Read(ref _ended);

    /// <summary>Those of them that the client gave up, or made the server give up.</summary>
    public int Aborted => Volatile.Read(ref _aborted);

    /// <summary>Those of them that were beyond the limit of <see cref="TryBegin"/>.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>
    /// Counts a request that begins; false if the client has <see cref="Streams"/> of them already. What it has given up is none of them, though the end
    /// may be still to come. Which those are is known by their number alone, and a client can give up what has ended: so they are no more than the
    /// limit again.
    /// </summary>
    public bool TryBegin()
    {
        // In the opposite order of NoteEnded: what is seen as given up and ended must not be counted as in hand.
        int aborted = Aborted;
        int inHand = Interlocked.Increment(ref _begun) - Ended;
        return inHand <= Streams || inHand - Math.Clamp(Volatile.Read(ref _resets) - aborted, 0, Streams) <= Streams;
    }

    /// <summary>Counts a request that has ended, also one that was not to begin.</summary>
    public void NoteEnded(bool isAborted, bool isRefused)
    {
        Interlocked.Increment(ref _ended);
        if (isAborted)
            Interlocked.Increment(ref _aborted);
        if (isRefused)
            Interlocked.Increment(ref _refused);
    }

    /// <summary>Notes how often the client has given up a request so far. The task that reads the connection alone does it.</summary>
    public void NoteResets(int count) => Volatile.Write(ref _resets, count);

    /// <summary>Whether the limits for each client do not hold for this one.</summary>
    public bool IsExempt(GatewaySettings settings)
    {
        Classify(settings);
        return _isExempt;
    }

    /// <summary>Whether the client is not to be served.</summary>
    public bool IsDenied(GatewaySettings settings)
    {
        Classify(settings);
        return _isDenied;
    }

    /// <summary>Ends the connection at once, whatever is on the way.</summary>
    public void Cut(ShedReason reason) => connection.Abort(new ConnectionAbortedException($"The connection met the limit '{reason.Text()}'."));

    /// <summary>Looks the client up in the lists, once for each generation of the settings. Two requests may do it at once, with one result.</summary>
    private void Classify(GatewaySettings settings)
    {
        if (_generation == settings.Generation)
            return;
        _isExempt = settings.Allow.Contains(address);
        _isDenied = settings.Deny.Contains(address);
        _generation = settings.Generation;
    }
}
