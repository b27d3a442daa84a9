namespace FooBar.LoadBalancer.Limits;

/// <summary>What the gateway has in hand now, of all clients together. Thread-safe without a lock.</summary>
internal sealed class Occupancy
{
    private int _connections;
    private int _handshakes;
    private int _requests;

    /// <summary>Connections of clients.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>TLS handshakes under way.</summary>
    public int Handshakes => Volatile.Read(ref _handshakes);

    /// <summary>Requests that were let in.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Counts a connection in, if there are fewer than <paramref name="most"/>.</summary>
    public bool TryBeginConnection(int most) => Count.TryUp(ref _connections, most);

    /// <summary>Counts a connection out.</summary>
    public void EndConnection() => Interlocked.Decrement(ref _connections);

    /// <summary>Counts a handshake in, if there are fewer than <paramref name="most"/>.</summary>
    public bool TryBeginHandshake(int most) => Count.TryUp(ref _handshakes, most);

    /// <summary>Counts a handshake out.</summary>
    public void EndHandshake() => Interlocked.Decrement(ref _handshakes);

    /// <summary>Counts a request in, if there are fewer than <paramref name="most"/>.</summary>
    public bool TryBeginRequest(int most) => Count.TryUp(ref _requests, most);

    /// <summary>Counts a request out.</summary>
    public void EndRequest() => Interlocked.Decrement(ref _requests);
}
