namespace FooBar.LoadBalancer.Balancing;

/// <summary>
/// Whose turn it is, by weight. A backend that is chosen gets ahead by one request of its own weight, and with every choice all fall back by one
/// request of all weights together: who is least ahead is next. Over time each is chosen as often as its weight says, and evenly.
/// </summary>
/// <remarks>
/// How far one is ahead counts like a part of a request in flight (<see cref="Load"/>). Without it, requests that come one at a time would all
/// go to the heaviest backend, or be split in halves between a heavy and a light one, as nothing is in flight when they come.
/// <see cref="Balancer"/> holds its lock around all of this.
/// </remarks>
internal static class Turns
{
    /// <summary>
    /// The most by which a backend can be ahead, in requests of its own: less than one, so that a request in flight always counts for more
    /// than a turn, and what a busy backend has missed is not made up for later.
    /// </summary>
    private const double MostAhead = 0.99;

    /// <summary>How busy a backend is in proportion to its weight; between equals the one that is least ahead.</summary>
    public static double Load(Backend backend) => (backend.InFlight / backend.EffectiveWeight) + backend.Ahead;

    /// <summary>Notes that <paramref name="chosen"/> takes a request, and the others do not.</summary>
    /// <remarks>
    /// In a slow start a backend can be ahead as far as it likes: one that answers at once, with an error perhaps, has nothing in flight, and
    /// would take more than its share of the requests.
    /// </remarks>
    public static void Take(ReadOnlySpan<Backend> candidates, Backend chosen)
    {
        double weights = 0;
        foreach (Backend candidate in candidates)
            weights += candidate.EffectiveWeight;

        double all = 1 / weights;
        chosen.Ahead += 1 / chosen.EffectiveWeight;
        foreach (Backend candidate in candidates)
        {
            double most = candidate.StartsSlowly ? double.MaxValue : MostAhead / candidate.EffectiveWeight;
            candidate.Ahead = Math.Clamp(candidate.Ahead - all, 0, most);
        }
    }
}
