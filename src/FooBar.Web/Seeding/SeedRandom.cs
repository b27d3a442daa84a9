namespace FooBar.Web.Seeding;

/// <summary>
/// SplitMix64: the same numbers from the same seed on every runtime, for ever, which <see cref="Random"/> does not promise between
/// versions. For example data only, never for secrets. Not thread-safe.
/// </summary>
internal sealed class SeedRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Uniform in [0, <paramref name="bound"/>), up to a bias of bound / 2^64.</summary>
    public int Next(int bound) => (int)Math.BigMul(NextBits(), (ulong)bound, out _);

    /// <summary>Uniform in [0, 1).</summary>
    public double NextFraction() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>One of the items, each as likely as the others.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    /// <summary>That many different items, in their own order.</summary>
    public IEnumerable<T> PickSome<T>(IReadOnlyList<T> items, int count)
    {
        int wanted = Math.Min(count, items.Count);
        for (int i = 0; i < items.Count && wanted > 0; i++)
        {
            if (Next(items.Count - i) < wanted)
            {
                wanted--;
                yield return items[i];
            }
        }
    }

    private ulong NextBits()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
