using FooBar.MySql.Sessions;

namespace FooBar.MySql.Pool;

/// <summary>One who waits in the pool's line, for a session or for a place in which to open one (null).</summary>
internal sealed class PoolWaiter
{
    // The pool serves a waiter with its lock held: the waiter must not go on running there.
    private readonly TaskCompletionSource<Session?> _served = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PoolWaiter(long arrival)
    {
        Arrival = arrival;
        Node = new LinkedListNode<PoolWaiter>(this);
    }

    /// <summary>The how manieth to wait in this pool.</summary>
    public long Arrival { get; }

    /// <summary>Where it is in the line.</summary>
    public LinkedListNode<PoolWaiter> Node { get; }

    public void Serve(Session? session) => _served.TrySetResult(session);

    public void Fail(Exception reason) => _served.TrySetException(reason);

    /// <summary>
    /// Waits to be served or failed. A synchronous caller blocks its thread on an event that another thread sets; no continuation has to
    /// be scheduled for it to wake.
    /// </summary>
    public ValueTask<Session?> WaitAsync(bool async) =>
        async ? new ValueTask<Session?>(_served.Task) : new ValueTask<Session?>(_served.Task.GetAwaiter().GetResult());
}
