namespace FooBar.LoadBalancer.Balancing;

/// <summary>The backends in turn, as often as their weights say, whatever they carry.</summary>
internal sealed class RoundRobin : ILoadBalancingPolicy
{
    /// <inheritdoc />
    public Backend Pick(ReadOnlySpan<Backend> candidates)
    {
        Backend chosen = candidates[0];
        foreach (Backend candidate in candidates[1..])
        {
            if (candidate.Ahead < chosen.Ahead)
                chosen = candidate;
        }

        Turns.Take(candidates, chosen);
        return chosen;
    }
}
