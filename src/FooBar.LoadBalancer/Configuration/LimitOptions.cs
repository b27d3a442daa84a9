namespace FooBar.LoadBalancer.Configuration;

/// <summary>What a client may ask for at most: <c>Gateway:Limits</c>.</summary>
internal sealed class LimitOptions
{
    /// <summary>Largest request body in bytes, 0 to 1 GiB; more is answered with 413. Default: 1,048,576 (1 MiB).</summary>
    public long RequestBodyBytes { get; set; } = 1024 * 1024;

    /// <summary>Longest request line of HTTP/1.1 in bytes, 256 to 65,536. Default: 8,192.</summary>
    public int RequestLineBytes { get; set; } = 8 * 1024;

    /// <summary>Largest sum of all request headers in bytes, 1,024 to 131,072. Default: 16,384.</summary>
    public int RequestHeadersBytes { get; set; } = 16 * 1024;

    /// <summary>Most request headers, 10 to 1,000. Default: 100.</summary>
    public int RequestHeaderCount { get; set; } = 100;

    /// <summary>Time in which a request's headers must be complete, 1 s to 5 min. Default: 10 s.</summary>
    public TimeSpan RequestHeadersTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Time that a client's unused connection is kept, 1 s to 1 h. Default: 60 s.</summary>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Time in which the TLS handshake must be complete, 100 ms to 1 min. Default: 5 s.</summary>
    public TimeSpan TlsHandshakeTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Most requests at once on one HTTP/2 connection, 1 to 1,000. Default: 100.</summary>
    public int Http2Streams { get; set; } = 100;

    /// <summary>Adds what is out of range.</summary>
    internal void Check(OptionErrors errors)
    {
        errors.Range("Limits:RequestBodyBytes", RequestBodyBytes, 0L, 1024 * 1024 * 1024);
        errors.Range("Limits:RequestLineBytes", RequestLineBytes, 256, 64 * 1024);
        errors.Range("Limits:RequestHeadersBytes", RequestHeadersBytes, 1024, 128 * 1024);
        errors.Range("Limits:RequestHeaderCount", RequestHeaderCount, 10, 1000);
        errors.Range("Limits:RequestHeadersTimeout", RequestHeadersTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
        errors.Range("Limits:KeepAliveTimeout", KeepAliveTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        errors.Range("Limits:TlsHandshakeTimeout", TlsHandshakeTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        errors.Range("Limits:Http2Streams", Http2Streams, 1, 1000);
    }
}
