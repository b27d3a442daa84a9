using System.Net.Quic;

namespace FooBar.LoadBalancer.Edge;

/// <summary>Whether HTTP/3 is served.</summary>
/// <param name="IsServed">Whether the HTTPS listeners take it, and answers say so (Alt-Svc).</param>
/// <param name="Obstacle">Why it is not although it is wanted; null: nothing.</param>
internal sealed record Http3(bool IsServed, string? Obstacle)
{
    /// <summary>Whether this machine can: it needs a library that .NET does not bring.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && QuicListener.IsSupported;

    /// <summary>A pure function.</summary>
    /// <param name="isWanted">The option.</param>
    /// <param name="isSupported"><see cref="IsSupported"/>.</param>
    /// <param name="hasPassedSockets">Whether systemd holds the sockets. It passes no UDP socket that Kestrel would take.</param>
    public static Http3 Decide(bool isWanted, bool isSupported, bool hasPassedSockets) => (isWanted, isSupported, hasPassedSockets) switch
    {
        (false, _, _) => new Http3(false, null),
        (true, _, true) => new Http3(false, "the sockets are systemd's, and UDP sockets cannot be passed to Kestrel"),
        (true, false, _) => new Http3(false, "QUIC is not available: install Microsoft's package libmsquic"),
        _ => new Http3(true, null),
    };
}
