using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Forwarding;
using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Cache;

/// <summary>What becomes of an answer that a backend has begun.</summary>
internal enum FetchVerdict
{
    /// <summary>It goes to the client.</summary>
    Pass,

    /// <summary>It goes to the client and into the store.</summary>
    Store,

    /// <summary>It says that the stored answer is still right; that goes to the client.</summary>
    Confirmed,

    /// <summary>It says that something unknown is still right: the request must be made again, without conditions.</summary>
    Unmatched,

    /// <summary>It is an error, and the stored answer takes its place.</summary>
    HideError,
}

/// <summary>One GET that goes to a backend past the cache. One request's steps run one after the other: no locks.</summary>
internal sealed class Fetch(HttpContext context, CacheKey key, StoreTraits traits, CacheEntry? entry, Fill? fill, CacheShelf shelf)
{
    /// <summary>
    /// Time after a failure in which a stored answer is given stale without asking again, where it may be: the backend has trouble, and each who asks
    /// would wait for the same error.
    /// </summary>
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly long _startedAt = shelf.Time.GetTimestamp();
    private readonly long _stamp = shelf.Store.Stamp(key);
    private KeyValuePair<string, StringValues>[] _kept = [];
    private StoredResponse.Receipt _receipt;
    private int _status;

    /// <summary>The stored answer that cannot be used as it is; null if there is none.</summary>
    public StoredResponse? Stale { get; } = entry?.Response;

    /// <summary>Whether the backend is asked if <see cref="Stale"/> is still right.</summary>
    public bool IsValidation { get; init; }

    /// <summary>Whether there is no client: the answer is for the store alone.</summary>
    public bool IsBackground { get; init; }

    /// <summary>Says that the client has left.</summary>
    public CancellationToken ClientLeft { get; init; }

    /// <summary>The request's context.</summary>
    public HttpContext Context { get; } = context;

    /// <summary>What the gateway knows about it.</summary>
    public GatewayRequest Request => GatewayRequest.Of(Context);

    /// <summary>Decides, once the status and the header fields are there. It must be before the first byte goes to the client.</summary>
    public FetchVerdict Judge()
    {
        HttpResponse answer = Context.Response;
        DateTimeOffset now = shelf.Time.GetUtcNow();
        _status = answer.StatusCode;
        if (_status == StatusCodes.Status304NotModified && IsValidation)
            return Confirms(answer.Headers.ETag) ? FetchVerdict.Confirmed : FetchVerdict.Unmatched;
        if (_status >= StatusCodes.Status500InternalServerError && _status != StatusCodes.Status501NotImplemented)
            return JudgeError();

        // The gateway's own word about this client, which left or sent what cannot be taken. The address has nothing to do with it.
        if (Request.Outcome != Outcome.Completed)
        {
            fill?.End(FillEnd.Failed);
            return FetchVerdict.Pass;
        }

        CacheControl control = CacheControl.Parse(answer.Headers.CacheControl);
        Freshness freshness = FreshnessOf(answer.Headers, control, now);
        Storability storability = StoreRule.Decide(_status, answer.Headers, control, freshness, traits);
        if (storability == Storability.Store && !(answer.ContentLength > Request.Settings.Options.Cache.EntryBytes))
        {
            _kept = StoredHeaders.Kept(answer.Headers, now);
            _receipt = Receipt(answer.Headers, control, freshness, now);
            fill?.BeginStoring();
            if (Request.CacheStatus is { } status)
                Request.CacheStatus = CacheStatus.WithStored(status);
            return FetchVerdict.Store;
        }

        // A part, or "not modified", is the answer to what this client has already, and says nothing about the whole.
        bool isWhole = _status is not (StatusCodes.Status206PartialContent or StatusCodes.Status304NotModified or StatusCodes.Status416RangeNotSatisfiable);
        if (isWhole && storability != Storability.NotForThisRequest)
            Forget();
        fill?.End(FillEnd.NotStored);
        return FetchVerdict.Pass;
    }

