namespace FooBar.LoadBalancer.Limits;

/// <summary>
/// What one client has in hand and has used up. It is in the <see cref="ClientTable"/> while it has a connection, and after that until its
/// buckets are full again. Thread-safe without a lock.
/// </summary>
internal sealed class Client(ClientKey key)
{
    private const int Gone = -1;

    private int _connections;
    private int _handshakes;
    private int _inFlight;
    private TokenBucket _newConnections;
    private TokenBucket _requests;
    private TokenBucket _refusals;

    /// <summary>Who it is.</summary>
    public ClientKey Key { get; } = key;

    /// <summary>Its connections now.</summary>
    public int Connections => Math.Max(0, Volatile.Read(ref _connections));

    /// <summary>Whether it has no connection, and is not remembered for what it did either.</summary>
    public bool IsForgettable(long now) =>
        Volatile.Read(ref _connections) == 0 && _newConnections.IsFull(now) && _requests.IsFull(now) && _refusals.IsFull(now);

    /// <summary>Counts a connection in; false if this object has left the table and another one must be found there.</summary>
    public bool TryEnter()
    {
        int before = Volatile.Read(ref _connections);
        while (before != Gone)
        {
            int seen = Interlocked.CompareExchange(ref _connections, before + 1, before);
            if (seen == before)
                return true;
            before = seen;
        }

        return false;
    }

    /// <summary>Counts a connection out; true if it was the last one.</summary>
    public bool Leave() => Interlocked.Decrement(ref _connections) == 0;

    /// <summary>Ends the use of this object, if the client has no connection: <see cref="ClientTable"/> takes it out then.</summary>
    public bool TryRetire() => Interlocked.CompareExchange(ref _connections, Gone, 0) == 0;

    /// <summary>Whether one more connection may be opened now, at this rate.</summary>
    public bool MayConnect(long now, Rate rate) => _newConnections.TryTake(now, rate, out _);

    /// <summary>Counts a handshake in, if there are fewer than <paramref name="most"/>.</summary>
    public bool TryBeginHandshake(int most) => Count.TryUp(ref _handshakes, most);

    /// <summary>Counts a handshake out.</summary>
    public void EndHandshake() => Interlocked.Decrement(ref _handshakes);

    /// <summary>Whether one more request may come now, at this rate; if not, <paramref name="wait"/> is the time until then, in timestamps.</summary>
    public bool MayRequest(long now, Rate rate, out long wait) => _requests.TryTake(now, rate, out wait);

    /// <summary>Whether the client may be refused once more before it is cut.</summary>
    public bool MayBeRefused(long now, Rate rate) => _refusals.TryTake(now, rate, out _);

    /// <summary>Counts a request in, if there are fewer than <paramref name="most"/> in hand.</summary>
    public bool TryBeginRequest(int most) => Count.TryUp(ref _inFlight, most);

    /// <summary>Counts a request out.</summary>
    public void EndRequest() => Interlocked.Decrement(ref _inFlight);
}
