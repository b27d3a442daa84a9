using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Errors;
using FooBar.LoadBalancer.Forwarding;
using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Cache;

/// <summary>
/// Takes a read to a backend, for its own client and for whoever wants the same at that time: one goes, the others wait for what becomes of it.
/// </summary>
internal sealed class CacheForward(CacheShelf shelf)
{
    /// <summary>Longest time that one request waits for others, in all. The slowest answer is not to be paid for twice.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>How often a request waits: for an unknown address, for its own variant of it, and once more if a leader failed.</summary>
    private const int MostWaits = 3;

    /// <summary>Answers the request, from a backend or with what another request has brought.</summary>
    public Task InvokeAsync(HttpContext context, GatewayRequest request, CacheQuestion question, RequestDelegate next)
    {
        if (HttpMethods.IsHead(context.Request.Method))
            return ForwardHeadAsync(context, question, next);
        return MayShare(context.Request.Headers, question)
            ? ShareAsync(context, request, question, next)
            : FetchAsync(context, question, null, next, context.RequestAborted);
    }

    /// <summary>Fetches for the store alone.</summary>
    /// <param name="context">A context without a client.</param>
    /// <param name="question">What is to be made new.</param>
    /// <param name="fill">The fill that it leads.</param>
    /// <param name="next">The rest of the pipeline.</param>
    /// <returns>Whether the backend has said something about it, be it that nothing has changed, or that it is gone.</returns>
    public async Task<bool> RefreshAsync(HttpContext context, CacheQuestion question, Fill fill, RequestDelegate next)
    {
        Fetch fetch = FetchOf(context, question, fill, isBackground: true, fill.Stopped);
        FetchVerdict verdict = await RunAsync(fetch, next).ConfigureAwait(false);
        if (verdict == FetchVerdict.Confirmed)
            fetch.Confirm();
        else if (verdict == FetchVerdict.Unmatched)
            shelf.Store.Remove(question.Entry!, fetch.Stale!);
        bool isDone = verdict != FetchVerdict.HideError && GatewayRequest.Of(context).Outcome == Outcome.Completed;
        if (!isDone)
            fetch.Rest();
        return isDone;
    }

    private async Task ShareAsync(HttpContext context, GatewayRequest request, CacheQuestion question, RequestDelegate next)
    {
        IHeaderDictionary headers = context.Request.Headers;
        long start = shelf.Time.GetTimestamp();
        for (int waits = 0; waits < MostWaits && MayShare(headers, question); waits++)
        {
            FillKey fillKey = question.FillKey(headers);
            Fill fill = shelf.Fills.Join(fillKey, out bool leads);
            if (leads)
            {
                await LeadAsync(context, question, fillKey, fill, next).ConfigureAwait(false);
                return;
            }

            TimeSpan left = LongestWait - shelf.Time.GetElapsedTime(start);
            FillEnd? end = await fill.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, context.RequestAborted).ConfigureAwait(false);
            CacheEntry? entry = shelf.Store.Find(question.Key, headers, out CacheEntry? sibling);
            if (entry?.Response is { } stored && IsFor(entry, stored, question, start))
            {
                (request.Cache, request.CacheStatus) = (CacheResult.Hit, CacheStatus.WithCollapsed(request.CacheStatus!));
                await CachedAnswer.WriteAsync(context, stored, AgeOf(stored), shelf.Time).ConfigureAwait(false);
                return;
            }

            question.Update(entry, sibling);
            if (end is null or FillEnd.NotStored)
                break;
        }

