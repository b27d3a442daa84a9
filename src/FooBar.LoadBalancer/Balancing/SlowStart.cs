namespace FooBar.LoadBalancer.Balancing;

/// <summary>
/// The first time of a backend that came back: cold caches and code that is not compiled yet make it slow, and with nothing in flight it would
/// be everybody's choice. Immutable; thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="duration">How long it takes.</param>
internal sealed class SlowStart(TimeProvider time, TimeSpan duration)
{
    /// <summary>The share of its weight that a backend begins with: enough to warm up on, little enough to bear.</summary>
    public const double FirstShare = 0.1;

    private readonly long _start = time.GetTimestamp();

    /// <summary>The share of its weight that it has now; 1 when it is over.</summary>
    public double Share => ShareAfter(time.GetElapsedTime(_start), duration);

    /// <summary>The share of its weight that a backend has after a time: it grows evenly from <see cref="FirstShare"/> to 1. A pure function.</summary>
    /// <param name="elapsed">Time since it came back.</param>
    /// <param name="duration">How long the slow start takes; 0: there is none.</param>
    public static double ShareAfter(TimeSpan elapsed, TimeSpan duration) =>
        elapsed >= duration ? 1 : FirstShare + ((1 - FirstShare) * (elapsed / duration));
}
