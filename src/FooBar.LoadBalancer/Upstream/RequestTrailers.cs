using System.Collections.Frozen;
using FooBar.LoadBalancer.Edge.Strictness;
using FooBar.LoadBalancer.Tracing;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace FooBar.LoadBalancer.Upstream;

/// <summary>
/// Which fields behind a request's body go on: those that its head has announced, and that no backend could take for what a head alone may say
/// (RFC 9110, 6.5.1). A program that puts trailers among the headers would otherwise believe there what was taken out of the head.
/// </summary>
internal static class RequestTrailers
{
    private const int MostNames = 16;

    /// <summary>How to route, read, authorize or repeat a request is said before its body, or not at all.</summary>
    private static readonly FrozenSet<string> _headOnly = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        HeaderNames.Authorization,
        HeaderNames.CacheControl,
        HeaderNames.Cookie,
        HeaderNames.Date,
        HeaderNames.Expect,
        HeaderNames.Host,
        HeaderNames.MaxForwards,
        HeaderNames.Origin,
        HeaderNames.Pragma,
        HeaderNames.Range,
        HeaderNames.Referer,
        HeaderNames.SetCookie,
        HeaderNames.UserAgent,
        "Idempotency-Key",
        "Priority");

    private static readonly string[] _headOnlyPrefixes = ["Accept", "Access-Control-", "Content-", "If-", "Sec-"];

    /// <summary>The names that a head announces and that may go on, in a list as <c>Trailer</c> has it; null for none.</summary>
    public static string? Announced(IHeaderDictionary headers)
    {
        StringValues announced = headers.Trailer;
        if (announced.Count == 0)
            return null;

        List<string> names = [.. Names(announced.ToString()).Take(MostNames)];
        return names.Count == 0 ? null : string.Join(", ", names);
    }

    /// <summary>Writes the field lines that may go on. Only when the body has been read to its end.</summary>
    public static void Write(HttpContext context, RequestBuffer buffer)
    {
        if (context.Features.Get<IHttpRequestTrailersFeature>() is not { Available: true, Trailers: { Count: > 0 } trailers }
            || Announced(context.Request.Headers) is not { } announced)
        {
            return;
        }

        foreach (string name in announced.Split(", "))
        {
            foreach (string? value in trailers[name])
            {
                if (value is not null && HeaderForm.IsValue(value))
                    buffer.AppendField(name, value);
            }
        }
    }

    private static IEnumerable<string> Names(string list) => list
        .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Where(MayPass)
        .Distinct(StringComparer.OrdinalIgnoreCase);

    private static bool MayPass(string name) =>
        HeaderForm.IsName(name)
        && !HopByHop.Contains(name)
        && !ClientClaims.Contains(name)
        && !TraceContext.IsField(name)
        && !_headOnly.Contains(name)
        && !_headOnlyPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
}
