namespace FooBar.LoadBalancer.Configuration;

/// <summary>What a client may do on one HTTP/2 connection: <c>Gateway:Limits:Http2</c>. Each holds for connections that begin after a reload.</summary>
internal sealed class Http2LimitOptions
{
    /// <summary>
    /// Frames without content that a client may send a second, on average, 10 to 1,000,000: SETTINGS, PING, PRIORITY, RST_STREAM, CONTINUATION,
    /// empty DATA, a WINDOW_UPDATE of less than 1,024, and frames of unknown types. With more the connection is cut. Default: 100.
    /// </summary>
    public int ControlFrames { get; set; } = 100;

    /// <summary>How many of them may come at once, 10 to 1,000,000. Default: 500.</summary>
    public int ControlFrameBurst { get; set; } = 500;

    /// <summary>Table in which the client's header fields are kept between requests, in bytes, 0 to 65,536. Default: 4,096.</summary>
    public int HeaderTableBytes { get; set; } = 4 * 1024;

    /// <summary>Largest frame that is taken, in bytes, 16,384 to 1,048,576. Default: 16,384.</summary>
    public int FrameBytes { get; set; } = 16 * 1024;

    /// <summary>
    /// What all requests of a connection may send ahead of the backends that read it, in bytes, 65,535 to 16,777,216. It is held in memory, and a
    /// connection sends no more than this a round trip. Default: 262,144.
    /// </summary>
    public int ConnectionWindowBytes { get; set; } = 256 * 1024;

    /// <summary>The same for one request; at most <see cref="ConnectionWindowBytes"/>. Default: 98,304.</summary>
    public int StreamWindowBytes { get; set; } = 96 * 1024;

    /// <summary>Silence after which a client is asked whether it is still there, 1 s to 1 h. Default: 30 s.</summary>
    public TimeSpan PingDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Time for its answer, 1 s to 1 h; then the connection is closed. Default: 20 s.</summary>
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Adds what is out of range.</summary>
    internal void Check(OptionErrors errors)
    {
        errors.Range("Limits:Http2:ControlFrames", ControlFrames, 10, 1_000_000);
        errors.Range("Limits:Http2:ControlFrameBurst", ControlFrameBurst, 10, 1_000_000);
        errors.Range("Limits:Http2:HeaderTableBytes", HeaderTableBytes, 0, 64 * 1024);
        errors.Range("Limits:Http2:FrameBytes", FrameBytes, 16 * 1024, 1024 * 1024);
        errors.Range("Limits:Http2:ConnectionWindowBytes", ConnectionWindowBytes, 65_535, 16 * 1024 * 1024);
        errors.Range("Limits:Http2:StreamWindowBytes", StreamWindowBytes, 65_535, 16 * 1024 * 1024);
        errors.Range("Limits:Http2:PingDelay", PingDelay, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        errors.Range("Limits:Http2:PingTimeout", PingTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        if (StreamWindowBytes > ConnectionWindowBytes)
            errors.Add($"Limits:Http2:StreamWindowBytes is {StreamWindowBytes} and Gateway:Limits:Http2:ConnectionWindowBytes is {ConnectionWindowBytes}; it must not be more");
    }
}
