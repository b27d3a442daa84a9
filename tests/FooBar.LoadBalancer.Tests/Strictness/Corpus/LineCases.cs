using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Bytes;
using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Sources;
using static FooBar.LoadBalancer.Tests.Strictness.Expected;

namespace FooBar.LoadBalancer.Tests.Strictness.Corpus;

/// <summary>Ends of lines, folded lines, empty lines.</summary>
internal static class LineCases
{
    private static readonly Expected Malformed = Refused(400, "malformed");

    public static IEnumerable<Case> All =>
    [
        new("LF only", Rfc9112("2.2"), "GET / HTTP/1.1\nHost: localhost\n\n", Malformed),
        new("LF after the request line", Rfc9112("2.2"), "GET / HTTP/1.1\nHost: localhost\r\n\r\n", Malformed),
        new("LF after a header", Node35256, "GET / HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n", Malformed),
        new("LF after the last header", Node35256, "GET / HTTP/1.1\r\nHost: localhost\n\r\n", Malformed),
        new("LF for the empty line", Rfc9112("2.2"), "GET / HTTP/1.1\r\nHost: localhost\r\n\n", Malformed),
        new("LF for the empty line, then a request", Funky2025, $"GET / HTTP/1.1\r\nHost: localhost\r\n\n{Hidden}", Malformed),
        new("LF before CRLF", Rfc9112("2.2"), "GET / HTTP/1.1\r\nHost: localhost\n\r\nX: y\r\n\r\n", Malformed),
        new("CR only", Rfc9112("2.2"), "GET / HTTP/1.1\rHost: localhost\r\r", Malformed) { IsHalf = true },
        new("CR after the request line", Rfc9112("2.2"), "GET / HTTP/1.1\rHost: localhost\r\n\r\n", Malformed),
        new("CR after a header", Node30589, "GET / HTTP/1.1\r\nHost: localhost\rX: y\r\n\r\n", Malformed),
        new("CR for the empty line", Rfc9112("2.2"), "GET / HTTP/1.1\r\nHost: localhost\r\n\rX: y\r\n\r\n", Malformed),
        new("CR twice", Rfc9112("2.2"), "GET / HTTP/1.1\r\nHost: localhost\r\r\n\r\n", Malformed),
        new("CR in a name", Rfc9112("2.2"), Get("X\rY: z\r\n"), Malformed),
        new("CR in a value", Rfc9112("2.2"), Get("X: y\rz\r\n"), Malformed),
        new("CR at the end of the request line, twice", Rfc9112("2.2"), "GET / HTTP/1.1\r\r\nHost: localhost\r\n\r\n", Malformed),
        new("vertical tab for a line's end", Treq2021, "GET / HTTP/1.1\r\nHost: localhost\x0bX: y\r\n\r\n", Malformed),
        new("form feed for a line's end", Treq2021, "GET / HTTP/1.1\r\nHost: localhost\x0cX: y\r\n\r\n", Malformed),
        new("NUL for a line's end", Treq2021, "GET / HTTP/1.1\0Host: localhost\r\n\r\n", Malformed),
        new("NEL for a line's end", Treq2021, Get("X: y\x85Z: w\r\n"), Forwarded("GET /", "X: y\x85Z: w")),

        new("folded with a space", Rfc9112("5.2"), Get("X: a\r\n b\r\n"), Malformed),
        new("folded with a tab", Rfc9112("5.2"), Get("X: a\r\n\tb\r\n"), Malformed),
        new("folded with nothing", Rfc9112("5.2"), Get("X: a\r\n \r\n"), Malformed),
        new("folded Host", HostOfTroubles2016, "GET / HTTP/1.1\r\nHost: localhost\r\n other.example\r\n\r\n", Malformed),
        new("folded before the first header", Rfc9112("2.2"), "GET / HTTP/1.1\r\n Host: localhost\r\n\r\n", Malformed),
        new("a folded line before the first header", Apache2016, "GET / HTTP/1.1\r\n X: y\r\nHost: localhost\r\n\r\n", Malformed),
        new("folded Cookie", Rfc9112("5.2"), Get("Cookie: a=1;\r\n b=2\r\n"), Malformed),
        new("a folded header that hides another", Squid2020, Get("X: a\r\n Content-Length: 5\r\n"), Malformed),

        new("an empty line before the request", Rfc9112("2.2"), "\r\n" + Get(), Forwarded("GET /")),
        new("an LF before the request", Rfc9112("2.2"), "\n" + Get(), Forwarded("GET /")),
        new("a space before the request", Rfc9112("2.2"), " " + Get(), Malformed),
        new("a space between requests", Nginx2019N20372, $"{Get()} {Get()}", Forwarded("GET /"), Malformed),
        new("an empty line between requests", Rfc9112("2.2"), $"{Get()}\r\n{Get()}", Forwarded("GET /"), Forwarded("GET /")),
        new("an empty line after a body", Rfc9112("2.2"), Post("Content-Length: 5\r\n", "hello\r\n") + Get(), Forwarded("POST /").With("hello"), Forwarded("GET /")),
        new("many empty lines before the request", Rfc9112("2.2"), string.Concat(Enumerable.Repeat("\r\n", 100)) + Get(), Forwarded("GET /")),
        new("bytes of a TLS handshake", Kestrel2019, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", Malformed),
        new("noise", Kestrel2019, "\x00\x01\x02\x03\xff\xfe\r\n\r\n", Malformed),
        new("the preface of HTTP/2", Rfc9113("3.4"), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Refused(505, "version")),
    ];
}
