namespace FooBar.LoadBalancer.Health;

/// <summary>Whether a backend takes traffic.</summary>
internal enum BackendStatus
{
    /// <summary>Not checked yet: it takes none.</summary>
    Unknown,

    /// <summary>It takes traffic.</summary>
    Up,

    /// <summary>It said that it is not ready: it finishes the requests that it has, and takes new ones only if no backend is up.</summary>
    Draining,

    /// <summary>It takes none.</summary>
    Down,
}

/// <summary>A backend's place in the health state machine.</summary>
/// <param name="Status">Whether it takes traffic.</param>
/// <param name="Against">Checks in a row that spoke against <paramref name="Status"/>.</param>
/// <param name="Failures">
/// While it is up: requests in a row that failed, or were answered with 502, 503 or 504. While it is draining: checks that failed
/// and requests that could not connect, in a row.
/// </param>
/// <param name="ServerErrors">While it is up: requests in a row that were answered with a status from 500 on.</param>
/// <param name="Slow">While it is up: comparisons in a row that found it far slower than the others.</param>
internal readonly record struct HealthState(BackendStatus Status, int Against = 0, int Failures = 0, int ServerErrors = 0, int Slow = 0);
