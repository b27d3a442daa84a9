namespace FooBar.Data;

/// <summary>
/// The operations in hand on one node. They are ended from here when the node loses its role or their time is over: one list under one lock
/// a node instead of a timer and two linked cancellation sources an operation, which cost more than the rest of a read's routing. Thread-safe.
/// </summary>
/// <param name="mayBlock">As <see cref="NodeHold"/>'s.</param>
internal sealed class NodeWork(bool mayBlock)
{
    /// <summary>How many holds that were given back are kept for the next operations.</summary>
    private const int MostSpare = 256;

    private readonly Lock _lock = new();
    private NodeHold? _first;
    private NodeHold? _spare;
    private int _spares;
    private int _outstanding;
    private bool _serves;

    /// <summary>How many operations it has in hand.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>Takes an operation in hand. It must <see cref="End"/>.</summary>
    /// <param name="deadline">The timestamp at which it is ended.</param>
    /// <param name="caller">The caller's token; ends it too.</param>
    public NodeHold Begin(long deadline, CancellationToken caller)
    {
        NodeHold hold;
        bool serves;
        lock (_lock)
        {
            _outstanding++;
            serves = _serves;
            hold = _spare ?? new(mayBlock);
            if (_spare is not null)
            {
                _spare = hold.Next;
                _spares--;
            }

            hold.Next = _first;
            hold.Previous = null;
            hold.Deadline = deadline;
            hold.IsListed = true;
            if (_first is not null)
                _first.Previous = hold;
            _first = hold;
        }

        hold.Heed(caller);
        // Chosen by a snapshot that is no longer true.
        if (!serves)
            hold.EndNow(HoldEnd.NodeLost);
        return hold;
    }

    /// <summary>Gives an operation's hold back; it must not be used any more.</summary>
    public void End(NodeHold hold)
    {
        bool reusable = hold.TryReset();
        lock (_lock)
        {
            _outstanding--;
            // Whoever took it off the list is about to end it: it must not be another operation's by then.
            if (!hold.IsListed)
                return;
            Unlist(hold);
            if (!reusable || _spares == MostSpare)
                return;
            hold.Next = _spare;
            _spare = hold;
            _spares++;
        }
    }

    /// <summary>The node serves from now on, or does not.</summary>
    public void Serve(bool serves)
    {
        lock (_lock)
            _serves = serves;
    }

    /// <summary>What is in hand now is to be ended, for the node has lost the role in which it was begun.</summary>
    public List<NodeHold> TakeAll() => Take(static (_, _) => true, 0);

    /// <summary>What is in hand and should have ended by now.</summary>
    public List<NodeHold> TakeOverdue(long now) => Take(static (hold, now) => hold.Deadline <= now, now);

    private List<NodeHold> Take(Func<NodeHold, long, bool> condition, long now)
    {
        List<NodeHold> taken = [];
        lock (_lock)
        {
            for (NodeHold? hold = _first, next; hold is not null; hold = next)
            {
                next = hold.Next;
                if (!condition(hold, now))
                    continue;
                Unlist(hold);
                taken.Add(hold);
            }
        }

        return taken;
    }

    /// <summary>Must be called with the lock held.</summary>
    private void Unlist(NodeHold hold)
    {
        if (hold.Previous is null)
            _first = hold.Next;
        else
            hold.Previous.Next = hold.Next;
        if (hold.Next is not null)
            hold.Next.Previous = hold.Previous;
        (hold.Previous, hold.Next, hold.IsListed) = (null, null, false);
    }
}
