namespace FooBar.LoadBalancer.Balancing;

/// <summary>The backend with the fewest requests in flight.</summary>
/// <remarks>
/// Equals take turns: the search starts behind the last choice. A search that always starts at the first backend gives it every request
/// of quiet, sequential traffic, where all counts are zero each time.
/// </remarks>
internal sealed class LeastConnections : ILoadBalancingPolicy
{
    private int _next;

    /// <inheritdoc />
    public Backend Pick(ReadOnlySpan<Backend> available)
    {
        int start = _next % available.Length;
        int chosen = start;
        int fewest = available[start].InFlight;
        for (int step = 1; step < available.Length && fewest > 0; step++)
        {
            int index = (start + step) % available.Length;
            int inFlight = available[index].InFlight;
            if (inFlight < fewest)
            {
                chosen = index;
                fewest = inFlight;
            }
        }

        _next = chosen + 1;
        return available[chosen];
    }
}
