using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Bytes;
using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Sources;
using static FooBar.LoadBalancer.Tests.Strictness.Expected;

namespace FooBar.LoadBalancer.Tests.Strictness.Corpus;

/// <summary>Chunked bodies: sizes, extensions, data and trailers. A good one is written anew, so that nothing of its form goes on.</summary>
internal static class ChunkCases
{
    public static IEnumerable<Case> All =>
    [
        .. Good(),
        .. Bad(),
        .. Announced(),
        new("two requests, the first ends with an empty chunk", Rfc9112("7.1"), Chunked("0\r\n\r\n") + Hidden,
            Forwarded("POST /", "Transfer-Encoding: chunked").With(""), Forwarded("GET /hidden")),
        new("a request behind a terminating chunk with an extension", Funky2025, Chunked("5\r\nhello\r\n0;x\r\n\r\n") + Hidden,
            Forwarded("POST /", "Transfer-Encoding: chunked").With("hello"), Forwarded("GET /hidden")),
        new("a request behind trailers", Tomcat46589, Chunked("5\r\nhello\r\n0\r\nX: y\r\n\r\n") + Hidden,
            Forwarded("POST /", "Transfer-Encoding: chunked").With("hello"), Forwarded("GET /hidden")),
        new("the end is missing", Rfc9112("8"), Chunked("5\r\nhello\r\n")) { IsHalf = true, MayBegin = true },
        new("the last empty line is missing", Rfc9112("8"), Chunked("5\r\nhello\r\n0\r\n")) { IsHalf = true, MayBegin = true },
        new("ends within a chunk", Rfc9112("8"), Chunked("5\r\nhel")) { IsHalf = true, MayBegin = true },
        new("ends within a size", Rfc9112("8"), Chunked("5")) { IsHalf = true, MayBegin = true },
        new("ends within an extension", Kestrel55315, Chunked("5;abc")) { IsHalf = true, MayBegin = true },
    ];

    private static string Chunked(string body) => Post("Transfer-Encoding: chunked\r\n", body);

    private static IEnumerable<Case> Good()
    {
        (string Name, string Source, string Body)[] bodies =
        [
            ("one chunk", Rfc9112("7.1"), Chunks),
            ("a chunk for each byte", Rfc9112("7.1"), "1\r\nh\r\n1\r\ne\r\n1\r\nl\r\n1\r\nl\r\n1\r\no\r\n0\r\n\r\n"),
            ("leading zeros", Rfc9112("7.1"), "0005\r\nhello\r\n000\r\n\r\n"),
            ("an extension", Rfc9112("7.1.1"), "5;a=b\r\nhello\r\n0\r\n\r\n"),
            ("an extension without a value", Rfc9112("7.1.1"), "5;a\r\nhello\r\n0;b\r\n\r\n"),
            ("an empty extension", Node22960, "5;\r\nhello\r\n0\r\n\r\n"),
            ("a quoted extension", Rfc9112("7.1.1"), "5;a=\"b;c\"\r\nhello\r\n0\r\n\r\n"),
            ("a long extension", Go39326, $"5;{new string('x', 1000)}\r\nhello\r\n0\r\n\r\n"),
            ("an extension that looks like a chunk", Funky2025, "5;0 0 \r\nhello\r\n0\r\n\r\n"),
            ("a trailer", Rfc9112("7.1.2"), "5\r\nhello\r\n0\r\nX: y\r\n\r\n"),
            ("a trailer that speaks of the client", Rfc9110("6.5.1"), "5\r\nhello\r\n0\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n"),
            ("a trailer that gives a length", Rfc9110("6.5.1"), "5\r\nhello\r\n0\r\nContent-Length: 50\r\n\r\n"),
            ("a trailer that gives a coding", Rfc9110("6.5.1"), "5\r\nhello\r\n0\r\nTransfer-Encoding: gzip\r\n\r\n"),
            ("a trailer that gives a host", Rfc9110("6.5.1"), "5\r\nhello\r\n0\r\nHost: other.example\r\n\r\n"),
            ("a trailer with an underscore", Rfc9110("6.5.1"), "5\r\nhello\r\n0\r\nX_Forwarded_For: 192.0.2.1\r\n\r\n"),
            ("a trailer with a control character", Rfc9110("5.5"), "5\r\nhello\r\n0\r\nX: \x01\r\n\r\n"),
        ];
        return bodies.Select(body => new Case(
            body.Name, body.Source, Chunked(body.Body), Forwarded("POST /", "Transfer-Encoding: chunked").With("hello")));
    }

