using System.Collections.Frozen;
using System.Text;

namespace FooBar.LoadBalancer.Edge.Strictness;

/// <summary>
/// Headers that end at the next hop, in either direction (RFC 9110, 7.6.1, and what older ones defined), whether the Connection header names
/// them or not. <c>TE</c> and <c>Trailer</c> are among them because the gateway says itself which trailers follow.
/// </summary>
internal static class HopByHop
{
    private static readonly FrozenSet<string> Names = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "ALPN",
        "Alt-Svc",
        "Close",
        "Connection",
        "HTTP2-Settings",
        "Keep-Alive",
        "Proxy-Authenticate",
        "Proxy-Authentication-Info",
        "Proxy-Authorization",
        "Proxy-Connection",
        "Proxy-Features",
        "Proxy-Instruction",
        "Security-Scheme",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade");

    private static readonly byte[][] Bytes = [.. Names.Select(Encoding.ASCII.GetBytes)];

    /// <summary>Whether a header is one of them.</summary>
    public static bool Contains(string name) => Names.Contains(name);

    /// <summary>Whether a header is one of them; its name as it came.</summary>
    public static bool Contains(ReadOnlySpan<byte> name)
    {
        foreach (byte[] one in Bytes)
        {
            if (Ascii.EqualsIgnoreCase(name, one))
                return true;
        }

        return false;
    }
}
