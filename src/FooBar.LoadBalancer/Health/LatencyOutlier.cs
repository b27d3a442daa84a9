using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Health;

/// <summary>Whether a backend answers far more slowly than the others: a pure function.</summary>
internal static class LatencyOutlier
{
    /// <summary>Fewer answers than this say nothing about a backend.</summary>
    public const int EnoughAnswers = 20;

    /// <summary>Older answers than this say nothing about now.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    /// <summary>Compares a backend with the others; null if there are too few answers to say.</summary>
    /// <param name="own">Its answers.</param>
    /// <param name="others">Those of each other backend that takes requests.</param>
    /// <param name="options">The numbers.</param>
    public static LatencyVerdict? Judge(LatencyMedian own, IEnumerable<LatencyMedian> others, HealthOptions options)
    {
        if (own.Count < EnoughAnswers)
            return null;
        TimeSpan[] medians = [.. others.Where(other => other.Count >= EnoughAnswers).Select(other => other.Median).Order()];
        if (medians.Length == 0)
            return null;

        // Of an even number the lower one of the middle: with two others, one that is slow as well does not excuse it.
        TimeSpan usual = medians[(medians.Length - 1) / 2];
        return new LatencyVerdict(own.Median - usual >= options.LatencyDifference && own.Median >= usual * options.LatencyFactor, usual);
    }
}

/// <summary>How a backend compares with the others.</summary>
/// <param name="IsSlow">Whether it is far slower.</param>
/// <param name="Usual">What is usual among the others.</param>
internal readonly record struct LatencyVerdict(bool IsSlow, TimeSpan Usual);
