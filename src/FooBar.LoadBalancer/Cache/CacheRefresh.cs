using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Metrics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Cache;

/// <summary>
/// Makes stored answers new behind the back of those who are given the old ones (stale-while-revalidate, RFC 5861, 3): one request at a time for
/// each, through the same forward loop as any other, with a context of its own that has no client.
/// </summary>
internal sealed partial class CacheRefresh(
    CacheShelf shelf, CacheForward forward, CacheMetrics metrics, IHostApplicationLifetime lifetime, ILogger<CacheRefresh> logger)
{
    /// <summary>Longest time for one.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>What of the request that met the stale answer is about that client, and not about the answer.</summary>
    private static readonly string[] OfTheClient =
    [
        "Cookie", "Authorization", "Cache-Control", "Pragma", "Range", "If-Range", "If-None-Match", "If-Modified-Since", "Connection", "Keep-Alive",
        "TE", "Expect", "Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding",
    ];

    /// <summary>Begins to make an answer new, unless that is being done, has just failed, or the gateway stops. Returns at once.</summary>
    /// <param name="context">A request that has met it.</param>
    /// <param name="key">The request's key.</param>
    /// <param name="entry">The entry that it has met.</param>
    /// <param name="next">The rest of the pipeline.</param>
    public void Begin(HttpContext context, in CacheKey key, CacheEntry entry, RequestDelegate next)
    {
        if (shelf.Time.GetTimestamp() < entry.AskAfter || lifetime.ApplicationStopping.IsCancellationRequested)
            return;

        CacheQuestion question = new(key, default, entry, null);
        FillKey fillKey = question.FillKey(context.Request.Headers);
        if (shelf.Fills.TryLead(fillKey) is not { } fill)
            return;

        // On another thread, and without the request's own trace: this client does not wait for it.
        DefaultHttpContext own = ContextFrom(context, fill);
        ThreadPool.UnsafeQueueUserWorkItem(
            static work => _ = work.Refresh.RunAsync(work.Own, work.Question, work.FillKey, work.Fill, work.Next),
            (Refresh: this, Own: own, Question: question, FillKey: fillKey, Fill: fill, Next: next),
            preferLocal: false);
    }

    private async Task RunAsync(DefaultHttpContext own, CacheQuestion question, FillKey fillKey, Fill fill, RequestDelegate next)
    {
        bool done = false;
        try
        {
            using CancellationTokenSource limit = new(Longest, shelf.Time);
            using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, fill.Stopped, lifetime.ApplicationStopping);
            own.RequestAborted = end.Token;
            done = await forward.RefreshAsync(own, question, fill, next).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Nobody waits for it: the log is the only one that can be told, and the next request tries again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogFailed(GatewayRequest.Of(own).Id, exception);
        }
        finally
        {
            shelf.Fills.End(fillKey, fill);
            metrics.Refreshed(done);
        }
    }

    /// <summary>A request for the same thing, in the name of the client that met the stale answer.</summary>
    private DefaultHttpContext ContextFrom(HttpContext context, Fill fill)
    {
        DefaultHttpContext own = new();
        IHttpRequestFeature request = own.Features.GetRequiredFeature<IHttpRequestFeature>();
        IHttpRequestFeature origin = context.Features.GetRequiredFeature<IHttpRequestFeature>();
        request.Protocol = "HTTP/1.1";
        request.Method = HttpMethods.Get;
        request.Scheme = origin.Scheme;
        request.PathBase = origin.PathBase;
        request.Path = origin.Path;
        request.QueryString = origin.QueryString;
        request.RawTarget = origin.RawTarget;
        foreach (KeyValuePair<string, StringValues> field in origin.Headers)
            request.Headers[field.Key] = field.Value;
        foreach (string name in OfTheClient)
            request.Headers.Remove(name);
        own.RequestAborted = fill.Stopped;
        own.Connection.RemoteIpAddress = context.Connection.RemoteIpAddress;
        GatewayRequest asked = GatewayRequest.Of(context);
        GatewayRequest.Begin(own, shelf.Time.GetUtcNow(), asked.Settings).Route = asked.Route;
        return own;
    }

    [LoggerMessage(1750, LogLevel.Error, "A stored answer could not be made new, request {RequestId}")]
    private partial void LogFailed(string requestId, Exception exception);
}
