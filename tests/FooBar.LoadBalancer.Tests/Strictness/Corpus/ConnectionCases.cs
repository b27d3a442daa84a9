using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Bytes;
using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Sources;
using static FooBar.LoadBalancer.Tests.Strictness.Expected;

namespace FooBar.LoadBalancer.Tests.Strictness.Corpus;

/// <summary>What belongs to one connection only: hop-by-hop headers, Upgrade, Expect.</summary>
internal static class ConnectionCases
{
    private const string Key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private static readonly Expected Option = Refused(400, "connection-option");
    private static readonly Expected Upgrade = Refused(400, "upgrade");
    private static readonly Expected Expectation = Refused(417, "expectation");

    public static IEnumerable<Case> All =>
    [
        .. Named(
            "Host", "Content-Length", "Transfer-Encoding", "Content-Type", "Cookie", "Authorization", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host",
            "x-forwarded-port", "Forwarded", "X-Real-IP", "X-Request-Id", "Cache-Control", "If-None-Match", "Range", "User-Agent", "Accept", "Origin", "Idempotency-Key", "Expect"),
        new("Connection names Host among others", HopByHop2019, Get("Connection: keep-alive,\tHOST ,close\r\n"), Option),
        new("Connection twice, the second names Cookie", HopByHop2019, Get("Cookie: a=1\r\nConnection: close\r\nConnection: Cookie\r\n"), Option),
        new("Connection is no list of names", Rfc9110("7.6.1"), Get("Connection: a b\r\n"), Option),
        new("Connection with an underscore", HopByHop2019, Get("Connection: X_Forwarded_For\r\n"), Option),
        new("Connection names any other header", HopByHop2019, Get("X-A: b\r\nConnection: X-A\r\n"), Option),
        new("Connection names any other header beside close", HopByHop2019, Get("X-A: b\r\nConnection: close, x-a\r\n"), Option),
        new("Connection names a header that is not there", HopByHop2019, Get("Connection: keep-alive, X-A\r\n"), Option),
        new("Connection of empty names", Rfc9110("5.6.1"), Get("Connection: , ,close, ,\r\n"), Forwarded("GET /")),
        new("Connection in capitals", Rfc9110("7.6.1"), Get("CONNECTION: CLOSE\r\n"), Forwarded("GET /")),
        new("Connection with blanks", Rfc9110("7.6.1"), Get("Connection: \tkeep-alive ,\tTE \r\nTE: trailers\r\n"), Forwarded("GET /")),
        new("Connection names what ends here anyway", Rfc9110("7.6.1"), Get("Connection: close, Keep-Alive, TE, Trailer, Proxy-Connection, HTTP2-Settings\r\n"), Forwarded("GET /")),
        new("Connection: close", Rfc9112("9.6"), Get("Connection: close\r\n"), Forwarded("GET /")),
        new("Connection: close, and a request behind it", Rfc9112("9.6"), Get("Connection: close\r\n") + Hidden, Forwarded("GET /")) { IsLast = true },
        new("Connection: keep-alive", Rfc9112("9.3"), Get("Connection: keep-alive\r\nKeep-Alive: timeout=5, max=1000\r\n"), Forwarded("GET /")),
        new("Connection: close, keep-alive", Rfc9112("9.6"), Get("Connection: close, keep-alive\r\n"), Forwarded("GET /")),
        new("Connection: TE", Rfc9110("10.1.4"), Get("TE: trailers\r\nConnection: TE\r\n"), Forwarded("GET /")),
        new("TE without Connection", Rfc9110("10.1.4"), Get("TE: trailers, deflate;q=0.5\r\n"), Forwarded("GET /")),
        new("headers that end here", Rfc9110("7.6.1"),
            Get("Proxy-Connection: keep-alive\r\nProxy-Authorization: x\r\nTrailer: X\r\nALPN: h2\r\nAlt-Svc: x\r\nProxy-Authenticate: x\r\n"), Forwarded("GET /")),
        new("HTTP/1.0 with keep-alive", Rfc9112("9.3"), "GET / HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n", Forwarded("GET /")),

        new("upgrade to h2c", H2c2020, Get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"), Upgrade),
        new("upgrade to h2c, named alone", H2c2020, Get("Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"), Upgrade),
        new("upgrade to h2c that Connection does not name", H2c2020, Get("Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"), Forwarded("GET /")),
        new("upgrade to h2c and websocket", H2c2020, Get($"Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n{Key}"), Upgrade),
        new("upgrade to h2c in a header of its own", H2c2020, Get($"Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n{Key}"), Upgrade),
        new("upgrade to TLS", "RFC 2817, 3", Get("Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n"), Upgrade),
        new("upgrade to SPDY", Rfc9110("7.8"), Get("Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"), Upgrade),
        new("upgrade to nothing", Rfc9110("7.8"), Get("Connection: Upgrade\r\n"), Upgrade),
        new("upgrade to nothing, with a request behind it", WebSocket2019, Get("Connection: Upgrade\r\n") + Hidden, Upgrade),
        new("websocket", "RFC 6455, 4.2.1", Get($"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n{Key}Sec-WebSocket-Version: 13\r\n"),
            Forwarded("GET /", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13")),
        new("websocket of a wrong version, and a request behind it", WebSocket2019, Get($"Connection: Upgrade\r\nUpgrade: websocket\r\n{Key}Sec-WebSocket-Version: 1337\r\n") + Hidden,
            Forwarded("GET /", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 1337"), Forwarded("GET /hidden")),
        new("websocket without a key", "RFC 6455, 4.2.1", Get("Connection: Upgrade\r\nUpgrade: websocket\r\n"), Upgrade),
        new("websocket by POST", WebSocket2019, Post($"Connection: Upgrade\r\nUpgrade: websocket\r\n{Key}", ""), Upgrade),
        new("websocket with a body", WebSocket2019, Get($"Connection: Upgrade\r\nUpgrade: websocket\r\n{Key}Content-Length: 5\r\n") + "hello", Upgrade),
        new("websocket with chunks", WebSocket2019, Get($"Connection: Upgrade\r\nUpgrade: websocket\r\n{Key}Transfer-Encoding: chunked\r\n") + Chunks, Upgrade),
        new("websocket of HTTP/1.0", "RFC 6455, 4.2.1", $"GET / HTTP/1.0\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{Key}\r\n", Upgrade),

        new("Expect", Rfc9110("10.1.1"), Post("Expect: 100-continue\r\nContent-Length: 5\r\n", "hello"), Forwarded("POST /").With("hello")),
        new("Expect in capitals", Rfc9110("10.1.1"), Post("Expect: 100-Continue\r\nContent-Length: 5\r\n", "hello"), Forwarded("POST /").With("hello")),
        .. Each("", "100", "200-ok", "100-continue, x", "100-continue 100-continue", "y 100-continue", "100-continue\x0b", "\"100-continue\"", "100-continue;q=1").Select(value => new Case(
            $"Expect '{Wire.WireReader.Visible(value)}'",
            MustDie2025,
            Post($"Expect: {value}\r\nContent-Length: 5\r\n", "hello"),
            value.Contains('\x0b', StringComparison.Ordinal) ? Refused(400, "header-value") : Expectation)),
        new("Expect twice", MustDie2025, Post("Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 5\r\n", "hello"), Expectation),
        new("Expect in a GET with a body", MustDie2025, Get($"Expect: 100-continue\r\nContent-Length: {Hidden.Length}\r\n") + Hidden,
            Forwarded("GET /").With(Hidden)),
        new("Expect, and a body that never comes", MustDie2025, Post("Expect: 100-continue\r\nContent-Length: 5\r\n", "")) { IsHalf = true, MayBegin = true },
    ];

    private static IEnumerable<Case> Named(params string[] names) => names.Select(name => new Case(
        $"Connection names {name}", HopByHop2019, Get($"{(name is "Host" or "Content-Length" or "Transfer-Encoding" or "Expect" ? "" : $"{name}: x\r\n")}Connection: close, {name}\r\n"), Option));
}
