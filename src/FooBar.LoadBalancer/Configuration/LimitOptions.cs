using FooBar.LoadBalancer.Limits;

namespace FooBar.LoadBalancer.Configuration;

/// <summary>
/// What clients may ask for at most: <c>Gateway:Limits</c>. A client is an IPv4 address or an IPv6 network. The admin port knows none of these limits.
/// </summary>
internal sealed class LimitOptions
{
    /// <summary>What <see cref="Allow"/> is when nothing is configured: this machine.</summary>
    public static readonly IReadOnlyList<string> DefaultAllow = ["127.0.0.0/8", "::1"];

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

    /// <summary>
    /// Slowest that a request's body may come, in bytes a second on average while it is waited for, 1 to 1,048,576. A slower client gets 408 and is
    /// cut. Default: 1,024.
    /// </summary>
    public int RequestBodyBytesPerSecond { get; set; } = 1024;

    /// <summary>
    /// Slowest that an answer may be taken, in bytes a second while there is something to take, 1 to 1,048,576. A slower client is cut; a stream of
    /// events in which nothing happens is not slow. Default: 1,024.
    /// </summary>
    public int ResponseBytesPerSecond { get; set; } = 1024;

    /// <summary>How long either may be slower than that, 2 s to 5 min. Default: 10 s.</summary>
    public TimeSpan RateGrace { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Bytes of requests that are held for a connection and have not been used, 4,096 to 1,048,576; it must hold a request line and all headers.
    /// Default: 131,072.
    /// </summary>
    public int RequestBufferBytes { get; set; } = 128 * 1024;

    /// <summary>
    /// Bytes of answers that are held for a connection that does not take them, 4,096 to 1,048,576. An answer that fits leaves its backend however slowly it
    /// is read, over HTTP/2 as far as the client's windows are open. Default: 524,288.
    /// </summary>
    public int ResponseBufferBytes { get; set; } = 512 * 1024;

    /// <summary>
    /// Bytes of answers that the kernel holds for a connection and has not sent yet, 16,384 to 16,777,216. Without a bound it takes some megabytes for
    /// each client that does not read. Default: 131,072.
    /// </summary>
    public int UnsentBytes { get; set; } = 128 * 1024;

    /// <summary>What a client may do on one HTTP/2 connection.</summary>
    public Http2LimitOptions Http2 { get; init; } = new();

    /// <summary>
    /// Most connections at once, 16 to 1,000,000; fewer where the process may not open that many files. More are closed at once. Default: 10,000.
    /// </summary>
    public int Connections { get; set; } = 10_000;

    /// <summary>Most connections of one client, 1 to 1,000,000. More are closed at once. Default: 256.</summary>
    public int ConnectionsPerClient { get; set; } = 256;

    /// <summary>
    /// Connections that a client may open a second, on average, 1 to 1,000,000; after a rest, <see cref="ConnectionsPerClient"/> at once. More are
    /// closed at once. Default: 50.
    /// </summary>
    public int NewConnectionsPerClient { get; set; } = 50;

    /// <summary>Most TLS handshakes under way, 1 to 1,000,000. A connection that would begin one more is closed. Default: 1,000.</summary>
    public int Handshakes { get; set; } = 1000;

    /// <summary>Most TLS handshakes of one client under way, 1 to 1,000,000. Default: 64.</summary>
    public int HandshakesPerClient { get; set; } = 64;

    /// <summary>
    /// Requests that a client may send a second, on average, 1 to 1,000,000. More are answered with 429; as many again, and the connection is cut.
    /// Default: 100.
    /// </summary>
    public int RequestsPerClient { get; set; } = 100;

    /// <summary>Requests that a client may send at once after a rest, 1 to 1,000,000. Default: 200.</summary>
    public int RequestBurst { get; set; } = 200;

    /// <summary>Most requests in hand, WebSockets and streams of events among them, 1 to 1,000,000. More are answered with 503. Default: 2,000.</summary>
    public int InFlight { get; set; } = 2000;

    /// <summary>Most requests of one client in hand, 1 to 1,000,000. More are answered with 429. Default: 256.</summary>
    public int InFlightPerClient { get; set; } = 256;

    /// <summary>
    /// Share of the memory of the process's control group, or of the machine, from which on nothing new is let in, 0.2 to 1; it goes on 0.05 below
    /// that. Default: 0.85.
    /// </summary>
    public double Memory { get; set; } = 0.85;

    /// <summary>Leading bits of an IPv6 address that make one client, 32 to 64. Default: 64.</summary>
    public int Ipv6Prefix { get; set; } = 64;

    /// <summary>
    /// Addresses and networks (ADDRESS/BITS) to which the limits for each client do not apply; <c>none</c> alone for no such. Default:
    /// <see cref="DefaultAllow"/>.
    /// </summary>
    public IList<string> Allow { get; } = [];

    /// <summary>Addresses and networks that are not served: their connections are closed at once. Default: none.</summary>
    public IList<string> Deny { get; } = [];

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
        errors.Range("Limits:RequestBodyBytesPerSecond", RequestBodyBytesPerSecond, 1, 1024 * 1024);
        errors.Range("Limits:ResponseBytesPerSecond", ResponseBytesPerSecond, 1, 1024 * 1024);
        errors.Range("Limits:RateGrace", RateGrace, TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(5));
        CheckBuffers(errors);
        Http2.Check(errors);
        errors.Range("Limits:Connections", Connections, 16, Many);
        errors.Range("Limits:ConnectionsPerClient", ConnectionsPerClient, 1, Many);
        errors.Range("Limits:NewConnectionsPerClient", NewConnectionsPerClient, 1, Many);
        errors.Range("Limits:Handshakes", Handshakes, 1, Many);
        errors.Range("Limits:HandshakesPerClient", HandshakesPerClient, 1, Many);
        errors.Range("Limits:RequestsPerClient", RequestsPerClient, 1, Many);
        errors.Range("Limits:RequestBurst", RequestBurst, 1, Many);
        errors.Range("Limits:InFlight", InFlight, 1, Many);
        errors.Range("Limits:InFlightPerClient", InFlightPerClient, 1, Many);
        errors.Range("Limits:Memory", Memory, 0.2, 1);
        errors.Range("Limits:Ipv6Prefix", Ipv6Prefix, 32, 64);
        if (Allow is not [AddressList.None])
            CheckAddresses("Limits:Allow", Allow, errors);
        CheckAddresses("Limits:Deny", Deny, errors);
    }

