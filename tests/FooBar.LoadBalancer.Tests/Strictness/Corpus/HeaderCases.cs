using System.Globalization;
using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Bytes;
using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Sources;
using static FooBar.LoadBalancer.Tests.Strictness.Expected;

namespace FooBar.LoadBalancer.Tests.Strictness.Corpus;

/// <summary>Names and values of headers.</summary>
internal static class HeaderCases
{
    private static readonly Expected Malformed = Refused(400, "malformed");

    public static IEnumerable<Case> All =>
    [
        .. NamesWith("_!#$%&'*+.^`|~\"(),/;<=>?@[\\]{}\x01\x0b\x0c\x1f\x7f", Refused(400, "header-name")),
        .. NamesWith("\0 \t\x80\xa0\xff", Malformed),
        .. ValuesWith("\x01\x02\x08\x0b\x0c\x0e\x1b\x1f\x7f", Refused(400, "header-value")),
        .. ValuesWith("\0", Malformed),
        .. "\t!\"~\x80\x85\xa0\xff".Select(c => new Case(
            $"value with {Code(c)}", Rfc9110("5.5"), Get($"X-A: a{c}b\r\n"), Forwarded("GET /", $"X-A: a{c}b"))),

        new("a header", Rfc9112("5"), Get("X-A: b\r\n"), Forwarded("GET /", "X-A: b")),
        new("a header of many kinds of letters", Rfc9110("5.1"), Get("x-A1-b: B\r\n"), Forwarded("GET /", "X-A1-B: B")),
        new("an empty value", Rfc9110("5.5"), Get("X-A:\r\n"), Forwarded("GET /", "X-A: ")),
        new("a value of blanks", Rfc9110("5.5"), Get("X-A: \t \r\n"), Forwarded("GET /", "X-A: ")),
        new("a value with a colon", Rfc9110("5.5"), Get("X-A:b: c\r\n"), Forwarded("GET /", "X-A: b: c")),
        new("no name", Haproxy25725, Get(": b\r\n"), Malformed),
        new("no name before a length", Haproxy25725, Post(": x\r\nContent-Length: 5\r\n", "hello"), Malformed),
        new("no colon", Rfc9112("5"), Get("X-A b\r\n"), Malformed),
        new("a word alone", Rfc9112("5"), Get("X-A\r\n"), Malformed),
        new("a colon alone", Rfc9112("5"), Get(":\r\n"), Malformed),
        new("a space before the colon", Netty16869, Get("X-A : b\r\n"), Malformed),
        new("a space before the name", Squid2020, Get(" X-A: b\r\n"), Malformed),
        new("a name of 270 bytes that ends as a length", Haproxy40346, Post($"Content-Length0{new string('a', 255)}:\r\nContent-Length: 5\r\n", "hello"),
            Forwarded("POST /", $"Content-Length0{new string('a', 255)}: ").With("hello")),
        new("a request line in place of a header", Watchfire2005, Get("GET /hidden HTTP/1.1\r\n"), Malformed),
        new("a pseudo header", Sequel2021, Get(":path: /hidden\r\n"), Malformed),
        new("the same header twice", Rfc9110("5.3"), Get("X-A: 1\r\nX-A: 2\r\n"), Forwarded("GET /", "X-A: 1", "X-A: 2")),
        new("the same header twice, one empty", Rfc9110("5.3"), Get("X-A: 1\r\nX-A:\r\n"), Forwarded("GET /", "X-A: 1", "X-A:")),
        new("Cookie twice", Rfc9110("5.3"), Get("Cookie: a=1\r\nCookie: b=2\r\n"), Forwarded("GET /", "Cookie: a=1; b=2")),
        new("Authorization twice", Rfc9110("5.3"), Get("Authorization: a\r\nAuthorization: b\r\n"), Forwarded("GET /", "Authorization: a", "Authorization: b")),
        new("Content-Type twice, the second gRPC", Rfc9110("5.3"), Post("Content-Type: text/plain\r\nContent-Type: application/grpc\r\nContent-Length: 5\r\n", "hello"),
            Forwarded("POST /", "Content-Type: text/plain", "Content-Type: application/grpc").With("hello")),
        new("Content-Type of gRPC", Rfc9110("8.3"), Post("Content-Type: application/grpc\r\nContent-Length: 5\r\n", "hello"), Refused(415, "grpc")),
        new("Content-Type without a body", Rfc9110("8.3"), Get("Content-Type: text/plain\r\n"), Forwarded("GET /", "Content-Type: text/plain")),
        new("many ranges", Nginx2017N7529, Get("Range: bytes=0-,0-,0-,0-,0-,0-,-9223372036854775608\r\n"), Forwarded("GET /", "Range: bytes=0-,0-,0-,0-,0-,0-,-9223372036854775608")),
        new("a value that would end a header where it is decoded", Apache38709, Get("X-A: b%0d%0aX-C: d\r\n"), Forwarded("GET /", "X-A: b%0d%0aX-C: d")),
        new("a value with wide characters that end in CR and LF", Sequel2021, Get("X-A: \xe5\x98\x8d\xe5\x98\x8aX-C: d\r\n"), Forwarded("GET /", "X-A: \xe5\x98\x8d\xe5\x98\x8aX-C: d")),
    ];

    private static IEnumerable<Case> NamesWith(string characters, Expected answer) => characters.Select(c => new Case(
        $"name with {Code(c)}", Rfc9110("5.1"), Get($"X{c}A: b\r\n"), answer));

    private static IEnumerable<Case> ValuesWith(string characters, Expected answer) => characters.Select(c => new Case(
        $"value with {Code(c)}", Rfc9110("5.5"), Get($"X-A: a{c}b\r\n"), answer));

    private static string Code(char c) => string.Create(CultureInfo.InvariantCulture, $"0x{(int)c:x2}");
}
