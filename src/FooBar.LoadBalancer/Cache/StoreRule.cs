namespace FooBar.LoadBalancer.Cache;

/// <summary>Whether an answer is stored, and if not, whose doing that is.</summary>
internal enum Storability
{
    /// <summary>It is stored.</summary>
    Store,

    /// <summary>Not for this request; the answer to another one may be.</summary>
    NotForThisRequest,

    /// <summary>The answer is not for a shared cache: most likely the next one to the same address will not be either.</summary>
    NotThisAnswer,
}

/// <summary>What of a request counts when its answer is to be stored.</summary>
/// <param name="NoStore">It says so.</param>
/// <param name="Authorized">It carries Authorization.</param>
/// <param name="HasCookies">It carries cookies, though none that pass the cache by.</param>
internal readonly record struct StoreTraits(bool NoStore, bool Authorized, bool HasCookies)
{
    /// <summary>Reads them.</summary>
    public static StoreTraits Of(IHeaderDictionary headers, in CacheControl asked) =>
        new(asked.NoStore, headers.Authorization.Count > 0, headers.Cookie.Count > 0);
}

/// <summary>Which answers to GET may be stored (RFC 9111, 3 and 3.5): pure functions. Where the RFC leaves a choice, the stricter one.</summary>
internal static class StoreRule
{
    /// <summary>Decides.</summary>
    /// <param name="status">The answer's status.</param>
    /// <param name="headers">Its header fields.</param>
    /// <param name="control">Its Cache-Control.</param>
    /// <param name="freshness">What follows from them.</param>
    /// <param name="request">The request that it answers.</param>
    public static Storability Decide(int status, IHeaderDictionary headers, in CacheControl control, in Freshness freshness, StoreTraits request)
    {
        // Who says "must-understand" says "no-store" to those that do not know the status (RFC 9111, 5.2.2.3).
        bool forbidden = control.NoStore && !control.MustUnderstand;
        if (!IsKnown(status) || forbidden || control.Private)
            return Storability.NotThisAnswer;

        // A cookie that is set is one visitor's. No directive makes an exception: handing out one session to all is not worth any saving.
        if (headers.SetCookie.Count > 0 || VaryFields.IsAny(headers.Vary) || !IsUsable(headers, freshness))
            return Storability.NotThisAnswer;

        // What was made for someone who is known by a cookie or a password is for all only if the answer says that it is.
        bool shared = control.Public || control.SharedMaxAge is not null;
        if (request.NoStore || (request.Authorized && !IsForAuthorized(control)) || (request.HasCookies && !shared))
            return Storability.NotForThisRequest;
        return Storability.Store;
    }

    /// <summary>Whether the answer may go from one request with Authorization to another (RFC 9111, 3.5).</summary>
    public static bool IsForAuthorized(in CacheControl control) =>
        control.Public || control.SharedMaxAge is not null || control.MustRevalidate;

    /// <summary>
    /// The statuses that HTTP calls cacheable by themselves (RFC 9110, 15.1), without 206. Others may be stored by the RFC if they say so; here
    /// they are not: a 302 is temporary by name, and an error that somebody provoked is not handed to everybody.
    /// </summary>
    public static bool IsKnown(int status) => status is 200 or 203 or 204 or 300 or 301 or 308 or 404 or 405 or 410 or 414 or 501;

    /// <summary>There must be an explicit time in which it can be used, or an explicit word that it can be asked for again cheaply.</summary>
    private static bool IsUsable(IHeaderDictionary headers, in Freshness freshness)
    {
        if (freshness.LifetimeSeconds is null && !freshness.AlwaysValidate)
            return false;
        bool hasValidator = headers.ETag.Count > 0 || headers.LastModified.Count > 0;
        bool hasTime = freshness.LifetimeSeconds > 0 || freshness.WhileRevalidateSeconds > 0 || freshness.IfErrorSeconds > 0;
        return hasValidator || (hasTime && !freshness.AlwaysValidate);
    }
}
