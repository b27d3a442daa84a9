using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Cache;

/// <summary>
/// For how long an answer may be used, and what of it after that (RFC 9111, 4.2). Only what the answer says counts: nothing is guessed from
/// Last-Modified.
/// </summary>
/// <param name="LifetimeSeconds">s-maxage, or else max-age, or else Expires less Date; null if the answer has none of them.</param>
/// <param name="InitialAge">How old it was when it came: what its Age says, and the time it took to come.</param>
/// <param name="AlwaysValidate">It is never used without asking (<c>no-cache</c>).</param>
/// <param name="NeverStale">It is not used once stale, whatever else it says (<c>must-revalidate</c>, <c>proxy-revalidate</c>).</param>
/// <param name="NotStaleByDefault">Nor for a client that would take it: the same, or <c>s-maxage</c> (RFC 9111, 5.2.2.10).</param>
/// <param name="WhileRevalidateSeconds">Time after its lifetime in which it is used while it is asked for anew.</param>
/// <param name="IfErrorSeconds">Time after its lifetime in which it is used in place of an error.</param>
internal readonly record struct Freshness(
    long? LifetimeSeconds,
    TimeSpan InitialAge,
    bool AlwaysValidate,
    bool NeverStale,
    bool NotStaleByDefault,
    long WhileRevalidateSeconds,
    long IfErrorSeconds)
{
    /// <summary>Reads an answer's fields. A pure function.</summary>
    /// <param name="headers">The answer's header fields.</param>
    /// <param name="control">Its Cache-Control.</param>
    /// <param name="now">When it came, by the clock.</param>
    /// <param name="delay">From when it was asked for to when it came.</param>
    /// <remarks>
    /// The age is what RFC 9111, 4.2.3, calls corrected_age_value. The other way to compute it compares the backend's clock with ours: Kestrel's
    /// Date may be a second old, and a page that lives for one second would never be fresh.
    /// </remarks>
    public static Freshness Of(IHeaderDictionary headers, in CacheControl control, DateTimeOffset now, TimeSpan delay) => new(
        control.SharedMaxAge ?? control.MaxAge ?? FromExpires(headers, now),
        TimeSpan.FromSeconds(AgeOf(headers.Age)) + delay,
        control.NoCache,
        control.MustRevalidate || control.ProxyRevalidate,
        control.MustRevalidate || control.ProxyRevalidate || control.SharedMaxAge is not null,
        control.StaleWhileRevalidate ?? 0,
        control.StaleIfError ?? 0);

    private static long? FromExpires(IHeaderDictionary headers, DateTimeOffset now)
    {
        StringValues expires = headers.Expires;
        if (expires.Count == 0)
            return null;

        // "0" and everything else that is no date means that it has expired (RFC 9111, 5.3).
        if (expires.Count != 1 || HttpDate.Parse(expires[0], now) is not { } end)
            return 0;
        DateTimeOffset start = HttpDate.Parse(headers.Date.ToString(), now) ?? now;
        return Math.Clamp((long)(end - start).TotalSeconds, 0, CacheControl.Longest);
    }

    /// <summary>The first of what Age says, as if it were a list; one that is no number counts as none (RFC 9111, 5.1).</summary>
    private static long AgeOf(StringValues age)
    {
        if (age.Count == 0)
            return 0;
        ReadOnlySpan<char> first = age[0];
        int comma = first.IndexOf(',');
        return DeltaSeconds.Parse((comma < 0 ? first : first[..comma]).Trim(" \t")) ?? 0;
    }
}
