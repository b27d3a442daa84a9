namespace FooBar.LoadBalancer.Health;

/// <summary>Whether a backend takes traffic.</summary>
internal enum BackendStatus
{
    /// <summary>Not checked yet: it takes none.</summary>
    Unknown,

    /// <summary>It takes traffic.</summary>
    Up,

    /// <summary>It takes none.</summary>
    Down,
}

/// <summary>A backend's place in the health state machine.</summary>
/// <param name="Status">Whether it takes traffic.</param>
/// <param name="Against">Checks in a row that spoke against <paramref name="Status"/>.</param>
internal readonly record struct HealthState(BackendStatus Status, int Against = 0);
