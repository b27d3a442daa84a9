namespace FooBar.Data;

/// <summary>A run of transaction numbers, both ends included; 1 ≤ First ≤ Last.</summary>
internal readonly record struct GtidInterval(long First, long Last)
{
    /// <summary>Sorts the runs and joins those that overlap or touch, so that equal sets have equal runs.</summary>
    public static GtidInterval[] Normalize(List<GtidInterval> intervals)
    {
        intervals.Sort(static (a, b) => a.First.CompareTo(b.First));
        List<GtidInterval> joined = new(intervals.Count);
        foreach (GtidInterval interval in intervals)
        {
            // Last + 1 cannot overflow: the parser's largest number is long.MaxValue - 1.
            if (joined.Count > 0 && interval.First <= joined[^1].Last + 1)
                joined[^1] = joined[^1] with { Last = Math.Max(joined[^1].Last, interval.Last) };
            else
                joined.Add(interval);
        }

        return [.. joined];
    }

    /// <summary>Whether every run of <paramref name="inner"/> lies inside one run of <paramref name="outer"/>. Both normalized.</summary>
    public static bool Covers(ReadOnlySpan<GtidInterval> outer, ReadOnlySpan<GtidInterval> inner)
    {
        int at = 0;
        foreach (GtidInterval interval in inner)
        {
            while (at < outer.Length && outer[at].Last < interval.First)
                at++;
            if (at == outer.Length || outer[at].First > interval.First || outer[at].Last < interval.Last)
                return false;
        }

        return true;
    }
}
