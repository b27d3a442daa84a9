namespace FooBar.LoadBalancer.Balancing;

/// <summary>Decides which backend takes the next request.</summary>
/// <remarks>
/// <see cref="Balancer"/> calls it with its lock held and counts the request against the chosen backend before it lets go of the lock.
/// A policy therefore sees every earlier choice, and may keep plain fields of its own.
/// </remarks>
internal interface ILoadBalancingPolicy
{
    /// <summary>Chooses one of <paramref name="candidates"/>, which is never empty and holds none of weight 0. It must not block.</summary>
    Backend Pick(ReadOnlySpan<Backend> candidates);
}
