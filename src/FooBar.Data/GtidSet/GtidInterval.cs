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

    /// <summary>The runs of <paramref name="minuend"/> without the numbers of <paramref name="subtrahend"/>. Both normalized, and so is the result.</summary>
    public static List<GtidInterval> Difference(ReadOnlySpan<GtidInterval> minuend, ReadOnlySpan<GtidInterval> subtrahend)
    {
        List<GtidInterval> rest = [];
        int at = 0;
        foreach (GtidInterval interval in minuend)
        {
            long first = interval.First;
            while (at < subtrahend.Length && subtrahend[at].Last < first)
                at++;
            for (int i = at; i < subtrahend.Length && subtrahend[i].First <= interval.Last; i++)
            {
                if (subtrahend[i].First > first)
                    rest.Add(new(first, subtrahend[i].First - 1));
                first = subtrahend[i].Last + 1;
            }

            if (first <= interval.Last)
                rest.Add(new(first, interval.Last));
        }

        return rest;
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