    /// <summary>Puts the answer into the store, now that its body is whole.</summary>
    public void Store(StoredBody body)
    {
        bool stored = shelf.Store.Put(key, new StoredResponse(_status, _kept, body, _receipt), _stamp);
        fill?.End(stored ? FillEnd.Stored : FillEnd.Failed);
    }

    /// <summary>Gives the storing up.</summary>
    /// <param name="isTooLarge">Whether the answer is too large for the cache, and the next one most likely will be.</param>
    /// <param name="isBroken">Whether it did not come whole.</param>
    public void GiveUp(bool isTooLarge, bool isBroken)
    {
        if (isTooLarge)
            Forget();
        fill?.End(isBroken ? FillEnd.Failed : FillEnd.NotStored);
    }

    /// <summary>Notes that a stored answer was refreshed in vain.</summary>
    public void Rest() => entry!.AskAfter = shelf.Time.GetTimestamp() + (long)(PauseAfterFailure.TotalSeconds * shelf.Time.TimestampFrequency);

    /// <summary>
    /// Whether the answer has come whole. One whose end nobody could tell, because it says neither its length nor that it comes in chunks, is no
    /// answer in the first place (<see cref="Upstream.ResponseHeadParser"/>).
    /// </summary>
    public bool IsWhole => Request.Outcome == Outcome.Completed;

    /// <summary>
    /// The stored answer with what its confirmation has changed, in the store if that may still be; it is this client's answer in any case.
    /// </summary>
    public StoredResponse Confirm()
    {
        DateTimeOffset now = shelf.Time.GetUtcNow();
        IHeaderDictionary headers = StoredHeaders.Updated(Stale!.Headers, Context.Response.Headers);
        CacheControl control = CacheControl.Parse(headers.CacheControl);
        Freshness freshness = FreshnessOf(headers, control, now);
        StoredResponse confirmed = new(Stale.Status, StoredHeaders.Kept(headers, now), Stale.Body, Receipt(headers, control, freshness, now));

        Storability storability = StoreRule.Decide(Stale.Status, headers, control, freshness, traits);
        if (storability == Storability.NotThisAnswer)
            shelf.Store.Remove(entry!, Stale);
        bool stored = storability == Storability.Store && shelf.Store.Replace(entry!, Stale, confirmed, _stamp);
        fill?.End(stored && confirmed.IsReusable ? FillEnd.Stored : FillEnd.NotStored);
        return confirmed;
    }

    private FetchVerdict JudgeError()
    {
        bool hidden = Stale is not null
            && (IsBackground || (_status is 500 or 502 or 503 or 504 && ReuseRule.MayHideError(Stale.Freshness, shelf.Time.GetElapsedTime(Stale.ReceivedAt))));
        if (hidden)
            Rest();
        fill?.End(FillEnd.Failed);
        return hidden ? FetchVerdict.HideError : FetchVerdict.Pass;
    }

    /// <summary>What is stored is no longer what the backend says, and what it says now is not for the cache.</summary>
    private void Forget()
    {
        shelf.Fills.NoteUncacheable(key);
        if (entry is not null)
            shelf.Store.Remove(entry, Stale!);
    }

    private Freshness FreshnessOf(IHeaderDictionary answer, in CacheControl control, DateTimeOffset now) =>
        Freshness.Of(answer, control, now, shelf.Time.GetElapsedTime(_startedAt));

    private StoredResponse.Receipt Receipt(IHeaderDictionary answer, in CacheControl control, in Freshness freshness, DateTimeOffset now) =>
        new(now, shelf.Time.GetTimestamp(), freshness, StoreRule.IsForAuthorized(control), VaryFields.Of(answer.Vary, Context.Request.Headers));

    /// <summary>A confirmation that names a tag is about the answer with that tag, and about no other (RFC 9111, 4.3.4).</summary>
    private bool Confirms(StringValues tag) => tag.Count == 0 || Stale!.ETag is null || Conditions.AreSame(tag.ToString(), Stale.ETag);
}
