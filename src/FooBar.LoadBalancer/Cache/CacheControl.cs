using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Cache;

/// <summary>
/// What a Cache-Control field says, of a request or of an answer (RFC 9111, 5.2). Of a directive that comes twice, the first counts. Directives
/// that may name fields (<c>private</c>, <c>no-cache</c>) are taken as if they named none, which is the stricter reading.
/// </summary>
internal struct CacheControl
{
    /// <summary>Longest time that is told apart (RFC 9111, 1.2.2): 68 years.</summary>
    public const long Longest = int.MaxValue;

    public bool NoStore { get; private set; }

    public bool NoCache { get; private set; }

    public bool Private { get; private set; }

    public bool Public { get; private set; }

    public bool MustRevalidate { get; private set; }

    public bool ProxyRevalidate { get; private set; }

    public bool MustUnderstand { get; private set; }

    public bool OnlyIfCached { get; private set; }

    /// <summary>Seconds; null if it is not there, and 0 if it is no number: an answer whose time cannot be read is stale.</summary>
    public long? MaxAge { get; private set; }

    /// <summary>As <see cref="MaxAge"/>, for shared caches.</summary>
    public long? SharedMaxAge { get; private set; }

    /// <summary>Seconds; null if it is not there (RFC 5861, 3).</summary>
    public long? StaleWhileRevalidate { get; private set; }

    /// <summary>Seconds; null if it is not there (RFC 5861, 4).</summary>
    public long? StaleIfError { get; private set; }

    /// <summary>Seconds; <see cref="Longest"/> if the client names none.</summary>
    public long? MaxStale { get; private set; }

    /// <summary>Seconds.</summary>
    public long? MinFresh { get; private set; }

    /// <summary>Reads a field's lines.</summary>
    public static CacheControl Parse(StringValues lines)
    {
        CacheControl control = default;
        foreach (string? line in lines)
            control.Read(line);
        return control;
    }

    private void Read(ReadOnlySpan<char> rest)
    {
        while (true)
        {
            rest = rest.TrimStart(" \t,");
            if (rest.IsEmpty)
                return;

            int end = rest.IndexOfAny('=', ',');
            ReadOnlySpan<char> name = end < 0 ? rest : rest[..end];
            bool hasValue = end >= 0 && rest[end] == '=';
            rest = end < 0 ? default : rest[end..];
            ReadOnlySpan<char> value = hasValue ? ReadValue(ref rest) : default;

            // "max-age =1" is a mistake, and a time that is one is over.
            ReadOnlySpan<char> trimmed = name.TrimEnd(" \t");
            Take(trimmed, trimmed.Length < name.Length ? default : value, hasValue);
        }
    }

    /// <summary>The value behind the equals sign that <paramref name="rest"/> begins with, without its quotes.</summary>
    private static ReadOnlySpan<char> ReadValue(ref ReadOnlySpan<char> rest)
    {
        rest = rest[1..];
        if (rest is not ['"', ..])
        {
            int comma = rest.IndexOf(',');
            ReadOnlySpan<char> token = comma < 0 ? rest : rest[..comma];
            rest = rest[token.Length..];
            return token.TrimEnd(" \t");
        }

        // A comma or a directive's name inside the quotes is text. What was never closed goes to the end.
        int close = 1;
        while (close < rest.Length && rest[close] != '"')
            close += rest[close] == '\\' ? 2 : 1;
        close = Math.Min(close, rest.Length);
        ReadOnlySpan<char> quoted = rest[1..close];
        rest = rest[Math.Min(close + 1, rest.Length)..];
        int next = rest.IndexOf(',');
        rest = next < 0 ? default : rest[next..];
        return quoted;
    }

    private void Take(ReadOnlySpan<char> name, ReadOnlySpan<char> value, bool hasValue)
    {
        if (Is(name, "no-store"))
            NoStore = true;
        else if (Is(name, "no-cache"))
            NoCache = true;
        else if (Is(name, "private"))
            Private = true;
        else if (Is(name, "public"))
            Public = true;
        else if (Is(name, "must-revalidate"))
            MustRevalidate = true;
        else if (Is(name, "proxy-revalidate"))
            ProxyRevalidate = true;
        else if (Is(name, "must-understand"))
            MustUnderstand = true;
        else if (Is(name, "only-if-cached"))
            OnlyIfCached = true;
        else if (Is(name, "max-age"))
            MaxAge ??= Seconds(value);
        else if (Is(name, "s-maxage"))
            SharedMaxAge ??= Seconds(value);
        else if (Is(name, "stale-while-revalidate"))
            StaleWhileRevalidate ??= Seconds(value);
        else if (Is(name, "stale-if-error"))
            StaleIfError ??= Seconds(value);
        else if (Is(name, "max-stale"))
            MaxStale ??= hasValue ? Seconds(value) : Longest;
        else if (Is(name, "min-fresh"))
            MinFresh ??= Seconds(value);
    }

    private static bool Is(ReadOnlySpan<char> name, string directive) => name.Equals(directive, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads delta-seconds (RFC 9111, 1.2.2); what is none counts as 0.</summary>
    private static long Seconds(ReadOnlySpan<char> text) => DeltaSeconds.Parse(text) ?? 0;
}

/// <summary>Times in whole seconds, as Cache-Control and Age have them.</summary>
internal static class DeltaSeconds
{
    /// <summary>Digits alone, at most <see cref="CacheControl.Longest"/>; null for anything else.</summary>
    public static long? Parse(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text.ContainsAnyExceptInRange('0', '9'))
            return null;

        // A number of any length: what is too large for the type is the longest time there is.
        long seconds = 0;
        foreach (char digit in text)
            seconds = Math.Min((seconds * 10) + (digit - '0'), CacheControl.Longest);
        return seconds;
    }
}
