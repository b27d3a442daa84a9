namespace FooBar.Data;

/// <summary>
/// Transactions that a replica of classic replication holds and its primary does not: somebody wrote there, or what the old primary had
/// acknowledged was lost with it. What it answers is then not the primary's past. For a moment that is the order of things, while a semi-synchronous
/// primary waits for the acknowledgement; so it is proven when the same transactions are still missing after <see cref="Patience"/>. A group
/// lets no such member in, and its next primary may lag behind a replica. Immutable.
/// </summary>
/// <param name="Missing">What was missing at the first look and at every look since; null for nothing.</param>
/// <param name="Since">The timestamp of the first look.</param>
/// <param name="IsProven">Whether they have been missing for long enough.</param>
internal readonly record struct ErrantTransactions(GtidSet? Missing, long Since, bool IsProven)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The finding after another look.</summary>
    /// <param name="replica">What the replica held.</param>
    /// <param name="primary">What the primary held when it was asked later.</param>
    /// <param name="now">A timestamp of the clock.</param>
    /// <param name="time">The clock.</param>
    public ErrantTransactions After(GtidSet replica, GtidSet primary, long now, TimeProvider time)
    {
        if (primary.Contains(replica))
            return default;
        GtidSet still = (Missing ?? replica).Except(primary);
        if (Missing is null || still.IsEmpty)
            return new(replica.Except(primary), now, false);
        return new(still, Since, time.GetElapsedTime(Since, now) >= Patience);
    }
}
