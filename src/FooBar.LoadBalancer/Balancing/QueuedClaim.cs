namespace FooBar.LoadBalancer.Balancing;

/// <summary>A request that waits for a backend. <see cref="Balancer"/> ends the wait, with its lock held and with its place in the queue: once.</summary>
internal sealed class QueuedClaim
{
    // Not on the thread that releases a backend: that one holds the lock and has a request of its own to finish.
    private readonly TaskCompletionSource<Claim> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A wait that has not begun.</summary>
    /// <param name="except">A backend that it cannot use; null if there is none.</param>
    public QueuedClaim(Backend? except)
    {
        Except = except;
        Place = new LinkedListNode<QueuedClaim>(this);
    }

    /// <summary>A backend that it cannot use, because the request has failed there; null if there is none.</summary>
    public Backend? Except { get; }

    /// <summary>Its place in the queue; it is in no list any more when the wait is over.</summary>
    public LinkedListNode<QueuedClaim> Place { get; }

    /// <summary>Ends with the wait.</summary>
    public Task<Claim> Task => _end.Task;

    /// <summary>Ends the wait with a backend, or without.</summary>
    public void End(Claim claim) => _end.SetResult(claim);

    /// <summary>Ends the wait because the client left.</summary>
    public void Cancel(CancellationToken cancellation) => _end.SetCanceled(cancellation);
}
