namespace FooBar.LoadBalancer.Balancing;

/// <summary>Tells the queue that a backend has room again. While nobody waits it costs one read of memory that nobody writes. Thread-safe.</summary>
internal sealed class Vacancy
{
    private volatile bool _awaited;

    /// <summary>Called for each release while it is awaited, by whoever releases. <see cref="Balancer"/> sets it once, before anything is claimed.</summary>
    public Action? Listener { get; set; }

    /// <summary>
    /// Whether anybody waits. Who sets it looks for room again after that; who releases counts the request out first and asks then: one of the
    /// two sees the other.
    /// </summary>
    public bool IsAwaited
    {
        get => _awaited;
        set
        {
            _awaited = value;
            Interlocked.MemoryBarrier();
        }
    }

    /// <summary>A backend has counted out a request.</summary>
    public void Announce()
    {
        if (_awaited)
            Listener?.Invoke();
    }
}
