using System.Collections.Frozen;
using FooBar.LoadBalancer.Edge;
using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Cache;

/// <summary>Which header fields are kept with an answer, and how a confirmation changes them (RFC 9111, 3.1 and 3.2). Pure functions.</summary>
internal static class StoredHeaders
{
    /// <summary>
    /// Those of one connection or one exchange; those that the gateway sets on every answer itself; and the length, which is the body's. What
    /// the Connection field names was taken out before (<see cref="Upstream.ResponseFields"/>).
    /// </summary>
    private static readonly FrozenSet<string> NotKept = new[]
    {
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", "Set-Cookie", "Age", CacheStatus.Field, "Content-Length", "Server", "Strict-Transport-Security",
        GatewayRequest.IdHeader,
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Those that say what the stored bytes are. A confirmation has no bytes, so it cannot say it anew.</summary>
    private static readonly FrozenSet<string> OfTheBody =
        new[] { "Content-Encoding", "Content-Range" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Those that a 304 must or may have (RFC 9110, 15.4.5): the client has the rest.</summary>
    private static readonly FrozenSet<string> OfNotModified = new[]
    {
        "Cache-Control", "Content-Location", "Date", "ETag", "Expires", "Last-Modified", "Vary",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>What is kept of an answer's fields. There is always a Date: who got an answer without one adds it (RFC 9110, 6.6.1).</summary>
    public static KeyValuePair<string, StringValues>[] Kept(IHeaderDictionary answer, DateTimeOffset now)
    {
        List<KeyValuePair<string, StringValues>> kept = new(answer.Count + 1);
        foreach (KeyValuePair<string, StringValues> field in answer)
        {
            if (!NotKept.Contains(field.Key))
                kept.Add(field);
        }

        if (answer.Date.Count == 0)
            kept.Add(new("Date", HttpDate.Format(now)));
        return [.. kept];
    }

    /// <summary>The fields of a stored answer that was confirmed, as if they had come whole: for the rules, and then for <see cref="Kept"/>.</summary>
    /// <param name="stored">What was kept.</param>
    /// <param name="confirmation">The fields of the 304, or of an answer to HEAD.</param>
    public static IHeaderDictionary Updated(ReadOnlySpan<KeyValuePair<string, StringValues>> stored, IHeaderDictionary confirmation)
    {
        HeaderDictionary updated = new(stored.Length + 4);
        foreach (KeyValuePair<string, StringValues> field in stored)
            updated[field.Key] = field.Value;
        foreach (KeyValuePair<string, StringValues> field in confirmation)
        {
            if (!OfTheBody.Contains(field.Key))
                updated[field.Key] = field.Value;
        }

        // It was confirmed now, if it does not say when.
        if (confirmation.Date.Count == 0)
            updated.Remove("Date");
        return updated;
    }

    /// <summary>What of a stored answer goes into a 304.</summary>
    public static KeyValuePair<string, StringValues>[] ForNotModified(ReadOnlySpan<KeyValuePair<string, StringValues>> stored)
    {
        List<KeyValuePair<string, StringValues>> fields = [];
        foreach (KeyValuePair<string, StringValues> field in stored)
        {
            if (OfNotModified.Contains(field.Key))
                fields.Add(field);
        }

        return [.. fields];
    }

    /// <summary>Bytes of memory.</summary>
    public static long Size(ReadOnlySpan<KeyValuePair<string, StringValues>> fields)
    {
        long size = MemorySize.Array(16L * fields.Length);
        foreach (KeyValuePair<string, StringValues> field in fields)
        {
            size += MemorySize.Of(field.Key);
            foreach (string? value in field.Value)
                size += MemorySize.Of(value);
            if (field.Value.Count > 1)
                size += MemorySize.Array(8L * field.Value.Count);
        }

        return size;
    }
}
