namespace FooBar.LoadBalancer.Balancing;

/// <summary>Picks a backend and claims it in one step. Thread-safe.</summary>
internal sealed class Balancer(BackendPool pool, ILoadBalancingPolicy policy)
{
    private readonly Lock _lock = new();

    /// <summary>
    /// Chooses an available backend and counts the request against it; the caller must <see cref="Backend.Release"/> it.
    /// Null when no backend is available.
    /// </summary>
    /// <param name="except">A backend that must not be chosen, because the request has failed there; null if there is none.</param>
    /// <remarks>
    /// Choosing and counting are one critical section: between the two, every other request of a burst would see the same counts and
    /// choose the same backend.
    /// </remarks>
    public Backend? Claim(Backend? except = null)
    {
        lock (_lock)
        {
            ReadOnlySpan<Backend> available = except is null ? pool.Available : pool.AvailableExcept(except);
            if (available.IsEmpty)
                return null;

            Backend backend = policy.Pick(available);
            backend.Claim();
            return backend;
        }
    }
}
