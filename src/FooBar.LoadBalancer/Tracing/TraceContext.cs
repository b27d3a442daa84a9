using System.Buffers;
using System.Globalization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace FooBar.LoadBalancer.Tracing;

/// <summary>
/// The trace that a request belongs to (W3C Trace Context): the caller's, if it names one, or a new one by the request's own id. Whether it is
/// recorded is decided here and not by the caller: a stranger would choose what is kept, and how much. Immutable.
/// </summary>
/// <param name="TraceId">32 hexadecimal digits, small letters.</param>
/// <param name="SpanId">What the gateway does, within the trace: 16 hexadecimal digits.</param>
/// <param name="IsSampled">Whether whoever comes behind is to record it.</param>
/// <param name="State">What others have to say about the trace, as it came; null for nothing.</param>
internal readonly record struct TraceContext(string TraceId, ReadOnlyMemory<char> SpanId, bool IsSampled, string? State)
{
    /// <summary>The length of <c>traceparent</c> in its version 00.</summary>
    public const int ParentLength = 55;

    private const int LongestState = 512;
    private const int TraceIdStart = 3;
    private const int TraceIdLength = 32;
    private const int SpanIdStart = 36;
    private const int SpanIdLength = 16;

    private static readonly SearchValues<char> _hex = SearchValues.Create("0123456789abcdef");

    /// <summary>The trace of a request that comes in.</summary>
    /// <param name="headers">Its headers.</param>
    /// <param name="requestId">32 hexadecimal digits, of which the last sixteen are as good as random: a UUID of version 7.</param>
    /// <param name="ratio">The share of the requests that are recorded, 0 to 1.</param>
    public static TraceContext Begin(IHeaderDictionary headers, string requestId, double ratio)
    {
        ReadOnlyMemory<char> span = requestId.AsMemory(TraceIdLength - SpanIdLength);
        bool sampled = ratio > 0 && uint.Parse(span.Span[^8..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) < ratio * (1L << 32);
        StringValues parent = headers[HeaderNames.TraceParent];
        return parent.Count == 1 && TraceIdOf(parent.ToString()) is { } traceId
            ? new(traceId, span, sampled, StateOf(headers))
            : new(requestId, span, sampled, null);
    }

    /// <summary>Writes <c>traceparent</c> for the next one, <see cref="ParentLength"/> characters.</summary>
    public void WriteParent(Span<char> parent)
    {
        "00-".CopyTo(parent);
        TraceId.CopyTo(parent[TraceIdStart..]);
        parent[SpanIdStart - 1] = '-';
        SpanId.Span.CopyTo(parent[SpanIdStart..]);
        (IsSampled ? "-01" : "-00").CopyTo(parent[(SpanIdStart + SpanIdLength)..]);
    }

    /// <summary>The same as a string.</summary>
    public string ToParent() => string.Create(ParentLength, this, static (parent, trace) => trace.WriteParent(parent));

    /// <summary>Whether a header is about traces: the gateway says itself what goes on.</summary>
    public static bool IsField(string name) =>
        name.Equals(HeaderNames.TraceParent, StringComparison.OrdinalIgnoreCase) || name.Equals(HeaderNames.TraceState, StringComparison.OrdinalIgnoreCase);

    /// <summary>Later versions may say more, behind a dash, and are read as far as they are known (W3C Trace Context, 3.2.2).</summary>
    private static string? TraceIdOf(string parent)
    {
        bool isWellFormed = parent.Length >= ParentLength
            && IsHex(parent.AsSpan(0, 2)) && !parent.StartsWith("ff", StringComparison.Ordinal)
            && (parent.Length == ParentLength || (!parent.StartsWith("00", StringComparison.Ordinal) && parent[ParentLength] == '-'))
            && parent[2] == '-' && parent[SpanIdStart - 1] == '-' && parent[SpanIdStart + SpanIdLength] == '-'
            && IsId(parent.AsSpan(TraceIdStart, TraceIdLength)) && IsId(parent.AsSpan(SpanIdStart, SpanIdLength))
            && IsHex(parent.AsSpan(ParentLength - 2, 2));
        return isWellFormed ? parent.Substring(TraceIdStart, TraceIdLength) : null;
    }

    private static string? StateOf(IHeaderDictionary headers)
    {
        StringValues state = headers[HeaderNames.TraceState];
        return state.Count > 0 && state.ToString() is { Length: > 0 and <= LongestState } text ? text : null;
    }

    private static bool IsId(ReadOnlySpan<char> id) => IsHex(id) && id.ContainsAnyExcept('0');

    private static bool IsHex(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(_hex);
}
