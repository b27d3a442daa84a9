namespace FooBar.Data;

/// <summary>
/// The operations that wait for a node, or for their turn on it, and no more of them than the limit: each holds a request's memory, and
/// all come back at the same moment. Thread-safe.
/// </summary>
internal sealed class WaitingRoom(int limit)
{
    private int _count;

    /// <summary>Takes a place; false when all are taken. Every place taken must be given back by <see cref="Leave"/>.</summary>
    /// <param name="regardless">Takes one beyond the limit too.</param>
    public bool TryEnter(bool regardless)
    {
        if (Interlocked.Increment(ref _count) <= limit || regardless)
            return true;
        Interlocked.Decrement(ref _count);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _count);
}
