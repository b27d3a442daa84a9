namespace FooBar.LoadBalancer.Health;

/// <summary>The rules by which a backend's state follows from its checks: pure functions.</summary>
internal static class HealthStateMachine
{
    /// <summary>The state after one more check.</summary>
    /// <param name="state">The state before it.</param>
    /// <param name="passed">Whether it passed.</param>
    /// <param name="failuresToDown">Failures in a row that take a backend out, 1 or more.</param>
    /// <param name="successesToUp">Passes in a row that bring a backend back, 1 or more.</param>
    public static HealthState Next(HealthState state, bool passed, int failuresToDown, int successesToUp) => (state.Status, passed) switch
    {
        // Nothing is known that one check could contradict, so the first decides alone: a start needs no second round.
        (BackendStatus.Unknown, true) => new(BackendStatus.Up),
        (BackendStatus.Unknown, false) => new(BackendStatus.Down),
        (BackendStatus.Up, false) when state.Against + 1 >= failuresToDown => new(BackendStatus.Down),
        (BackendStatus.Down, true) when state.Against + 1 >= successesToUp => new(BackendStatus.Up),
        (BackendStatus.Up, false) or (BackendStatus.Down, true) => state with { Against = state.Against + 1 },
        _ => state with { Against = 0 },
    };
}
