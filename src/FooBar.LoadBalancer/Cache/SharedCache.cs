using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Errors;

namespace FooBar.LoadBalancer.Cache;

/// <summary>
/// Answers reads from memory where HTTP allows it (RFC 9111), lets the rest pass, and keeps what may be kept of it. Comes after the guard, so that
/// only served hosts reach it, and before the forward loop.
/// </summary>
internal sealed class SharedCache(RequestDelegate next, CacheShelf shelf, CacheForward forward, CacheRefresh refresh)
{
    /// <summary>Handles one request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        GatewayRequest request = GatewayRequest.Of(context);
        string method = context.Request.Method;
        bool isGet = HttpMethods.IsGet(method);
        if (request.Settings.Options.Cache.Bytes == 0)
            return next(context);
        if (!isGet && !HttpMethods.IsHead(method))
            return Invalidation.IsCalledForBy(method) ? Invalidation.ForwardAsync(context, CacheKey.Of(context), shelf.Store, next) : next(context);

        if (request.Settings.CacheBypass.Covers(context))
        {
            (request.Cache, request.CacheStatus) = (CacheResult.Bypass, CacheStatus.Bypass);
            return next(context);
        }

        CacheKey key = CacheKey.Of(context);
        IHeaderDictionary headers = context.Request.Headers;
        CacheControl asked = headers.CacheControl.Count == 0 ? default : CacheControl.Parse(headers.CacheControl);
        CacheEntry? entry = shelf.Store.Find(key, headers, out CacheEntry? sibling);
        if (entry?.Response is not { } stored)
            return PassAsync(context, request, new CacheQuestion(key, asked, null, sibling), sibling is null ? CacheStatus.Miss : CacheStatus.VaryMiss);

        TimeSpan since = shelf.Time.GetElapsedTime(stored.ReceivedAt);
        Reuse reuse = headers.Authorization.Count > 0 && !stored.IsForAuthorized
            ? Reuse.ClientWantsNew
            : ReuseRule.Decide(stored.Freshness, since, asked);
        switch (reuse)
        {
            case Reuse.Fresh:
                return AnswerAsync(context, request, stored, since, CacheResult.Hit);
            case Reuse.WhileRevalidating:
                refresh.Begin(context, key, entry, next);
                return AnswerAsync(context, request, stored, since, CacheResult.Stale);
            case Reuse.Stale:
            case Reuse.AfterValidation when shelf.HidesError(entry, stored):
                return AnswerAsync(context, request, stored, since, CacheResult.Stale);
            default:
                string why = reuse == Reuse.ClientWantsNew ? CacheStatus.Request : CacheStatus.Stale;
                return PassAsync(context, request, new CacheQuestion(key, asked, entry, null), why);
        }
    }

    private Task AnswerAsync(HttpContext context, GatewayRequest request, StoredResponse stored, TimeSpan since, CacheResult result)
    {
        StoredResponse.AgeText age = stored.AgeAt(since);
        (request.Cache, request.CacheStatus) = (result, age.Status);
        return CachedAnswer.WriteAsync(context, stored, age, shelf.Time);
    }

    /// <summary>It goes to a backend, unless its client wants nothing but a stored answer: then it is told that there is none.</summary>
    private Task PassAsync(HttpContext context, GatewayRequest request, CacheQuestion question, string why)
    {
        bool passes = !question.Asked.OnlyIfCached;
        (request.Cache, request.CacheStatus) = (CacheResult.Miss, passes ? why : CacheStatus.OnlyIfCached);
        return passes ? forward.InvokeAsync(context, request, question, next) : ErrorPage.WriteAsync(context, StatusCodes.Status504GatewayTimeout);
    }
}
