namespace FooBar.LoadBalancer.Balancing;

/// <summary>The backends in turn, whatever they carry.</summary>
internal sealed class RoundRobin : ILoadBalancingPolicy
{
    private int _next;

    /// <inheritdoc />
    public Backend Pick(ReadOnlySpan<Backend> available)
    {
        int chosen = _next % available.Length;
        _next = chosen + 1;
        return available[chosen];
    }
}
