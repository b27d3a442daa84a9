namespace FooBar.LoadBalancer.Health;

/// <summary>What is known about a backend's health: an immutable snapshot.</summary>
/// <param name="State">The state and how near it is to changing.</param>
/// <param name="LastPassed">When a check last passed; null if none has yet.</param>
/// <param name="LastFailure">Why the latest failed check failed; null if none has yet.</param>
internal sealed record BackendHealth(HealthState State, DateTimeOffset? LastPassed, string? LastFailure)
{
    /// <summary>Before the first check.</summary>
    public static readonly BackendHealth Unknown = new(default, null, null);

    /// <summary>The latest check; null if there was none yet.</summary>
    public LastCheck? LastCheck { get; init; }

    /// <summary>When the status last changed, as a timestamp of the clock; null if it never has.</summary>
    public long? ChangedAt { get; init; }

    /// <summary>How often requests have taken it out.</summary>
    public int Ejections { get; init; }

    /// <summary>How long it stays out at least, if requests took it out.</summary>
    public EjectionPenalty Penalty { get; init; }

    /// <summary>How long it has been down in all, the present time not counted if it is down now.</summary>
    public TimeSpan Downtime { get; init; }

    /// <summary>The same in another state, which may be the one that it has.</summary>
    /// <param name="next">The state.</param>
    /// <param name="at">Since when, as a timestamp of the clock.</param>
    /// <param name="time">The clock.</param>
    public BackendHealth In(HealthState next, long at, TimeProvider time) => next.Status == State.Status
        ? this with { State = next }
        : this with { State = next, ChangedAt = at, Downtime = DowntimeAt(at, time) };

    /// <summary>How long it has been down in all, until then.</summary>
    public TimeSpan DowntimeAt(long at, TimeProvider time) =>
        State.Status == BackendStatus.Down && ChangedAt is { } since ? Downtime + time.GetElapsedTime(since, at) : Downtime;
}

/// <summary>The latest check of a backend.</summary>
/// <param name="At">When it ended, as a timestamp of the clock.</param>
/// <param name="Result">What it came to.</param>
/// <param name="Duration">How long it took, connection included.</param>
internal sealed record LastCheck(long At, CheckResult Result, TimeSpan Duration);
