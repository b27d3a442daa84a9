namespace FooBar.Data;

/// <summary>
/// Who waits for a topology of some kind. Each new one is held against what they wait for by whoever publishes it: the operations that wait
/// out a failover, up to a thousand, are not woken by every probe of every node only to find that there is still no primary. Not thread-safe
/// but for the wait itself.
/// </summary>
internal sealed class TopologyWaiters
{
    private readonly LinkedList<Waiter> _waiting = [];

    /// <summary>Adds one who waits for a topology that satisfies the condition; to be taken out by <see cref="Remove"/>, served or not.</summary>
    public LinkedListNode<Waiter> Add(Func<Topology, bool> condition) => _waiting.AddLast(new Waiter(condition));

    public void Remove(LinkedListNode<Waiter> place)
    {
        if (place.List is not null)
            _waiting.Remove(place);
    }

    /// <summary>Takes out everyone whose condition the topology satisfies. They are to be served without the lock.</summary>
    public List<Waiter> TakeSatisfied(Topology topology)
    {
        List<Waiter> satisfied = [];
        for (LinkedListNode<Waiter>? place = _waiting.First, next; place is not null; place = next)
        {
            next = place.Next;
            if (!place.Value.Condition(topology))
                continue;
            satisfied.Add(place.Value);
            _waiting.Remove(place);
        }

        return satisfied;
    }

    /// <summary>One who waits.</summary>
    internal sealed class Waiter(Func<Topology, bool> condition)
    {
        private readonly TaskCompletionSource<Topology> _found = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Func<Topology, bool> Condition { get; } = condition;

        /// <summary>The first topology published since that satisfies the condition.</summary>
        public Task<Topology> Found => _found.Task;

        public void Serve(Topology topology) => _found.TrySetResult(topology);
    }
}
