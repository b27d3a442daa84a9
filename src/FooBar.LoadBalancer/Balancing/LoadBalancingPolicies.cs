using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Balancing;

/// <summary>The policies by their configured names.</summary>
internal static class LoadBalancingPolicies
{
    /// <summary>A new instance of the policy.</summary>
    public static ILoadBalancingPolicy Create(PolicyName name) => name switch
    {
        PolicyName.LeastConnections => new LeastConnections(),
        PolicyName.RoundRobin => new RoundRobin(),
        PolicyName.PowerOfTwoChoices => new PowerOfTwoChoices(new Random()),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };
}
