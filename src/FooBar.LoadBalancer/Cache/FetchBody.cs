using FooBar.LoadBalancer.Errors;
using FooBar.LoadBalancer.Forwarding;
using FooBar.ServiceDefaults.Bodies;
using Microsoft.AspNetCore.Http.Features;

namespace FooBar.LoadBalancer.Cache;

/// <summary>
/// Stands between the forwarder and the client for a request that the cache has let through: lets the answer pass, keeps a copy of it, or drops it
/// because a stored one is sent instead. What the client sees begins no later than without it.
/// </summary>
internal sealed class FetchBody : WriteOnlyStream
{
    private readonly Fetch _fetch;
    private readonly FillBudget _budget;
    private readonly IHttpResponseBodyFeature _feature;
    private readonly Stream _inner;
    private List<ReadOnlyMemory<byte>>? _copies;
    private LaggingWriter? _client;
    private BodyCollector? _collector;
    private FetchVerdict? _verdict;
    private bool _stored;

    private FetchBody(Fetch fetch, FillBudget budget, IHttpResponseBodyFeature feature)
    {
        _fetch = fetch;
        _budget = budget;
        _feature = feature;
        _inner = feature.Stream;
    }

    private HttpResponse Answer => _fetch.Context.Response;

    /// <summary>Puts itself in front of the response's body, until it is disposed.</summary>
    public static FetchBody Install(Fetch fetch, FillBudget budget)
    {
        IHttpResponseBodyFeature feature = fetch.Context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        FetchBody body = new(fetch, budget, feature);
        fetch.Context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(body, feature));
        return body;
    }

    /// <summary>After the forwarder is done: what becomes of the answer. What is to be stored is stored, and the client has all of it.</summary>
    public ValueTask<FetchVerdict> EndAsync() => Begin() == FetchVerdict.Store ? EndStoringAsync() : ValueTask.FromResult(Begin());

    /// <inheritdoc />
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => Begin() switch
    {
        FetchVerdict.Pass => _inner.WriteAsync(buffer, cancellationToken),
        FetchVerdict.Store => StoreAsync(buffer, cancellationToken),
        _ => ValueTask.CompletedTask,
    };

    /// <inheritdoc />
    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        FetchVerdict verdict = Begin();
        if (verdict == FetchVerdict.Pass)
            return _inner.FlushAsync(cancellationToken);
        if (verdict == FetchVerdict.Store)
            _client!.Write(default);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        _collector?.Release();
        _fetch.Context.Features.Set(_feature);
        base.Dispose(disposing);
    }

    private async ValueTask<FetchVerdict> EndStoringAsync()
    {
        if (!_stored)
        {
            if (_fetch.IsWhole && (Answer.ContentLength is null || _collector!.IsWhole))
                _fetch.Store(_collector!.ToBody());
            else
                _fetch.GiveUp(isTooLarge: false, isBroken: true);
        }

        await _client!.DrainAsync().ConfigureAwait(false);
        if (_client.HasLost && _fetch.Request.Outcome == Outcome.Completed)
        {
            _fetch.Request.Outcome = Answer.HasStarted ? Outcome.ClientAbortedResponse : Outcome.ClientAbortedRequest;
            ErrorPage.Discard(_fetch.Context, ForwardResult.ClientClosedRequest);
        }

        return FetchVerdict.Store;
    }

    private FetchVerdict Begin()
    {
        if (_verdict is { } known)
            return known;

        FetchVerdict verdict = _fetch.Judge();
        if (verdict == FetchVerdict.Store)
        {
            int limit = _fetch.Request.Settings.Options.Cache.EntryBytes;
            _collector = new BodyCollector(Answer.ContentLength, limit, _budget);
            _client = new LaggingWriter(_inner, _fetch.ClientLeft);
            _copies = [];
        }

        _verdict = verdict;
        return verdict;
    }

    private ValueTask StoreAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        _copies!.Clear();
        if (!_collector!.TryAppend(buffer.Span, _copies))
            return PassOnAsync(buffer, cancellationToken);

        // Before the client gets it: those who wait need not wait for that, too.
        if (_collector.IsWhole && !_stored)
        {
            _stored = true;
            _fetch.Store(_collector.ToBody());
        }

        foreach (ReadOnlyMemory<byte> copy in _copies)
            _client!.Write(copy);
        return ValueTask.CompletedTask;
    }

    /// <summary>It is not stored after all. From here on it goes at the client's pace again.</summary>
    private async ValueTask PassOnAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        _verdict = FetchVerdict.Pass;
        _fetch.GiveUp(_collector!.IsTooLarge, isBroken: false);
        await _client!.DrainAsync().ConfigureAwait(false);
        _collector.Release();
        await _inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
    }
}
