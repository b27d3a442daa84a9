using System.Globalization;
using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Bytes;
using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Sources;
using static FooBar.LoadBalancer.Tests.Strictness.Expected;

namespace FooBar.LoadBalancer.Tests.Strictness.Corpus;

/// <summary>Too much of something, and the beginning of something that never ends. The largest body is 4,096 bytes in this arrangement.</summary>
internal static class LimitCases
{
    private static readonly Expected Malformed = Refused(400, "malformed");
    private static readonly Expected HeadersTooLarge = Refused(431, "headers-too-large");

    public static IEnumerable<Case> All =>
    [
        new("a request line at the limit", Rfc9112("3"), Get("", $"/{new string('a', 8192 - "GET / HTTP/1.1\r\n".Length - 1)}"),
            Forwarded($"GET /{new string('a', 8192 - "GET / HTTP/1.1\r\n".Length - 1)}")),
        new("a request line over the limit", Rfc9112("3"), Get("", $"/{new string('a', 8192)}"), Refused(414, "line-too-long")),
        new("a request line without an end", Rfc9112("3"), $"GET /{new string('a', 20_000)}", Refused(414, "line-too-long")),
        new("a method without an end", Rfc9112("3"), new string('A', 20_000), Refused(414, "line-too-long")),
        new("a query over the limit", Rfc9112("3"), Get("", $"/?{new string('a', 9000)}"), Refused(414, "line-too-long")),
        new("99 headers and Host", Rfc9110("5.4"), Get(Headers(99)), Forwarded("GET /", [.. Enumerable.Range(0, 99).Select(i => $"X-{i}: y")])),
        new("one header too many", Rfc9110("5.4"), Get(Headers(100)), HeadersTooLarge),
        new("a thousand headers", Rfc9110("5.4"), Get(Headers(1000)), HeadersTooLarge),
        new("a header over the limit", Rfc9110("5.4"), Get($"X: {new string('a', 17 * 1024)}\r\n"), HeadersTooLarge),
        new("a header without an end", Rfc9110("5.4"), $"GET / HTTP/1.1\r\nHost: localhost\r\nX: {new string('a', 40_000)}", HeadersTooLarge),
        new("a name without an end", Rfc9110("5.4"), $"GET / HTTP/1.1\r\nHost: localhost\r\n{new string('a', 40_000)}", HeadersTooLarge),
        new("headers over the limit together", Rfc9110("5.4"), Get(string.Concat(Enumerable.Range(0, 20).Select(i => $"X-{i}: {new string('a', 1000)}\r\n"))), HeadersTooLarge),
        new("a body at the limit", Rfc9110("15.5.14"), Post("Content-Length: 4096\r\n", new string('a', 4096)), Forwarded("POST /").With(new string('a', 4096))),
        new("a body over the limit", Rfc9110("15.5.14"), Post("Content-Length: 4097\r\n", new string('a', 4097)), Refused(413, "body-too-large")),
        new("a length over the limit, without the body", Rfc9110("15.5.14"), Post("Content-Length: 4097\r\n", ""), Refused(413, "body-too-large")) { IsLast = true },
        new("the largest length", Rfc9110("15.5.14"), Post("Content-Length: 9223372036854775807\r\n", ""), Refused(413, "body-too-large")) { IsLast = true },
        new("chunks over the limit", Rfc9110("15.5.14"), Post("Transfer-Encoding: chunked\r\n", $"1001\r\n{new string('a', 4097)}\r\n0\r\n\r\n"), Refused(413, "body-too-large")) { MayBegin = true },
        new("a chunk's size over the limit, without its data", Rfc9110("15.5.14"), Post("Transfer-Encoding: chunked\r\n", "7FFFFFFF\r\naaa")) { MayBegin = true, IsHalf = true },
        new("extensions over the limit", Go39326, Post("Transfer-Encoding: chunked\r\n", $"1;{new string('x', 5000)}\r\na\r\n0\r\n\r\n"), Refused(413, "body-too-large")) { MayBegin = true },
        new("trailers over the limit", Tomcat46589, Post("Transfer-Encoding: chunked\r\n", $"1\r\na\r\n0\r\nX: {new string('x', 20_000)}\r\n\r\n"), Refused(431, "headers-too-large")) { MayBegin = true },

        .. Each("G", "GET", "GET ", "GET /", "GET / HTTP/1.1", "GET / HTTP/1.1\r", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost", "GET / HTTP/1.1\r\nHost: localhost",
            "GET / HTTP/1.1\r\nHost: localhost\r", "GET / HTTP/1.1\r\nHost: localhost\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\n\r").Select(half => new Case($"ends after '{Wire.WireReader.Visible(half)}'", Rfc9112("8"), half, Malformed) { IsHalf = true }),
        new("nothing", Rfc9112("8"), "") { IsHalf = true },
        new("ends within a body", Rfc9112("8"), Post("Content-Length: 5\r\n", "hel")) { IsHalf = true, MayBegin = true },
        new("ends before a body", Rfc9112("8"), Post("Content-Length: 5\r\n", "")) { IsHalf = true, MayBegin = true },
        new("ends before chunks", Rfc9112("8"), Post("Transfer-Encoding: chunked\r\n", "")) { IsHalf = true, MayBegin = true },
    ];

    private static string Headers(int count) => string.Concat(Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"X-{i}: y\r\n")));
}
