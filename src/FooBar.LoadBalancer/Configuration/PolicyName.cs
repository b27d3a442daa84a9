namespace FooBar.LoadBalancer.Configuration;

/// <summary>The load-balancing policies that can be configured.</summary>
internal enum PolicyName
{
    /// <summary>The backend with the fewest requests in flight for its weight; equals take turns.</summary>
    LeastConnections,

    /// <summary>The backends in turn, as often as their weights say, whatever they carry.</summary>
    RoundRobin,

    /// <summary>Of two that are drawn, the one with fewer requests in flight for its weight.</summary>
    PowerOfTwoChoices,
}
