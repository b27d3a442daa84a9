using System.Globalization;

namespace FooBar.Testing;

/// <summary>
/// Long catalogues: all of it with <c>./foobar test --thorough</c>, else as many entries as fit the time of a change, others each time.
/// FOOBAR_TEST_SEED, which the run prints, chooses the same again.
/// </summary>
public static class Catalogue
{
    /// <summary>The run's seed; one of its own when a test program is started by hand.</summary>
    public static int Seed { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("FOOBAR_TEST_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : Random.Shared.Next(1, 10_000);

    /// <summary>Whether everything that was promised is to be run.</summary>
    public static bool IsThorough { get; } = Environment.GetEnvironmentVariable("FOOBAR_TEST_THOROUGH") == "1";

    /// <summary>How often to repeat something that is promised to hold several times in a row.</summary>
    public static int Times(int plain, int thorough) => IsThorough ? thorough : plain;

    /// <summary>The entries to take now, in their order.</summary>
    public static IReadOnlyList<T> Choose<T>(IReadOnlyList<T> all, int plain)
    {
        ArgumentNullException.ThrowIfNull(all);
        return IsThorough ? all : [.. all.Where((_, index) => Enumerable.Range(0, plain).Any(turn => (Seed + turn) % all.Count == index))];
    }
}