        await FetchAsync(context, question, null, next, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Whether others could be answered by what this request brings, so that they may wait for it, or it for them.</summary>
    private bool MayShare(IHeaderDictionary headers, CacheQuestion question)
    {
        if (question.Asked.NoStore || headers.Range.Count > 0 || headers.Authorization.Count > 0)
            return false;
        if (question.Entry?.Response is { } stored)
            return stored.IsReusable && (stored.HasValidator || !Conditions.AreIn(headers));

        // With a condition of the client's own the answer may be that it has everything already, which is nothing to store.
        return !Conditions.AreIn(headers) && !shelf.Fills.IsUncacheable(question.Key);
    }

    /// <summary>
    /// Whether an answer that came while this request waited is for it. It need not be fresh any more: had the request gone by itself at the same
    /// time as the other, its answer would be as old. But it must not be one that is used by nobody without asking.
    /// </summary>
    private bool IsFor(CacheEntry entry, StoredResponse stored, CacheQuestion question, long askedAt) =>
        (stored.ReceivedAt >= askedAt && stored.IsReusable && !stored.Freshness.NeverStale)
        || ReuseRule.Decide(stored.Freshness, shelf.Time.GetElapsedTime(stored.ReceivedAt), question.Asked) is Reuse.Fresh or Reuse.Stale or Reuse.WhileRevalidating
        || shelf.HidesError(entry, stored);

    private async Task LeadAsync(HttpContext context, CacheQuestion question, FillKey fillKey, Fill fill, RequestDelegate next)
    {
        CancellationToken client = context.RequestAborted;
        try
        {
            // The forwarder ends with this token instead of the client's.
            context.RequestAborted = fill.Stopped;
            await using CancellationTokenRegistration left = client.UnsafeRegister(static state => ((Fill)state!).ClientLeft(), fill);
            await FetchAsync(context, question, fill, next, client).ConfigureAwait(false);
        }
        finally
        {
            context.RequestAborted = client;
            shelf.Fills.End(fillKey, fill);
        }
    }

    private async Task FetchAsync(HttpContext context, CacheQuestion question, Fill? fill, RequestDelegate next, CancellationToken client)
    {
        Fetch fetch = FetchOf(context, question, fill, isBackground: false, client);
        FetchVerdict verdict = await RunAsync(fetch, next).ConfigureAwait(false);
        if (verdict == FetchVerdict.Unmatched)
        {
            shelf.Store.Remove(question.Entry!, fetch.Stale!);
            question.Update(null, null);
            context.Response.Clear();
            fetch = FetchOf(context, question, fill, isBackground: false, client);
            verdict = await RunAsync(fetch, next).ConfigureAwait(false);
        }

        if (verdict is not (FetchVerdict.Confirmed or FetchVerdict.HideError))
            return;
        StringValues cookies = verdict == FetchVerdict.Confirmed ? context.Response.Headers.SetCookie : default;
        StoredResponse stored = verdict == FetchVerdict.Confirmed ? fetch.Confirm() : fetch.Stale!;
        await AnswerInsteadAsync(context, stored, verdict == FetchVerdict.Confirmed ? CacheResult.Revalidated : CacheResult.Stale, cookies, client).ConfigureAwait(false);
    }

    private Fetch FetchOf(HttpContext context, CacheQuestion question, Fill? fill, bool isBackground, CancellationToken client)
    {
        IHeaderDictionary headers = context.Request.Headers;
        return new Fetch(context, question.Key, StoreTraits.Of(headers, question.Asked), question.Entry, fill, shelf)
        {
            IsValidation = question.Entry?.Response.HasValidator == true && headers.Range.Count == 0,
            IsBackground = isBackground,
            ClientLeft = client,
        };
    }

    private async ValueTask<FetchVerdict> RunAsync(Fetch fetch, RequestDelegate next)
    {
        using OwnConditions? conditions = fetch.IsValidation ? new OwnConditions(fetch.Context.Request.Headers, fetch.Stale!) : null;
        using FetchBody body = FetchBody.Install(fetch, shelf.Budget);
        await next(fetch.Context).ConfigureAwait(false);
        return await body.EndAsync().ConfigureAwait(false);
    }

    /// <summary>Sends a stored answer in place of the one that has come, of which nothing is sent yet.</summary>
    private Task AnswerInsteadAsync(HttpContext context, StoredResponse stored, CacheResult result, StringValues cookies, CancellationToken client)
    {
        GatewayRequest request = GatewayRequest.Of(context);
        request.Cache = result;
        if (client.IsCancellationRequested)
        {
            request.Outcome = Outcome.ClientAbortedRequest;
            ErrorPage.Discard(context, ForwardResult.ClientClosedRequest);
            return Task.CompletedTask;
        }

        request.Outcome = Outcome.Completed;
        request.CacheStatus = CacheStatus.WithForwardStatus(request.CacheStatus ?? CacheStatus.Stale, context.Response.StatusCode);
        context.Response.Clear();

        // Those of the confirmation are this client's; they are not kept.
        if (cookies.Count > 0)
            context.Response.Headers.SetCookie = cookies;
        return CachedAnswer.WriteAsync(context, stored, AgeOf(stored), shelf.Time);
    }

    private StoredResponse.AgeText AgeOf(StoredResponse stored) => stored.AgeAt(shelf.Time.GetElapsedTime(stored.ReceivedAt));

    /// <summary>
    /// HEAD goes to the backend as it came. Its answer tells whether the stored one for GET is still what it was: then it is as new as if it had
    /// just come, otherwise it is forgotten (RFC 9111, 4.3.5).
    /// </summary>
    private async Task ForwardHeadAsync(HttpContext context, CacheQuestion question, RequestDelegate next)
    {
        Fetch head = FetchOf(context, question, null, isBackground: false, context.RequestAborted);
        await next(context).ConfigureAwait(false);
        if (head.Stale is null || GatewayRequest.Of(context).Outcome != Outcome.Completed || context.Response.StatusCode != StatusCodes.Status200OK)
            return;
        if (head.Stale.IsDescribedBy(context.Response.Headers))
            head.Confirm();
        else
            shelf.Store.Remove(question.Entry!, head.Stale);
    }
}