    private const int Many = 1_000_000;

    private void CheckBuffers(OptionErrors errors)
    {
        errors.Range("Limits:RequestBufferBytes", RequestBufferBytes, 4096, 1024 * 1024);
        errors.Range("Limits:ResponseBufferBytes", ResponseBufferBytes, 4096, 1024 * 1024);
        errors.Range("Limits:UnsentBytes", UnsentBytes, 16 * 1024, 16 * 1024 * 1024);
        if (RequestBufferBytes < RequestLineBytes)
            errors.Add($"Limits:RequestBufferBytes is {RequestBufferBytes} and Gateway:Limits:RequestLineBytes is {RequestLineBytes}; it must not be less");
        if (RequestBufferBytes < RequestHeadersBytes)
            errors.Add($"Limits:RequestBufferBytes is {RequestBufferBytes} and Gateway:Limits:RequestHeadersBytes is {RequestHeadersBytes}; it must not be less");
    }

    private static void CheckAddresses(string key, IList<string> entries, OptionErrors errors)
    {
        for (int i = 0; i < entries.Count; i++)
        {
            if (!AddressList.TryParse(entries[i], out _))
                errors.Add($"{key}:{i} is \"{entries[i]}\"; it must be an IP address, or a network as ADDRESS/BITS with no bit set after the first BITS");
        }
    }
}
