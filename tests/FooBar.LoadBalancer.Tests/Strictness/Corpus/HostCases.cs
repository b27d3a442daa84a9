using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Bytes;
using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Sources;
using static FooBar.LoadBalancer.Tests.Strictness.Expected;

namespace FooBar.LoadBalancer.Tests.Strictness.Corpus;

/// <summary>Host: missing, twice, in forms that are none, and against the name that TLS was begun for.</summary>
internal static class HostCases
{
    private static readonly Expected Malformed = Refused(400, "malformed");
    private static readonly Expected Host = Refused(400, "host");
    private static readonly Expected NotServed = Refused(421, "host-not-served");

    public static IEnumerable<Case> All =>
    [
        new("no Host", Rfc9112("3.2"), "GET / HTTP/1.1\r\n\r\n", Malformed),
        new("no Host in HTTP/1.0", Rfc9112("3.2"), "GET / HTTP/1.0\r\n\r\n", Host),
        new("Host twice, the same", Rfc9112("3.2"), Get("Host: localhost\r\n"), Malformed),
        new("Host twice, the second another", HostOfTroubles2016, Get("Host: other.example\r\n"), Malformed),
        new("Host twice, the first another", HostOfTroubles2016, "GET / HTTP/1.1\r\nHost: other.example\r\nHost: localhost\r\n\r\n", Malformed),
        new("Host twice, one empty", HostOfTroubles2016, Get("Host:\r\n"), Malformed),
        new("Host twice, one indented", HostOfTroubles2016, "GET / HTTP/1.1\r\n Host: other.example\r\nHost: localhost\r\n\r\n", Malformed),
        new("Host twice, one with a space before its colon", HostOfTroubles2016, Get("Host : other.example\r\n"), Malformed),
        new("Host twice in HTTP/1.0", HostOfTroubles2016, "GET / HTTP/1.0\r\nHost: localhost\r\nHost: localhost\r\n\r\n", Malformed),
        new("Host with an underscore beside it", HostHeader2013, Get("Ho_st: other.example\r\n"), Refused(400, "header-name")),

        .. Hosts(Host, Rfc9112("3.2"), "", "localhost:0", "localhost:00443", "localhost:65536", "localhost:99999", "localhost:4294967739", "[::1]:0"),
        .. Hosts(Malformed, Rfc3986("3.2"),
            "localhost:", "localhost:x", "localhost:-1", "localhost:44 3", "localhost:443:443", "localhost:443x", ":443", "user@localhost", "user:pass@localhost",
            "localhost/", "localhost/x", "localhost?x", "localhost#x", "localhost\\x", "http://localhost", "local host", "localhost\tx", "localhost, other.example",
            "localhost%00", "localhost\x7f", "localhost\"", "<localhost>", "[::1", "[::1]x", "::1", "[]", "[::1]:", "[:::]:x", "[v1.a]", "lo\xe7\x61lhost", "a,b", "*"),
        .. Hosts(NotServed, Rfc9110("7.4"),
            "other.example", "localhost.", "localhost.other.example", "otherlocalhost", "www.foobar.com.", "xn--localhost-abc", "127.1", "2130706433", "0x7f.1",
            "0177.0.0.1", "127.0.0.2", "[::1]", "[::ffff:127.0.0.1]", "localhost_", "-"),
        .. Each("localhost", "LOCALHOST", "LocalHost:8443", "localhost:443", "localhost:65535", "127.0.0.1", "www.foobar.com", "www.foobar.com:1").Select(host => new Case(
            $"Host '{host}'", Rfc9110("7.2"), $"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n", Forwarded("GET /", $"Host: {host}"))),

        new("another served name than TLS was begun for", Rfc9113("9.1.1"), "GET / HTTP/1.1\r\nHost: www.foobar.com\r\n\r\n", Forwarded("GET /", "Host: www.foobar.com")),
        new("TLS for a name that is not served, Host one that is", Rfc9113("9.1.2"), Get(), Refused(421, "host-mismatch"), Refused(421, "host-mismatch"))
        {
            ServerName = "other.example",
            Bytes = Get() + Get(),
            IsLast = true,
        },
        new("TLS and Host for the same name that is not served", Rfc9113("9.1.2"), "GET / HTTP/1.1\r\nHost: other.example\r\n\r\n", NotServed) { ServerName = "other.example", IsLast = true },
        new("TLS for an address, which says no name", "RFC 6066, 3", Get(), Forwarded("GET /")) { ServerName = "127.0.0.1" },

        new("Host without TLS", Rfc9112("3.2"), Get("", "/a%2Fb?c=%2f"), Redirected("https://localhost:8443/a%2Fb?c=%2f")) { IsPlain = true },
        new("Host that is not served, without TLS", Rfc9112("3.2"), "GET / HTTP/1.1\r\nHost: other.example\r\n\r\n", Refused(400, "host-not-served")) { IsPlain = true },
        new("Host twice without TLS", HostOfTroubles2016, Get("Host: other.example\r\n"), Malformed) { IsPlain = true },
        new("absolute form without TLS", Rfc9112("3.2.2"), Get("", "http://localhost/a"), Redirected("https://localhost:8443/a")) { IsPlain = true },
        new("a target that would lead elsewhere, without TLS", CrackingLens2017, Get("", "//other.example/"), Redirected("https://localhost:8443//other.example/")) { IsPlain = true },
        new("a line ending in the target, without TLS", CrackingLens2017, Get("", "/%0d%0aX:y"), Refused(400, "path")) { IsPlain = true },
        new("CL beside TE, without TLS", Desync2019, Post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nG"), Refused(400, "ambiguous-length")) { IsPlain = true },
        new("HTTP/2 without TLS", Rfc9113("3.3"), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") { IsPlain = true, IsHttp2Farewell = true },
    ];

    private static IEnumerable<Case> Hosts(Expected answer, string source, params string[] hosts) => hosts.Select(host => new Case(
        $"Host '{Wire.WireReader.Visible(host)}'", source, $"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n", answer));
}
