namespace FooBar.LoadBalancer.Balancing;

/// <summary>The backend with the fewest requests in flight for its weight; equals take turns.</summary>
internal sealed class LeastConnections : ILoadBalancingPolicy
{
    /// <inheritdoc />
    public Backend Pick(ReadOnlySpan<Backend> candidates)
    {
        Backend chosen = candidates[0];
        double least = Turns.Load(chosen);
        foreach (Backend candidate in candidates[1..])
        {
            double load = Turns.Load(candidate);
            if (load < least)
                (chosen, least) = (candidate, load);
        }

        Turns.Take(candidates, chosen);
        return chosen;
    }
}
