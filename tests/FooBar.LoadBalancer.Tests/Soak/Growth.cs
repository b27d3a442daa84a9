using System.Globalization;

namespace FooBar.LoadBalancer.Tests.Soak;

/// <summary>
/// Whether a quantity still grows. The first third is warm-up: code is compiled, pools and cache fill. Of the other two the medians are compared,
/// so that neither a collection nor a burst decides. Immutable.
/// </summary>
/// <param name="Name">The quantity.</param>
/// <param name="Middle">The median of the middle third.</param>
/// <param name="Last">The median of the last third.</param>
/// <param name="Bound">By how much the latter may be above the former.</param>
internal sealed record Growth(string Name, double Middle, double Last, double Bound)
{
    /// <summary>The fewest samples that can be judged by.</summary>
    public const int FewestSamples = 9;

    /// <summary>Whether it has stopped.</summary>
    public bool IsFlat => Last <= Middle + Bound;

    /// <summary>Judges samples that were taken at a steady pace.</summary>
    public static Growth Of(string name, IReadOnlyList<double> samples, double bound)
    {
        if (samples.Count < FewestSamples)
            throw new ArgumentException($"{samples.Count} samples of {name} are too few: there must be {FewestSamples}.");
        int third = samples.Count / 3;
        return new Growth(name, Median(samples.Skip(samples.Count - (2 * third)).Take(third)), Median(samples.TakeLast(third)), bound);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} {Middle:0.#} then {Last:0.#} (at most {Bound:0.#} more)");

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
