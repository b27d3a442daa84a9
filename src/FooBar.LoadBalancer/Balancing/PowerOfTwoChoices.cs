namespace FooBar.LoadBalancer.Balancing;

/// <summary>Of two that are drawn, the one with fewer requests in flight for its weight.</summary>
/// <remarks>
/// For several gateways in front of the same backends: none sees the others' requests, and with <see cref="LeastConnections"/> all would
/// send theirs to the same backend, the one that has just come back with nothing in flight.
/// </remarks>
/// <param name="random">Draws them. Used with <see cref="Balancer"/>'s lock held.</param>
internal sealed class PowerOfTwoChoices(Random random) : ILoadBalancingPolicy
{
    /// <inheritdoc />
    public Backend Pick(ReadOnlySpan<Backend> candidates)
    {
        Backend chosen = candidates[0];
        if (candidates.Length > 1)
        {
            // Two different ones: the second is drawn from those that are left.
            int first = random.Next(candidates.Length);
            int second = random.Next(candidates.Length - 1);
            if (second >= first)
                second++;
            chosen = Turns.Load(candidates[second]) < Turns.Load(candidates[first]) ? candidates[second] : candidates[first];
        }

        Turns.Take(candidates, chosen);
        return chosen;
    }
}
