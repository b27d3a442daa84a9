namespace FooBar.LoadBalancer.Limits;

/// <summary>Which limit a connection or a request met.</summary>
internal enum ShedReason
{
    /// <summary>The client is on the deny list.</summary>
    Denied,

    /// <summary>The gateway has as many connections as it takes.</summary>
    Connections,

    /// <summary>The client has as many connections as one may have.</summary>
    ConnectionsPerClient,

    /// <summary>The client opens connections faster than one may.</summary>
    ConnectionRate,

    /// <summary>As many TLS handshakes are under way as may be.</summary>
    Handshakes,

    /// <summary>The client has as many TLS handshakes under way as one may have.</summary>
    HandshakesPerClient,

    /// <summary>The client sends requests faster than one may.</summary>
    Rate,

    /// <summary>The client goes on sending although it is refused: its connection is cut.</summary>
    Flood,

    /// <summary>A connection sends more HTTP/2 frames that carry nothing than one may: it is cut.</summary>
    Frames,

    /// <summary>The connection has as many requests at once as one of HTTP/2 may have: the stream is reset.</summary>
    Streams,

    /// <summary>The gateway has as many requests in hand as it takes.</summary>
    InFlight,

    /// <summary>The client has as many requests in hand as one may have.</summary>
    InFlightPerClient,

    /// <summary>Memory is scarce.</summary>
    Memory,
}

/// <summary>The names of <see cref="ShedReason"/> in logs and metrics.</summary>
internal static class ShedReasonNames
{
    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<ShedReason> All = Enum.GetValues<ShedReason>();

    /// <summary>The name, which never changes: dashboards and alerts hold it.</summary>
    public static string Text(this ShedReason reason) => reason switch
    {
        ShedReason.Denied => "denied",
        ShedReason.Connections => "connections",
        ShedReason.ConnectionsPerClient => "connections_per_client",
        ShedReason.ConnectionRate => "connection_rate",
        ShedReason.Handshakes => "handshakes",
        ShedReason.HandshakesPerClient => "handshakes_per_client",
        ShedReason.Rate => "rate",
        ShedReason.Flood => "flood",
        ShedReason.Frames => "frames",
        ShedReason.Streams => "streams",
        ShedReason.InFlight => "in_flight",
        ShedReason.InFlightPerClient => "in_flight_per_client",
        ShedReason.Memory => "memory",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };
}