    /// <summary>Trailers that the head has announced, in the head's words, and what may not stand there whatever was announced.</summary>
    private static IEnumerable<Case> Announced()
    {
        string[] sum = ["Trailer: X-Sum", "behind X-Sum: abc"];
        string[] never =
        [
            "Authorization", "Cookie", "Content-Length", "Content-Type", "Transfer-Encoding", "Host", "Connection", "Trailer", "TE", "Expect", "If-None-Match", "Range",
            "Idempotency-Key", "X-Forwarded-For", "X-Real-IP", "X-Request-Id", "Forwarded", "traceparent", "X_Sum", "X.Sum",
        ];
        (string Name, string Source, string Announced, string Trailers, string[] Forwarded)[] cases =
        [
            ("an announced trailer", Rfc9110("6.6.2"), "X-Sum", "X-Sum: abc\r\n", sum),
            ("an announced trailer, twice", Rfc9110("6.6.2"), "X-Sum", "X-Sum: a\r\nx-sum: b\r\n", ["Trailer: X-Sum", "behind X-Sum: a", "behind X-Sum: b"]),
            ("an announced trailer that does not come", Rfc9110("6.6.2"), "X-Sum", "", ["Trailer: X-Sum"]),
            ("an announced trailer beside another", Rfc9110("6.5.1"), "X-Sum , ,x-sum", "X-Other: x\r\nX-Sum: abc\r\n", sum),
            ("an announced trailer with a control character", Rfc9110("5.5"), "X-Sum", "X-Sum: \x01\r\n", ["Trailer: X-Sum"]),
            ("more announced trailers than are taken", Rfc9110("6.5.1"), string.Join(',', Enumerable.Range(0, 17).Select(i => $"X-{i}")), "X-16: a\r\nX-0: b\r\n",
                [$"Trailer: {string.Join(", ", Enumerable.Range(0, 16).Select(i => $"X-{i}"))}", "behind X-0: b"]),
            .. never.Select(name => ($"an announced trailer of the name {name}", Rfc9110("6.5.1"), $"{name}, X-Sum", $"{name}: 5\r\nX-Sum: abc\r\n", sum)),
        ];
        return cases.Select(one => new Case(
            one.Name, one.Source, Post($"Transfer-Encoding: chunked\r\nTrailer: {one.Announced}\r\n", $"5\r\nhello\r\n0\r\n{one.Trailers}\r\n"),
            Forwarded("POST /", ["Transfer-Encoding: chunked", .. one.Forwarded]).With("hello")));
    }

