namespace FooBar.LoadBalancer.Configuration;

/// <summary>The load-balancing policies that can be configured.</summary>
internal enum PolicyName
{
    /// <summary>The backend with the fewest requests in flight; equals take turns.</summary>
    LeastConnections,

    /// <summary>The backends in turn, whatever they carry.</summary>
    RoundRobin,
}
