using FooBar.LoadBalancer.Health;

namespace FooBar.LoadBalancer.Balancing;

/// <summary>Says how the backends do. Thread-safe.</summary>
internal sealed class BackendSnapshots(BackendPool pool, Balancer balancer, HealthRecord health, TimeProvider time)
{
    /// <summary>All of them, in the configured order.</summary>
    public IReadOnlyList<BackendSnapshot> Take()
    {
        double weights = Weights();
        return [.. pool.All.Select(backend => Take(backend, weights))];
    }

    /// <summary>One of them.</summary>
    public BackendSnapshot Take(Backend backend) => Take(backend, Weights());

    private double Weights()
    {
        double weights = 0;
        foreach (Backend backend in pool.Available)
            weights += backend.EffectiveWeight;
        return weights;
    }

    private BackendSnapshot Take(Backend backend, double weights)
    {
        // Read once: all that is said about its health belongs together.
        BackendHealth known = backend.Health;
        AdminState wanted = backend.AdminState;
        return new BackendSnapshot(
            backend.Name,
            backend.Url.GetLeftPart(UriPartial.Authority),
            wanted,
            known.State.Status,
            BackendStateNames.Of(wanted, known.State.Status),
            Since(known.ChangedAt, backend.OrderedAt),
            backend.Weight,
            backend.ConfiguredWeight,
            backend.Share,
            pool.Available.Contains(backend) ? backend.EffectiveWeight / weights : 0,
            backend.InFlight,
            backend.MostInFlight,
            backend.MaxInFlight,
            balancer.QueuedFor(backend),
            known.LastCheck is { } check ? Take(check) : null,
            known.LastPassed,
            known.LastFailure,
            known.Ejections,
            health.HeldFor(backend),
            known.DowntimeAt(time.GetTimestamp(), time));
    }

    private CheckSnapshot Take(LastCheck check) => new(
        check.Result.Evidence == Evidence.CheckPassed, check.Result.Status, check.Result.Failure, check.Duration, time.GetElapsedTime(check.At));

    /// <summary>The time since the later of the two.</summary>
    private TimeSpan? Since(long? changedAt, long orderedAt)
    {
        long? latest = orderedAt != 0 && !(changedAt > orderedAt) ? orderedAt : changedAt;
        return latest is { } at ? time.GetElapsedTime(at) : null;
    }
}
