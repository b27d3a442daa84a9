namespace FooBar.LoadBalancer.Health;

/// <summary>What is known about a backend's health: an immutable snapshot.</summary>
/// <param name="State">The state and how near it is to changing.</param>
/// <param name="LastPassed">When a check last passed; null if none has yet.</param>
/// <param name="LastFailure">Why the latest failed check failed; null if none has yet.</param>
internal sealed record BackendHealth(HealthState State, DateTimeOffset? LastPassed, string? LastFailure)
{
    /// <summary>Before the first check.</summary>
    public static readonly BackendHealth Unknown = new(default, null, null);
}
