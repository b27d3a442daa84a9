using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Bytes;
using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Sources;
using static FooBar.LoadBalancer.Tests.Strictness.Expected;

namespace FooBar.LoadBalancer.Tests.Strictness.Corpus;

/// <summary>Several requests on a connection: each is answered for itself, and none after one whose end is in doubt.</summary>
internal static class PipelineCases
{
    public static IEnumerable<Case> All =>
    [
        new("two requests", Rfc9112("9.3.2"), Get("", "/1") + Get("", "/2"), Forwarded("GET /1"), Forwarded("GET /2")),
        new("ten requests", Rfc9112("9.3.2"), string.Concat(Enumerable.Range(0, 10).Select(i => Get("", $"/{i}"))),
            [.. Enumerable.Range(0, 10).Select(i => Forwarded($"GET /{i}"))]),
        new("a body between", Rfc9112("9.3.2"), Post("Content-Length: 5\r\n", "hello") + Get("", "/2"), Forwarded("POST /").With("hello"), Forwarded("GET /2")),
        new("chunks between", Rfc9112("9.3.2"), Post("Transfer-Encoding: chunked\r\n", Chunks) + Get("", "/2"),
            Forwarded("POST /", "Transfer-Encoding: chunked").With("hello"), Forwarded("GET /2")),
        new("a body that is a request", Browser2022, Post($"Content-Length: {Hidden.Length}\r\n", Hidden) + Get("", "/2"), Forwarded("POST /").With(Hidden), Forwarded("GET /2")),
        new("a HEAD between", Rfc9110("9.3.2"), "HEAD /1 HTTP/1.1\r\nHost: localhost\r\n\r\n" + Get("", "/2"), Forwarded("HEAD /1"), Forwarded("GET /2")),
        new("a request behind one that is refused for its host", Nginx2019N20372, "GET / HTTP/1.1\r\nHost: other.example\r\n\r\n" + Get("", "/2"),
            Refused(421, "host-not-served"), Forwarded("GET /2")),
        new("a request behind one that is refused for its path", Nginx2019N20372, Get("", "/health") + Get("", "/2"), Refused(404, "inner-page"), Forwarded("GET /2")),
        new("a request behind a refused one with a body", Nginx2019N20372,
            $"POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: {Hidden.Length}\r\n\r\n{Hidden}{Get("", "/2")}", Refused(404, "inner-page"), Forwarded("GET /2")),
        new("a request behind a refused one with chunks", Nginx2019N20372,
            $"POST /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{Chunks}{Get("", "/2")}", Refused(404, "inner-page"), Forwarded("GET /2")),
        new("a request behind a refused one with broken chunks", Apache22720,
            $"POST /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n{Get("", "/2")}", Refused(404, "inner-page")) { IsLast = true },
        new("a request behind one that is too large", Apache22720, Post("Content-Length: 5000\r\n", new string('x', 5000)) + Get("", "/2"),
            Refused(413, "body-too-large"), Forwarded("GET /2")),
        new("a request behind a malformed one", Apache22720, Get("X : y\r\n") + Get("", "/2"), Refused(400, "malformed")),
        new("a request behind one with a refused name", Apache22720, Get("X_Y: z\r\n") + Get("", "/2"), Refused(400, "header-name")),
        new("a request behind one of two lengths", Apache22720, Post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", Chunks) + Get("", "/2"), Refused(400, "ambiguous-length")),
        new("a request behind one of an unknown coding", Apache22720, Post("Transfer-Encoding: gzip, chunked\r\n", Chunks) + Get("", "/2"), Refused(501, "transfer-coding")),
        new("a request behind one with a refused expectation", MustDie2025, Post($"Expect: x\r\nContent-Length: {Hidden.Length}\r\n", Hidden) + Get("", "/2"),
            Refused(417, "expectation"), Forwarded("GET /2")),
        new("a request behind TRACE", Rfc9110("9.3.8"), "TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n" + Get("", "/2"), Refused(405, "method-not-allowed"), Forwarded("GET /2")),
        new("a request behind CONNECT", Rfc9110("9.3.6"), "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n" + Hidden, Refused(405, "method-not-allowed"), Forwarded("GET /hidden")),
        new("a good request before a malformed one", Rfc9112("9.3.2"), Get("", "/1") + "BAD\r\n\r\n", Forwarded("GET /1"), Refused(400, "malformed")),
        new("a good request before half of one", Rfc9112("9.3.2"), Get("", "/1") + "GET /2 HTTP/1.1\r\nHo", Forwarded("GET /1"), Refused(400, "malformed")) { IsHalf = true },
        new("another host behind the first", HostOfTroubles2016, Get("", "/1") + "GET /2 HTTP/1.1\r\nHost: www.foobar.com\r\n\r\n", Forwarded("GET /1"), Forwarded("GET /2", "Host: www.foobar.com")),
        new("an inner page behind a good request (first-request check)", HostHeader2013, Get("", "/1") + Get("", "/health/ready"), Forwarded("GET /1"), Refused(404, "inner-page")),
        new("another host behind a good request (first-request check)", HostHeader2013, Get("", "/1") + "GET /2 HTTP/1.1\r\nHost: other.example\r\n\r\n",
            Forwarded("GET /1"), Refused(421, "host-not-served")),
    ];
}
