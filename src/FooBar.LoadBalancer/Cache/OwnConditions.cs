using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Cache;

/// <summary>
/// Puts the conditions of a stored answer into a request in place of its client's, until it is disposed. What the client has itself is looked at
/// afterwards, against what came of it.
/// </summary>
internal sealed class OwnConditions : IDisposable
{
    private readonly IHeaderDictionary _headers;
    private readonly StringValues _tags;
    private readonly StringValues _since;

    /// <summary>Puts them in.</summary>
    /// <param name="headers">The request's header fields.</param>
    /// <param name="stored">The stored answer, which has a validator.</param>
    public OwnConditions(IHeaderDictionary headers, StoredResponse stored)
    {
        _headers = headers;
        _tags = headers.IfNoneMatch;
        _since = headers.IfModifiedSince;
        headers.IfNoneMatch = stored.ETag;
        headers.IfModifiedSince = stored.LastModified;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _headers.IfNoneMatch = _tags;
        _headers.IfModifiedSince = _since;
    }
}
