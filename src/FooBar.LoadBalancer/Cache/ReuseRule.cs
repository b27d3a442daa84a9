namespace FooBar.LoadBalancer.Cache;

/// <summary>What a stored answer is good for, for one request.</summary>
internal enum Reuse
{
    /// <summary>It answers the request.</summary>
    Fresh,

    /// <summary>It is stale, and answers the request, because the client takes it so.</summary>
    Stale,

    /// <summary>It is stale, and answers the request while it is asked for anew.</summary>
    WhileRevalidating,

    /// <summary>It may be used again only after the backend was asked.</summary>
    AfterValidation,

    /// <summary>It could be used, but the client wants the backend to be asked.</summary>
    ClientWantsNew,
}

/// <summary>Whether a stored answer may be used: a pure function.</summary>
internal static class ReuseRule
{
    /// <summary>
    /// A client's wish for a new answer (<c>no-cache</c>, <c>max-age</c>, <c>min-fresh</c>) is not heard more often than this for one stored
    /// answer. HTTP leaves it to the cache (RFC 9111, 5.2.1); without a limit, whoever holds the reload key, or writes a loop, would reach the
    /// backend at will past every cache.
    /// </summary>
    public static readonly TimeSpan ReloadInterval = TimeSpan.FromSeconds(1);

    /// <summary>Decides.</summary>
    /// <param name="freshness">What the answer allows.</param>
    /// <param name="sinceReceived">Time since it came, or since the backend last confirmed it.</param>
    /// <param name="asked">What the request says.</param>
    public static Reuse Decide(in Freshness freshness, TimeSpan sinceReceived, in CacheControl asked)
    {
        if (freshness.AlwaysValidate)
            return Reuse.AfterValidation;

        TimeSpan age = freshness.InitialAge + sinceReceived;
        TimeSpan left = TimeSpan.FromSeconds(freshness.LifetimeSeconds ?? 0) - age;
        if (sinceReceived >= ReloadInterval && WantsNew(asked, age, left))
            return Reuse.ClientWantsNew;
        if (left > TimeSpan.Zero)
            return Reuse.Fresh;
        if (!freshness.NeverStale && -left < TimeSpan.FromSeconds(freshness.WhileRevalidateSeconds))
            return Reuse.WhileRevalidating;
        return !freshness.NotStaleByDefault && IsWithin(-left, asked.MaxStale) ? Reuse.Stale : Reuse.AfterValidation;
    }

    /// <summary>Whether it may take the place of an error.</summary>
    public static bool MayHideError(in Freshness freshness, TimeSpan sinceReceived) =>
        !freshness.AlwaysValidate
        && !freshness.NeverStale
        && freshness.InitialAge + sinceReceived - TimeSpan.FromSeconds(freshness.LifetimeSeconds ?? 0) < TimeSpan.FromSeconds(freshness.IfErrorSeconds);

    private static bool WantsNew(in CacheControl asked, TimeSpan age, TimeSpan left) =>
        asked.NoCache
        || (asked.MaxAge is { } most && age > TimeSpan.FromSeconds(most))
        || (asked.MinFresh is { } least && left < TimeSpan.FromSeconds(least));

    private static bool IsWithin(TimeSpan time, long? seconds) => seconds is { } limit && time <= TimeSpan.FromSeconds(limit);
}
