using System.Buffers;
using System.Globalization;

namespace FooBar.LoadBalancer.Edge.Strictness;

/// <summary>
/// The request target (RFC 9112, 3.2) as it came. The backend gets these very characters, so they are what is judged, and not the path that
/// the server has decoded from them: encoded anew, that would be another target (<c>/a%2Fb</c> and <c>/a%252Fb</c> decode to the same).
/// </summary>
internal static class RequestTarget
{
    /// <summary>
    /// Visible ASCII but for what no browser sends as it is: quotation mark, angle brackets, and the fragment's sign. What browsers do send
    /// against RFC 3986, as <c>|</c> or <c>{</c>, every server reads alike.
    /// </summary>
    private static readonly SearchValues<char> Allowed = SearchValues.Create(
        [.. Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code).Except("\"#<>")]);

    private static readonly SearchValues<char> Conspicuous = SearchValues.Create("%\\");

    /// <summary>The pages of the processes themselves, below which nothing exists for a client.</summary>
    private static readonly string[] InnerPages = ["health", "metrics"];

    /// <summary>What is wrong with it; null if nothing is.</summary>
    /// <param name="target">The target as it came.</param>
    /// <param name="scheme">The connection's scheme.</param>
    /// <param name="host">The request's host.</param>
    public static Refusal? Fault(ReadOnlySpan<char> target, string scheme, string host)
    {
        if (target.IndexOfAnyExcept(Allowed) >= 0)
            return Refusal.Target;
        if (!IsOriginForm(target))
        {
            if (!TrySplitAbsolute(target, out ReadOnlySpan<char> itsScheme, out ReadOnlySpan<char> authority, out _))
                return Refusal.Target;
            if (!itsScheme.Equals(scheme, StringComparison.OrdinalIgnoreCase))
                return Refusal.Target;
            if (!authority.Equals(host, StringComparison.OrdinalIgnoreCase))
                return Refusal.Host;
        }

        // The server has decoded the path of an absolute form with other rules than that of the usual one.
        ReadOnlySpan<char> path = PathOf(target);
        if (!IsOriginForm(target) && path.Contains('%'))
            return Refusal.Target;
        bool plain = path.IndexOfAny(Conspicuous) < 0 && path.IndexOf("/.", StringComparison.Ordinal) < 0;
        return plain || IsUnambiguous(path) ? null : Refusal.Path;
    }

    /// <summary>Path and query as they came, for a target without <see cref="Fault"/>.</summary>
    public static string OriginForm(string target)
    {
        if (IsOriginForm(target))
            return target;
        _ = TrySplitAbsolute(target, out _, out _, out ReadOnlySpan<char> rest);
        return rest.IsEmpty || rest[0] != '/' ? $"/{rest}" : rest.ToString();
    }

    /// <summary>Whether it leads to a page of the processes themselves, however a server would read it.</summary>
    public static bool IsInnerPage(ReadOnlySpan<char> target)
    {
        ReadOnlySpan<char> path = PathOf(target);
        ReadOnlySpan<char> rest = path;
        while (!rest.IsEmpty && Next(ref rest) == '/')
            path = rest;

        foreach (string page in InnerPages)
        {
            if (BeginsWith(path, page))
                return true;
        }

        return false;
    }

    private static bool IsOriginForm(ReadOnlySpan<char> target) => target.Length > 0 && target[0] == '/';

    /// <summary>The path of either form; a slash alone for an absolute form without one.</summary>
    private static ReadOnlySpan<char> PathOf(ReadOnlySpan<char> target)
    {
        if (!IsOriginForm(target))
            _ = TrySplitAbsolute(target, out _, out _, out target);
        int query = target.IndexOf('?');
        ReadOnlySpan<char> path = query < 0 ? target : target[..query];
        return path.IsEmpty ? "/" : path;
    }

    private static bool TrySplitAbsolute(
        ReadOnlySpan<char> target, out ReadOnlySpan<char> scheme, out ReadOnlySpan<char> authority, out ReadOnlySpan<char> rest)
    {
        scheme = authority = rest = default;
        int colon = target.IndexOf("://", StringComparison.Ordinal);
        if (colon <= 0)
            return false;

        scheme = target[..colon];
        ReadOnlySpan<char> after = target[(colon + 3)..];
        int end = after.IndexOfAny('/', '?');
        authority = end < 0 ? after : after[..end];
        rest = end < 0 ? default : after[end..];
        return true;
    }

    /// <summary>
    /// Whether every server reads the same segments in it: no dot segment, however it is encoded and with or without parameters
    /// (<c>..;</c>), no backslash, no encoded control character, and no percent sign that encodes nothing.
    /// </summary>
    private static bool IsUnambiguous(ReadOnlySpan<char> path)
    {
        int dots = 0;
        bool onlyDots = true;
        while (!path.IsEmpty)
        {
            int next = Next(ref path);
            if (next is < ' ' or '\x7f' or '\\')
                return false;
            if (next is '/' or ';')
            {
                if (onlyDots && dots is 1 or 2)
                    return false;
                dots = 0;
                onlyDots = next == '/';
            }
            else if (next == '.')
            {
                dots++;
            }
            else
            {
                onlyDots = false;
            }
        }

        return !onlyDots || dots is not (1 or 2);
    }

    private static bool BeginsWith(ReadOnlySpan<char> path, string page)
    {
        foreach (char expected in page)
        {
            if (path.IsEmpty || (Next(ref path) | 0x20) != expected)
                return false;
        }

        return path.IsEmpty || Next(ref path) is '/' or ';' or '\\';
    }

    /// <summary>Takes the next character, decoded; -1 for a percent sign that encodes nothing.</summary>
    private static int Next(ref ReadOnlySpan<char> path)
    {
        char first = path[0];
        if (first != '%')
        {
            path = path[1..];
            return first;
        }

        if (path.Length < 3 || !byte.TryParse(path[1..3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte octet))
        {
            path = path[1..];
            return -1;
        }

        path = path[3..];
        return octet;
    }
}
