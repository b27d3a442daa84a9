using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Balancing;

/// <summary>Picks a backend and claims it in one step. Thread-safe.</summary>
internal sealed class Balancer(BackendPool pool, ILoadBalancingPolicy policy) : IReloadable
{
    private readonly Lock _lock = new();
    private ILoadBalancingPolicy _policy = policy;

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
            while (true)
            {
                ReadOnlySpan<Backend> available = except is null ? pool.Available : pool.AvailableExcept(except);
                if (available.IsEmpty)
                    return null;

                // It fails only when the backend left the configuration a moment ago: the next snapshot is without it.
                Backend backend = _policy.Pick(available);
                if (backend.TryClaim())
                    return backend;
            }
        }
    }

    /// <inheritdoc />
    public Action Prepare(GatewaySettings next)
    {
        ILoadBalancingPolicy wanted = LoadBalancingPolicies.Create(next.Options.Policy);
        return () =>
        {
            // One of the same kind stays: it knows whose turn it is.
            lock (_lock)
            {
                if (_policy.GetType() != wanted.GetType())
                    _policy = wanted;
            }
        };
    }
}
