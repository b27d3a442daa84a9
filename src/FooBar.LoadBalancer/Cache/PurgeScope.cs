namespace FooBar.LoadBalancer.Cache;

/// <summary>What a person wants forgotten: one address with all its variants, all below one, or everything. Immutable.</summary>
internal sealed class PurgeScope
{
    /// <summary>The only one: over plain HTTP there are but redirects, and they are not stored.</summary>
    private const string Scheme = "https";
    private const int UsualPort = 443;

    private readonly string _target;
    private readonly bool _below;

    private PurgeScope(string host, string target, bool below) => (Host, _target, _below) = (host, target, below);

    /// <summary>Everything.</summary>
    public static PurgeScope All { get; } = new("", "", below: true);

    /// <summary>The host as the address names it; without a port, every port of it is meant. Empty: every host.</summary>
    public string Host { get; }

    /// <summary>
    /// Reads an address: <c>https://HOST[:PORT]/PATH?QUERY</c>, as visitors ask for it. The target is taken as it is written, as answers are stored
    /// under it as it came, but for letters beyond ASCII, which a browser encodes. Null when it is no such address.
    /// </summary>
    /// <param name="url">The address.</param>
    /// <param name="below">Whether all below its path is meant, itself and every query included; it may have no query then.</param>
    public static PurgeScope? Read(string url, bool below)
    {
        const string Start = $"{Scheme}://";
        if (!url.StartsWith(Start, StringComparison.OrdinalIgnoreCase))
            return null;
        ReadOnlySpan<char> rest = url.AsSpan(Start.Length);
        int end = rest.IndexOfAny('/', '?', '#');
        string target = end < 0 ? "/" : rest[end] == '/' ? rest[end..].ToString() : $"/{rest[end..]}";
        if (HostOf((end < 0 ? rest : rest[..end]).ToString()) is not { } host)
            return null;
        return target.Any(letter => letter is <= ' ' or '#' or '\x7f') || (below && target.Contains('?')) ? null : new PurgeScope(host, Encoded(target), below);
    }

    /// <summary>Whether what is stored under this key is meant.</summary>
    public bool Covers(in CacheKey key) =>
        Host.Length == 0
        || (key.Scheme == Scheme && IsOf(key.Host) && (_below ? IsBelow(key.Target) : key.Target == _target));

    private bool IsOf(string host) =>
        host.Equals(Host, StringComparison.OrdinalIgnoreCase)
        || (host.StartsWith(Host, StringComparison.OrdinalIgnoreCase) && host.AsSpan(Host.Length) is [':', .. var port] && !port.Contains(']'));

    /// <summary>A folder's name is not that of another that begins the same.</summary>
    private bool IsBelow(string target) =>
        target.StartsWith(_target, StringComparison.Ordinal) && (_target[^1] == '/' || target.AsSpan(_target.Length) is [] or ['/' or '?', ..]);

    /// <summary>Without the port that goes without saying: a browser leaves it out, and then every port is meant. Null: it is no host.</summary>
    private static string? HostOf(string authority)
    {
        HostString host = new(authority);
        if (Uri.CheckHostName(host.Host) == UriHostNameType.Unknown)
            return null;
        int colon = authority.LastIndexOf(':');
        if (colon <= authority.LastIndexOf(']'))
            return authority;
        return host.Port is not (> 0 and <= ushort.MaxValue) ? null : host.Port == UsualPort ? authority[..colon] : authority;
    }

    private static string Encoded(string target) =>
        target.All(char.IsAscii) ? target : string.Concat(target.EnumerateRunes().Select(rune => rune.IsAscii ? rune.ToString() : Uri.EscapeDataString(rune.ToString())));
}

/// <summary>What a purge has forgotten. Immutable.</summary>
/// <param name="Answers">How many answers.</param>
/// <param name="Bytes">The memory that they took.</param>
internal readonly record struct Purged(int Answers, long Bytes);
