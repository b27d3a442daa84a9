using System.Collections.Frozen;
using FooBar.LoadBalancer.Edge.Strictness;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace FooBar.LoadBalancer.Upstream;

/// <summary>Copies an answer's fields to the client's, without those that belong to the backend's connection (RFC 9110, 7.6.1).</summary>
internal static class ResponseFields
{
    /// <summary>What a trailer may not say, because it would come too late or change what was said (RFC 9110, 6.5.1).</summary>
    private static readonly FrozenSet<string> _notInTrailers = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        HeaderNames.SetCookie,
        HeaderNames.CacheControl,
        HeaderNames.ContentType,
        HeaderNames.ContentEncoding,
        HeaderNames.ContentRange,
        HeaderNames.Location,
        HeaderNames.Vary,
        HeaderNames.Host);

    /// <summary>Copies the head's fields and its length.</summary>
    public static void Copy(ResponseHead head, HttpResponse response)
    {
        IHeaderDictionary headers = response.Headers;
        string? perHop = null;
        foreach (HeaderField field in head.Fields)
        {
            if (field.Name.Equals(HeaderNames.Connection, StringComparison.OrdinalIgnoreCase))
                perHop = perHop is null ? field.Value : $"{perHop},{field.Value}";
        }

        foreach ((string name, string value) in head.Fields)
        {
            if (IsNotPassed(name) || (perHop is not null && IsNamed(perHop, name)))
                continue;
            StringValues before = headers[name];
            headers[name] = before.Count == 0 ? value : StringValues.Concat(before, value);
        }

        if (head.ContentLength is { } length && head.Status != StatusCodes.Status204NoContent)
            headers.ContentLength = length;
        if (head.IsChunked && head.Fields.FirstOrDefault(field => field.Name == HeaderNames.Trailer).Value is { } trailer && response.SupportsTrailers())
            headers.Trailer = trailer;
    }

    /// <summary>Copies the trailers, where the client's protocol has them.</summary>
    public static void CopyTrailers(HeaderField[] trailers, HttpContext context)
    {
        if (trailers.Length == 0 || context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers is not { IsReadOnly: false } target)
            return;
        foreach ((string name, string value) in trailers)
        {
            if (!IsNotPassed(name) && !_notInTrailers.Contains(name))
                target.Append(name, value);
        }
    }

    private static bool IsNotPassed(string name) =>
        HopByHop.Contains(name) || name.Equals(HeaderNames.ContentLength, StringComparison.OrdinalIgnoreCase);

    private static bool IsNamed(string perHop, string name)
    {
        foreach (Range option in perHop.AsSpan().Split(','))
        {
            if (perHop.AsSpan(option).Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}
