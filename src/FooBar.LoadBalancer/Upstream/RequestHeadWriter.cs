using System.Collections.Frozen;
using System.Diagnostics;
using System.Globalization;
using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Forwarding;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace FooBar.LoadBalancer.Upstream;

/// <summary>
/// Writes the head of a request as the backend gets it: in one form, whatever the client's was, with what the backend must be able to believe: who
/// asked, over what, for which host, under which request id.
/// </summary>
internal static class RequestHeadWriter
{
    private const string ForwardedPrefix = "X-Forwarded-";

    /// <summary>What belongs to the client's connection (RFC 9110, 7.6.1), what says where a body ends, and what this gateway says itself.</summary>
    private static readonly FrozenSet<string> _notPassed = new[]
    {
        HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.ProxyConnection, HeaderNames.ProxyAuthenticate, HeaderNames.ProxyAuthorization, HeaderNames.TE, HeaderNames.Trailer,
        HeaderNames.TransferEncoding, HeaderNames.Upgrade, "HTTP2-Settings", HeaderNames.ContentLength, HeaderNames.Host,

        // Answered here: the client is told to go on when its body is read for the first time.
        HeaderNames.Expect,

        // This is the edge: nobody before it may speak about the client. Appending to what a client sent would let it choose its own
        // address in every backend that reads the list from the left.
        "Forwarded", "X-Real-IP", GatewayRequest.IdHeader,
        HeaderNames.TraceParent, HeaderNames.TraceState,
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the body's length is known: it is sent with Content-Length then, and in chunks otherwise.</summary>
    public static bool HasLength(HttpContext context) => context.Request.ContentLength is not null;

    /// <summary>Writes the head.</summary>
    /// <param name="context">The request as the server has read it.</param>
    /// <param name="hasBody">Whether a body follows.</param>
    /// <param name="buffer">Gets the head.</param>
    public static void Write(HttpContext context, bool hasBody, RequestBuffer buffer)
    {
        HttpRequest request = context.Request;
        GatewayRequest gateway = GatewayRequest.Of(context);
        buffer.Append(request.Method);
        buffer.Append(" "u8);

        // Not the target as it was sent: what was checked is the decoded path, and the backend must find the same one in it.
        buffer.Append(request.Path.HasValue ? request.Path.ToUriComponent() : "/");
        if (request.QueryString.HasValue)
            buffer.Append(request.QueryString.Value!);
        buffer.Append(" HTTP/1.1\r\n"u8);

        buffer.AppendField(HeaderNames.Host, request.Host.Value ?? "");
        WriteFields(request.Headers, buffer);
        buffer.AppendField("X-Forwarded-For", gateway.ClientAddress);
        buffer.AppendField("X-Forwarded-Proto", request.Scheme);
        buffer.AppendField("X-Forwarded-Host", request.Host.Value ?? "");
        buffer.AppendField(GatewayRequest.IdHeader, gateway.Id);
        WriteTrace(Activity.Current, buffer);
        WriteFraming(request, hasBody, buffer);
        buffer.Append("\r\n"u8);
    }

    private static void WriteFields(IHeaderDictionary headers, RequestBuffer buffer)
    {
        string? perHop = headers.Connection.Count > 0 ? headers.Connection.ToString() : null;
        foreach ((string name, StringValues values) in headers)
        {
            if (_notPassed.Contains(name)
                || name.StartsWith(ForwardedPrefix, StringComparison.OrdinalIgnoreCase)
                || (perHop is not null && IsNamed(perHop, name)))
            {
                continue;
            }

            if (values.Count == 1)
                buffer.AppendField(name, values.ToString());
            else if (name.Equals(HeaderNames.Cookie, StringComparison.OrdinalIgnoreCase))
                buffer.AppendField(name, string.Join("; ", values.ToArray())); // HTTP/2 may send each pair by itself (RFC 9113, 8.2.3).
            else
                foreach (string? value in values)
                    buffer.AppendField(name, value ?? "");
        }
    }

    /// <summary>Whether Connection names the field: then it is for this connection alone.</summary>
    private static bool IsNamed(string perHop, string name)
    {
        foreach (Range option in perHop.AsSpan().Split(','))
        {
            if (perHop.AsSpan(option).Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static void WriteTrace(Activity? activity, RequestBuffer buffer)
    {
        if (activity is not { IdFormat: ActivityIdFormat.W3C, Id: { } id })
            return;
        buffer.AppendField(HeaderNames.TraceParent, id);
        if (activity.TraceStateString is { Length: > 0 } state)
            buffer.AppendField(HeaderNames.TraceState, state);
    }

    private static void WriteFraming(HttpRequest request, bool hasBody, RequestBuffer buffer)
    {
        if (hasBody && request.ContentLength is null)
        {
            buffer.Append("Transfer-Encoding: chunked\r\n"u8);
            return;
        }

        // Without content most methods mean none; for these a backend expects to be told (RFC 9110, 8.6).
        if (hasBody || request.ContentLength is not null || !RetryRule.IsSafe(request.Method))
            buffer.AppendField(HeaderNames.ContentLength, (request.ContentLength ?? 0).ToString(CultureInfo.InvariantCulture));
    }
}