    private static IEnumerable<Case> Bad()
    {
        (string Name, string Source, string Body)[] bodies =
        [
            ("LF after the size", Go22871, "5\nhello\r\n0\r\n\r\n"),
            ("LF after the last size", Netty58056, "5\r\nhello\r\n0\n\r\n"),
            ("CR after the size", Node32214, "5\rhello\r\n0\r\n\r\n"),
            ("LF in an extension", Kestrel55315, "5;a\nhello\r\n0\r\n\r\n"),
            ("LF in an extension that hides a request", Kestrel55315, $"2;\nxx\r\n{Hidden.Length:x}\r\n0\r\n\r\n{Hidden}0\r\n\r\n"),
            ("CR in an extension", Kestrel55315, "5;a\rb\r\nhello\r\n0\r\n\r\n"),
            ("CR in an extension, then its end", Funky2025, "5;a\r\r\nhello\r\n0\r\n\r\n"),
            ("LF before CR in an extension", Funky2025, "5;a\n\r\nhello\r\n0\r\n\r\n"),
            ("LF after the data", Funky2025, "5\r\nhello\n0\r\n\r\n"),
            ("CR after the data", Funky2025, "5\r\nhello\r0\r\n\r\n"),
            ("two signs after the data", H11N43859, "5\r\nhelloXX0\r\n\r\n"),
            ("nothing after the data", H11N43859, "5\r\nhello0\r\n\r\n"),
            ("more data than said", Watchfire2005, "5\r\nhello!\r\n0\r\n\r\n"),
            ("less data than said", Watchfire2005, "6\r\nhello\r\n0\r\n\r\n"),
            ("no size", Rfc9112("7.1"), "\r\nhello\r\n0\r\n\r\n"),
            ("no size but an extension", Rfc9112("7.1"), ";a\r\nhello\r\n0\r\n\r\n"),
            ("a size with 0x", Waitress2022, "0x5\r\nhello\r\n0\r\n\r\n"),
            ("a size with a plus", Waitress2022, "+5\r\nhello\r\n0\r\n\r\n"),
            ("a size with a minus", Rfc9112("7.1"), "-5\r\nhello\r\n0\r\n\r\n"),
            ("a size with a space before it", Apache2016, " 5\r\nhello\r\n0\r\n\r\n"),
            ("a size with a space after it", Apache2016, "5 \r\nhello\r\n0\r\n\r\n"),
            ("a size with a tab after it", Apache2016, "5\t\r\nhello\r\n0\r\n\r\n"),
            ("a size with a space before its extension", Rfc9112("7.1.1"), "5 ;a\r\nhello\r\n0\r\n\r\n"),
            ("a size with an underscore", Aiohttp2023, "0_5\r\nhello\r\n0\r\n\r\n"),
            ("a size with NUL", Hrs2020, "5\0\r\nhello\r\n0\r\n\r\n"),
            ("a size with a vertical tab", Hrs2020, "5\x0b\r\nhello\r\n0\r\n\r\n"),
            ("a size that is none", Rfc9112("7.1"), "g\r\nhello\r\n0\r\n\r\n"),
            ("a size of 31 bits and one", Nginx2013N2028, "80000000\r\nhello\r\n0\r\n\r\n"),
            ("a size of 32 bits", Nginx2013N2028, "FFFFFFFF\r\nhello\r\n0\r\n\r\n"),
            ("a size of 64 bits", Nginx2013N2028, "FFFFFFFFFFFFFFED\r\nhello\r\n0\r\n\r\n"),
            ("a size of more than 64 bits", Rfc9112("7.1"), "10000000000000005\r\nhello\r\n0\r\n\r\n"),
            ("a size with many zeros", Rfc9112("7.1"), $"{new string('0', 100)}5\r\nhello\r\n0\r\n\r\n"),
            ("a trailer without CRLF", Node35256, "5\r\nhello\r\n0\r\nX: y\n\r\n"),
            ("a trailer with a space before its colon", Tomcat46589, "5\r\nhello\r\n0\r\nX : y\r\n\r\n"),
            ("a trailer that is folded", Tomcat46589, "5\r\nhello\r\n0\r\nX: y\r\n z\r\n\r\n"),
            ("a trailer without a colon", Tomcat46589, "5\r\nhello\r\n0\r\nX\r\n\r\n"),
            ("a trailer with NUL", Tomcat46589, "5\r\nhello\r\n0\r\nX\0: y\r\n\r\n"),
            ("a trailer with a CR", Tomcat46589, "5\r\nhello\r\n0\r\nX: y\rz\r\n\r\n"),
        ];
        return bodies.Select(body => new Case(body.Name, body.Source, Chunked(body.Body), Refused(400, "body-malformed")) { MayBegin = true });
    }
}
