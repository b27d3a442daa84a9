using System.Collections.Frozen;
using System.Globalization;
using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Edge.Strictness;
using FooBar.LoadBalancer.Forwarding;
using FooBar.LoadBalancer.Tracing;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace FooBar.LoadBalancer.Upstream;

/// <summary>
/// Writes the head of a request as the backend gets it: in one form, whatever the client's was, with what the backend must be able to believe: who
/// asked, over what, for which host, under which request id.
/// </summary>
internal static class RequestHeadWriter
{
    /// <summary>What this gateway says itself, or answers itself: the client is told to go on when its body is read for the first time.</summary>
    private static readonly FrozenSet<string> _ours = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        HeaderNames.ContentLength,
        HeaderNames.Host,
        HeaderNames.Expect,
        HeaderNames.TraceParent,
        HeaderNames.TraceState);

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

        // As it came: that is what was judged (RequestTarget.Fault), and nothing in it can end the line.
        buffer.Append(RequestTarget.OriginForm(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget));
        buffer.Append(" HTTP/1.1\r\n"u8);

        buffer.AppendField(HeaderNames.Host, request.Host.Value ?? "");
        WriteFields(request.Headers, buffer);
        buffer.AppendField("X-Forwarded-For", gateway.ClientAddress);
        buffer.AppendField("X-Forwarded-Proto", request.Scheme);
        buffer.AppendField("X-Forwarded-Host", request.Host.Value ?? "");
        buffer.AppendField(GatewayRequest.IdHeader, gateway.Id);
        WriteTrace(gateway.Trace, buffer);
        WriteFraming(request, hasBody, buffer);
        buffer.Append("\r\n"u8);
    }

    private static void WriteFields(IHeaderDictionary headers, RequestBuffer buffer)
    {
        foreach ((string name, StringValues values) in headers)
        {
            if (_ours.Contains(name) || HopByHop.Contains(name) || ClientClaims.Contains(name))
                continue;

            if (values.Count == 1)
                buffer.AppendField(name, values.ToString());
            else if (name.Equals(HeaderNames.Cookie, StringComparison.OrdinalIgnoreCase))
                buffer.AppendField(name, string.Join("; ", values.ToArray())); // HTTP/2 may send each pair by itself (RFC 9113, 8.2.3).
            else
                foreach (string? value in values)
                    buffer.AppendField(name, value ?? "");
        }
    }

    private static void WriteTrace(in TraceContext trace, RequestBuffer buffer)
    {
        Span<char> parent = stackalloc char[TraceContext.ParentLength];
        trace.WriteParent(parent);
        buffer.AppendField(HeaderNames.TraceParent, parent);
        if (trace.State is { } state)
            buffer.AppendField(HeaderNames.TraceState, state);
    }

    private static void WriteFraming(HttpRequest request, bool hasBody, RequestBuffer buffer)
    {
        if (hasBody && request.ContentLength is null)
        {
            buffer.Append("Transfer-Encoding: chunked\r\n"u8);
            if (RequestTrailers.Announced(request.Headers) is { } trailers)
                buffer.AppendField(HeaderNames.Trailer, trailers);
            return;
        }

        // Without content most methods mean none; for these a backend expects to be told (RFC 9110, 8.6).
        if (hasBody || request.ContentLength is not null || !RetryRule.IsSafe(request.Method))
            buffer.AppendField(HeaderNames.ContentLength, (request.ContentLength ?? 0).ToString(CultureInfo.InvariantCulture));
    }
}
