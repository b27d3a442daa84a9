using System.Collections.Concurrent;

namespace FooBar.LoadBalancer.Limits;

/// <summary>
/// The clients that have a connection, or have used up something lately. Its size is bounded, however many addresses somebody has: clients with a
/// connection by the limit on those, clients without one by <see cref="MostRemembered"/>. Thread-safe.
/// </summary>
internal sealed class ClientTable(TimeProvider time)
{
    /// <summary>
    /// Clients at most for which it is remembered what they have used up although they have gone: some 10 MB. With more than that around, one is
    /// forgotten when its last connection closes. Whoever has that many addresses gains nothing by it: each new one is as good as forgotten.
    /// </summary>
    public const int MostRemembered = 65_536;

    private readonly ConcurrentDictionary<ClientKey, Client> _clients = new();
    private int _size;

    /// <summary>How many there are.</summary>
    public int Size => Volatile.Read(ref _size);

    /// <summary>Counts a connection in. Each is to <see cref="Leave"/> once.</summary>
    public Client Enter(ClientKey key)
    {
        while (true)
        {
            if (_clients.TryGetValue(key, out Client? known))
            {
                if (known.TryEnter())
                    return known;

                // Somebody takes it out at this moment.
                Remove(known);
                continue;
            }

            Client added = new(key);
            added.TryEnter();
            if (_clients.TryAdd(key, added))
            {
                Interlocked.Increment(ref _size);
                return added;
            }
        }
    }

    /// <summary>Counts a connection out.</summary>
    public void Leave(Client client)
    {
        if (client.Leave() && (client.IsForgettable(time.GetTimestamp()) || Size > MostRemembered))
            Forget(client);
    }

    /// <summary>Forgets the clients that have gone and whose buckets are full again. Called by a timer.</summary>
    public void Sweep()
    {
        long now = time.GetTimestamp();
        foreach ((_, Client client) in _clients)
        {
            if (client.IsForgettable(now))
                Forget(client);
        }
    }

    private void Forget(Client client)
    {
        if (client.TryRetire())
            Remove(client);
    }

    private void Remove(Client client)
    {
        if (_clients.TryRemove(KeyValuePair.Create(client.Key, client)))
            Interlocked.Decrement(ref _size);
    }
}
