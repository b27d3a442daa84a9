namespace FooBar.Data;

/// <summary>What an answer must hold, and who may give it, at one moment.</summary>
/// <param name="Required">The transactions that it must see.</param>
/// <param name="Own">Those of them that the session demands; the others are the bound's.</param>
/// <param name="OnlyPrimary">Whether no replica will do.</param>
/// <param name="Proven">Whether the primary must prove, by an answer of its group, that it is not cut off.</param>
/// <param name="Reason">Why the primary would answer, as the metric's word.</param>
internal readonly record struct ReadNeed(GtidSet Required, GtidSet Own, bool OnlyPrimary, bool Proven, string Reason)
{
    /// <summary>What a read of this freshness needs now.</summary>
    /// <param name="session">Whose it is.</param>
    /// <param name="freshness">What was asked for.</param>
    /// <param name="samples">The primary's past.</param>
    /// <param name="now">A timestamp of the clock.</param>
    /// <param name="time">The clock.</param>
    public static ReadNeed Of(DatabaseSession session, Freshness freshness, PrimarySamples samples, long now, TimeProvider time)
    {
        if (freshness == Freshness.Any)
            return new(GtidSet.Empty, GtidSet.Empty, false, false, DataMetrics.Words.NoReplica);
        if (freshness == Freshness.Latest)
            return new(GtidSet.Empty, GtidSet.Empty, true, true, DataMetrics.Words.Latest);
        GtidSet own = session.Writes;
        if (session.AsksPrimary)
            return new(own, own, true, true, DataMetrics.Words.TokenLost);
        if (freshness.Bound is not { } bound)
            return new(own, own, false, false, DataMetrics.Words.NoReplica);
        // The oldest state that is new enough: the more replicas hold it, the better the load is spread.
        return samples.OldestSince(now - (long)(bound.TotalSeconds * time.TimestampFrequency)) is { } sample
            ? new(own.Union(sample.Executed), own, false, false, DataMetrics.Words.NoReplica)
            : new(own, own, true, true, DataMetrics.Words.NoSample);
    }
}
