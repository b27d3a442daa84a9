namespace FooBar.Data;

/// <summary>What the primary held at one moment: everything that was acknowledged to anyone before <paramref name="TakenAt"/>.</summary>
/// <param name="TakenAt">A timestamp of the options' clock, taken before the primary was asked.</param>
/// <param name="Executed">Its executed set.</param>
internal sealed record PrimarySample(long TakenAt, GtidSet Executed);

/// <summary>
/// The samples of the primary's past: the proof of how old a node's state is at most. Who holds what the primary held at a moment lacks nothing
/// that was acknowledged before. The newest are all kept, older ones the more thinly the older they are, so that a bound of any length is proven with the
/// same relative error, some 10 %. One writer; reading is thread-safe.
/// </summary>
internal sealed class PrimarySamples
{
    /// <summary>How many are kept: at four a second each of the last three seconds, and enough for hours behind them.</summary>
    private const int Capacity = 128;

    private volatile PrimarySample[] _samples = [];

    /// <summary>The newest one; null before the first.</summary>
    public PrimarySample? Newest => _samples is [.., { } newest] ? newest : null;

    /// <summary>Adds a sample that is newer than the others. False when it does not contain them: the history was replaced, and they are dropped.</summary>
    public bool Add(PrimarySample sample)
    {
        PrimarySample[] before = _samples;
        bool continues = before is not [.., { } newest] || sample.Executed.Contains(newest.Executed);
        if (!continues)
            before = [];
        int dispensable = before.Length == Capacity ? MostDispensable(before, sample.TakenAt) : -1;
        _samples = [.. before.Where((_, i) => i != dispensable), sample];
        return continues;
    }

    /// <summary>The one whose neighbours are the closest for their age.</summary>
    private static int MostDispensable(PrimarySample[] samples, long now)
    {
        int most = 1;
        double closest = double.MaxValue;
        for (int i = 1; i < samples.Length - 1; i++)
        {
            double distance = (double)(samples[i + 1].TakenAt - samples[i - 1].TakenAt) / (now - samples[i - 1].TakenAt);
            if (distance < closest)
                (most, closest) = (i, distance);
        }

        return most;
    }

    /// <summary>The oldest sample taken at the moment or later: what to hold for an answer that lacks nothing older. Null when there is none.</summary>
    public PrimarySample? OldestSince(long timestamp)
    {
        PrimarySample[] samples = _samples;
        int low = 0;
        int high = samples.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (samples[middle].TakenAt < timestamp)
                low = middle + 1;
            else
                high = middle;
        }

        return low == samples.Length ? null : samples[low];
    }

    /// <summary>The newest sample that the set contains; null when there is none.</summary>
    public PrimarySample? NewestIn(GtidSet executed)
    {
        PrimarySample[] samples = _samples;
        for (int i = samples.Length - 1; i >= 0; i--)
        {
            if (executed.Contains(samples[i].Executed))
                return samples[i];
        }

        return null;
    }
}
