using System.Text;

namespace FooBar.LoadBalancer.Upstream;

/// <summary>The names that most answers are made of, so that they need not be made into strings each time. Immutable.</summary>
internal static class FieldNames
{
    private const int Slots = 256;

    /// <summary>The names.</summary>
    internal static IReadOnlyList<string> Common => _common;

    private static readonly string[] _common =
    [
        "Accept-Ranges", "Age", "Allow", "Alt-Svc", "Cache-Control", "Connection", "Content-Disposition", "Content-Encoding", "Content-Language",
        "Content-Length", "Content-Location", "Content-Range", "Content-Security-Policy", "Content-Type", "Date", "ETag", "Expires",
        "Idempotency-Key", "Keep-Alive", "Last-Modified", "Link", "Location", "Permissions-Policy", "Pragma", "Referrer-Policy", "Retry-After",
        "Server", "Set-Cookie", "Strict-Transport-Security", "Trailer", "Transfer-Encoding", "Upgrade", "Vary", "Via", "WWW-Authenticate",
        "X-Content-Type-Options", "X-Frame-Options", "X-Powered-By", "X-Request-Id", "X-XSS-Protection",
    ];

    private static readonly string?[] _slots = Place();

    /// <summary>The name as a string: one of the common ones, whatever its capitals, or a new one as it was sent.</summary>
    public static string Of(ReadOnlySpan<byte> name)
    {
        string? known = name.Length > 0 ? _slots[Slot(name)] : null;
        return known is not null && Ascii.EqualsIgnoreCase(name, known) ? known : Encoding.Latin1.GetString(name);
    }

    /// <summary>The factors are such that no two of the names share a slot; of two that did, the second would be made each time.</summary>
    private static string?[] Place()
    {
        string?[] slots = new string?[Slots];
        foreach (string name in _common)
            slots[Slot(Encoding.Latin1.GetBytes(name))] ??= name;
        return slots;
    }

    private static int Slot(ReadOnlySpan<byte> name) =>
        (name.Length + (name[0] | 0x20) + ((name[^1] | 0x20) * 3) + ((name[name.Length / 2] | 0x20) * 7)) & (Slots - 1);
}
