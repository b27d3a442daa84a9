using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Health;

/// <summary>
/// How long a backend stays out that requests took out although its checks pass: the longer, the more often that has happened. A check that
/// fails after the ejection says that it really was down; such an ejection does not count. Immutable; pure.
/// </summary>
/// <param name="Count">Ejections that still count.</param>
/// <param name="Until">The earliest time at which it may come back, on the clock of <see cref="HealthRecord"/>; null when it is not ejected.</param>
/// <param name="UpSince">When it came up last, on the same clock.</param>
internal readonly record struct EjectionPenalty(int Count = 0, TimeSpan? Until = null, TimeSpan UpSince = default)
{
    /// <summary>Whether it may not come back yet.</summary>
    public bool Holds(TimeSpan now) => now < Until;

    /// <summary>The penalty after one more piece of evidence.</summary>
    /// <param name="before">The state before it.</param>
    /// <param name="after">The state after it.</param>
    /// <param name="evidence">What a check or a request says.</param>
    /// <param name="now">The time.</param>
    /// <param name="options">The times.</param>
    public EjectionPenalty After(BackendStatus before, BackendStatus after, Evidence evidence, TimeSpan now, HealthOptions options) => evidence switch
    {
        _ when IsEjection(before, after, evidence) => Ejected(now, evidence == Evidence.Slow, options),
        _ when before != BackendStatus.Up && after == BackendStatus.Up => this with { Until = null, UpSince = now },
        Evidence.CheckNotReady or Evidence.CheckFailed or Evidence.CheckTimedOut or Evidence.CheckUnanswered when before == BackendStatus.Down => Refuted(),
        _ => this,
    };

    /// <summary>Whether it is requests that took it out.</summary>
    public static bool IsEjection(BackendStatus before, BackendStatus after, Evidence evidence) =>
        before == BackendStatus.Up && after == BackendStatus.Down && evidence > Evidence.CheckUnanswered;

    /// <summary>Requests took it out.</summary>
    /// <param name="now">The time.</param>
    /// <param name="slow">
    /// Whether for being slow: its checks are sure to pass, so it stays out already the first time. One that failed is back at first as soon as
    /// its checks pass.
    /// </param>
    /// <param name="options">The times.</param>
    private EjectionPenalty Ejected(TimeSpan now, bool slow, HealthOptions options)
    {
        // One is forgotten for each time that it was up for as long as it can be out at most.
        int forgotten = (int)Math.Min(Count, (now - UpSince) / options.MaxEjectionTime);
        int count = Count - forgotten + 1;
        TimeSpan time = options.EjectionTime * (slow ? count : count - 1);

        // What lies beyond the longest time need not be forgotten later.
        return time < options.MaxEjectionTime
            ? this with { Count = count, Until = now + time }
            : this with { Count = Math.Max(1, count - 1), Until = now + options.MaxEjectionTime };
    }

    /// <summary>A check failed while it was out: once for each ejection.</summary>
    private EjectionPenalty Refuted() => Until is null ? this : this with { Count = Count - 1, Until = null };
}
