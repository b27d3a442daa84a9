using FooBar.LoadBalancer.Configuration;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Cache;

/// <summary>Which reads pass the cache by, in both directions. Immutable.</summary>
/// <param name="options">The names of cookies and header fields.</param>
internal sealed class CacheBypass(CacheOptions options)
{
    private readonly string[] _headers = [.. options.BypassHeaders];
    private readonly string[] _cookies = [.. options.BypassCookies];

    /// <summary>Whether this GET or HEAD does.</summary>
    public bool Covers(HttpContext context)
    {
        HttpRequest request = context.Request;
        IHeaderDictionary headers = request.Headers;

        // A body is in no key: whoever sends one with GET could have the answer to it stored for all.
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } || headers.Upgrade.Count > 0)
            return true;

        // The backend may repeat the host in its answer, so it is in the key as it came; but one site must have one key, or a change would leave
        // the others standing. No browser sends capital letters.
        if (request.Host.Value is not { } host || host.AsSpan().ContainsAnyInRange('A', 'Z') || CacheKey.TargetOf(context) is not ['/', ..])
            return true;

        // Fields that Connection names do not reach the backend: what it answers is not for the others that have them.
        if (headers.Connection.Count > 0 && !IsPlain(headers.Connection))
            return true;

        // Conditions that only the origin can judge (RFC 9111, 4.3.2).
        if (headers.IfMatch.Count > 0 || headers.IfUnmodifiedSince.Count > 0)
            return true;

        foreach (string name in _headers)
        {
            if (headers.ContainsKey(name))
                return true;
        }

        return headers.Cookie.Count > 0 && NamesOne(headers.Cookie);
    }

    private static bool IsPlain(StringValues connection) =>
        connection.Count == 1
        && (connection[0]!.Equals("keep-alive", StringComparison.OrdinalIgnoreCase) || connection[0]!.Equals("close", StringComparison.OrdinalIgnoreCase));

    private bool NamesOne(StringValues lines)
    {
        foreach (string? line in lines)
        {
            // The comma, too: there are servers that take it for a separator, and what they find behind it must not be overlooked here.
            ReadOnlySpan<char> rest = line;
            while (!rest.IsEmpty)
            {
                int end = rest.IndexOfAny(';', ',');
                ReadOnlySpan<char> pair = end < 0 ? rest : rest[..end];
                int equals = pair.IndexOf('=');
                if (IsNamed((equals < 0 ? pair : pair[..equals]).Trim()))
                    return true;
                rest = end < 0 ? default : rest[(end + 1)..];
            }
        }

        return false;
    }

    private bool IsNamed(ReadOnlySpan<char> cookie)
    {
        foreach (string name in _cookies)
        {
            // ASP.NET Core finds a cookie by any case of its name.
            if (name is [.., '*']
                ? cookie.StartsWith(name.AsSpan(0, name.Length - 1), StringComparison.OrdinalIgnoreCase)
                : cookie.Equals(name, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}
