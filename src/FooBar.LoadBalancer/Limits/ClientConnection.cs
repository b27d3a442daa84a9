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
    private int _ended;
    private int _aborted;

    /// <summary>Who is at the other end.</summary>
    public Client Client { get; } = client;

    /// <summary>Whether the handshake is over; the connection's own task alone writes it.</summary>
    public bool IsEncrypted { get; set; }

    /// <summary>Requests of it that have come to their end here, refused ones included.</summary>
    public int Ended => Volatile.Read(ref _ended);

    /// <summary>Those of them that the client gave up, or made the server give up.</summary>
    public int Aborted => Volatile.Read(ref _aborted);

    /// <summary>Counts a request that has ended.</summary>
    public void NoteEnded(bool isAborted)
    {
        Interlocked.Increment(ref _ended);
        if (isAborted)
            Interlocked.Increment(ref _aborted);
    }

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
