using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Cache;

/// <summary>What a client may know already of a stored answer (RFC 9110, 13; RFC 9111, 4.3.2). Pure functions.</summary>
internal static class Conditions
{
    private const string WeakPrefix = "W/";

    /// <summary>Whether the request has a condition that a cache may answer.</summary>
    public static bool AreIn(IHeaderDictionary request) => request.IfNoneMatch.Count > 0 || request.IfModifiedSince.Count > 0;

    /// <summary>Whether the client has the stored answer already: 304.</summary>
    public static bool SayNotModified(IHeaderDictionary request, StoredResponse stored, DateTimeOffset now)
    {
        // Where both are there, the date is for those that know no tags (RFC 9110, 13.1.3).
        StringValues tags = request.IfNoneMatch;
        if (tags.Count > 0)
            return Names(tags, stored.ETag);

        StringValues since = request.IfModifiedSince;
        return since.Count == 1
            && HttpDate.Parse(since[0], now) is { } date
            && (stored.LastModifiedAt ?? stored.Date) <= date;
    }

    /// <summary>Whether a range of the stored answer is what the client has the rest of (RFC 9110, 13.1.5).</summary>
    public static bool MayBeContinued(IHeaderDictionary request, StoredResponse stored)
    {
        StringValues condition = request.IfRange;
        if (condition.Count == 0)
            return true;

        // A tag must be the same to the last byte. A date is compared as text, as it was given; and it may stand for two versions of one second,
        // so it counts only when the answer is clearly younger (RFC 9110, 8.8.2.2).
        string? value = condition.Count == 1 ? condition[0] : null;
        return value is ['"', ..]
            ? value.Equals(stored.ETag, StringComparison.Ordinal)
            : value is not null
                && value.Equals(stored.LastModified, StringComparison.Ordinal)
                && stored.LastModifiedAt < stored.Date - TimeSpan.FromSeconds(1);
    }

    /// <summary>Whether two tags name the same thing, though perhaps not the same bytes (RFC 9110, 8.8.3.2).</summary>
    public static bool AreSame(ReadOnlySpan<char> one, ReadOnlySpan<char> other) =>
        Opaque(one).Equals(Opaque(other), StringComparison.Ordinal);

    /// <summary>Whether a list of tags has this one.</summary>
    private static bool Names(StringValues lines, string? tag)
    {
        foreach (string? line in lines)
        {
            ReadOnlySpan<char> rest = line.AsSpan().Trim(" \t");
            if (rest is "*")
                return true;
            while (tag is not null && !rest.IsEmpty)
            {
                ReadOnlySpan<char> next = NextTag(ref rest);
                if (!next.IsEmpty && AreSame(next, tag))
                    return true;
            }
        }

        return false;
    }

    /// <summary>The next element, which may hold commas inside its quotes.</summary>
    private static ReadOnlySpan<char> NextTag(ref ReadOnlySpan<char> rest)
    {
        int open = rest.IndexOfAny('"', ',');
        int close = open >= 0 && rest[open] == '"' ? rest[(open + 1)..].IndexOf('"') : -1;
        int from = close < 0 ? 0 : open + close + 2;
        int comma = rest[from..].IndexOf(',');
        int end = comma < 0 ? rest.Length : from + comma;
        ReadOnlySpan<char> tag = rest[..end].Trim(" \t");
        rest = rest[Math.Min(end + 1, rest.Length)..];
        return tag;
    }

    private static ReadOnlySpan<char> Opaque(ReadOnlySpan<char> tag) => tag.StartsWith(WeakPrefix, StringComparison.Ordinal) ? tag[WeakPrefix.Length..] : tag;
}
