using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Bytes;
using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Sources;
using static FooBar.LoadBalancer.Tests.Strictness.Expected;

namespace FooBar.LoadBalancer.Tests.Strictness.Corpus;

/// <summary>Content-Length: with Transfer-Encoding, twice, and in forms that are none.</summary>
internal static class LengthCases
{
    private const string Chunked = "Transfer-Encoding: chunked\r\n";

    private static readonly Expected Ambiguous = Refused(400, "ambiguous-length");
    private static readonly Expected Malformed = Refused(400, "malformed");
    private static readonly Expected Hello = Forwarded("POST /").With("hello");

    public static IEnumerable<Case> All =>
    [
        new("CL.TE", Desync2019, Post($"Content-Length: 6\r\n{Chunked}", "0\r\n\r\nG"), Ambiguous),
        new("CL.TE with a hidden request", Watchfire2005, Post($"Content-Length: {5 + Hidden.Length}\r\n{Chunked}", $"0\r\n\r\n{Hidden}"), Ambiguous),
        new("TE.CL", Desync2019, Post($"{Chunked}Content-Length: 4\r\n", "5c\r\nGPOST / HTTP/1.1\r\n\r\n0\r\n\r\n"), Ambiguous),
        new("TE.CL where both agree", Rfc9112("6.3"), Post($"{Chunked}Content-Length: {Chunks.Length}\r\n", Chunks), Ambiguous),
        new("CL of zero beside TE", Browser2022, Post($"Content-Length: 0\r\n{Chunked}", Chunks), Ambiguous),
        new("TE in capitals beside CL", Desync2019, Post("Content-Length: 5\r\nTRANSFER-ENCODING: CHUNKED\r\n", Chunks), Ambiguous),
        new("CL beside TE in a GET", MustDie2025, Get($"Content-Length: 5\r\n{Chunked}"), Ambiguous),
        new("CL beside TE that is put aside", Rfc9112("6.3"), Post($"X-Content-Length: 5\r\n{Chunked}", Chunks), Ambiguous),
        new("CL twice around TE", Netty20445, Post($"Content-Length: 5\r\n{Chunked}Content-Length: 5\r\n", Chunks), Malformed),
        new("CL beside identity", Desync2019, Post("Content-Length: 5\r\nTransfer-Encoding: identity\r\n", "hello"), Malformed),
        new("CL beside TE of HTTP/1.0", Rfc9112("6.1"), $"POST / HTTP/1.0\r\nHost: localhost\r\nContent-Length: 5\r\n{Chunked}\r\n{Chunks}", Ambiguous),

        new("CL twice, the same", Rfc9110("8.6"), Post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), Malformed),
        new("CL twice, the first shorter", Watchfire2005, Post("Content-Length: 0\r\nContent-Length: 5\r\n", "hello"), Malformed),
        new("CL twice, the second shorter", Watchfire2005, Post("Content-Length: 5\r\nContent-Length: 0\r\n", "hello"), Malformed),
        new("CL twice, in different writing", Hrs2020, Post("Content-Length: 5\r\ncontent-length: 5\r\n", "hello"), Malformed),
        new("CL as a list, the same", Rfc9110("8.6"), Post("Content-Length: 5, 5\r\n", "hello"), Malformed),
        new("CL as a list, different", Rfc9110("8.6"), Post("Content-Length: 5, 6\r\n", "hello"), Malformed),
        new("CL and an empty one", Haproxy40225, Post("Content-Length: 5\r\nContent-Length:\r\n", "hello"), Malformed),
        new("CL after an empty one", Haproxy40225, Post("Content-Length:\r\nContent-Length: 5\r\n", "hello"), Malformed),
        .. Forms(),

        new("CL with blanks around it", Rfc9112("5.1"), Post("Content-Length: \t 5 \t\r\n", "hello"), Hello),
        new("CL without a blank", Rfc9112("5.1"), Post("Content-Length:5\r\n", "hello"), Hello),
        new("CL with leading zeros", Rfc9110("8.6"), Post("Content-Length: 0005\r\n", "hello"), Hello),
        new("CL in small letters", Rfc9112("5.1"), Post("content-length: 5\r\n", "hello"), Hello),
        new("CL of zero", Rfc9110("8.6"), Post("Content-Length: 0\r\n", ""), Forwarded("POST /").With("")),
        new("POST without a length", Rfc9112("6.3"), Post("", ""), Forwarded("POST /").With("")),
        new("POST without a length, with a body", Rfc9112("6.3"), Post("", "hello"), Forwarded("POST /").With(""), Malformed) { IsHalf = true },
        new("POST of HTTP/1.0", Rfc9112("6.3"), "POST / HTTP/1.0\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", Hello),
        new("POST of HTTP/1.0 without a length", Rfc9112("6.3"), "POST / HTTP/1.0\r\nHost: localhost\r\n\r\n", Malformed),
        new("GET with a body", MustDie2025, Get("Content-Length: 5\r\n") + "hello", Forwarded("GET /").With("hello")),
        new("GET with CL of zero", Rfc9110("9.3.1"), Get("Content-Length: 0\r\n"), Forwarded("GET /").With("")),
        new("GET that hides a request in its body", MustDie2025, Get($"Content-Length: {Hidden.Length}\r\n") + Hidden, Forwarded("GET /").With(Hidden)),
        new("POST that hides a request in its body (CL.0)", Browser2022, Post($"Content-Length: {Hidden.Length}\r\n", Hidden), Forwarded("POST /").With(Hidden)),
        new("HEAD with a body", Treq2021, "HEAD / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", Forwarded("HEAD /").With("hello")),
        new("DELETE with a body", Treq2021, "DELETE / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", Forwarded("DELETE /").With("hello")),
        new("OPTIONS with chunks that hide a request (TE.0)", Te02024,
            $"OPTIONS / HTTP/1.1\r\nHost: localhost\r\n{Chunked}\r\n{Hidden.Length:x}\r\n{Hidden}\r\n0\r\n\r\n",
            Forwarded("OPTIONS /", "Transfer-Encoding: chunked").With(Hidden)),
    ];

    /// <summary>Values that one server or another has taken for a number.</summary>
    private static IEnumerable<Case> Forms()
    {
        (string Value, string Source)[] forms =
        [
            ("", Haproxy40225), ("+5", Tomcat42252), ("-5", Rfc9110("8.6")), ("-0", Waitress2022), ("0x5", Waitress2022), ("5.0", Rfc9110("8.6")),
            ("5e0", Rfc9110("8.6")), ("0_5", Aiohttp2023), ("1 0", Tomcat42252), ("5;", Tomcat42252), ("5,", Rfc9110("8.6")), (",5", Rfc9110("8.6")),
            ("\"5\"", Rfc9110("8.6")), ("five", Rfc9110("8.6")), ("5\x0b", Hrs2020), ("\x0b\x35", Hrs2020), ("\x0c\x35", Hrs2020), ("5\x00", Hrs2020),
            ("\x00\x35", Hrs2020), ("5\xa0", Hrs2020), ("\xb2", Aiohttp2023), ("\xd9\xa5", Aiohttp2023), ("5 bytes", Tomcat42252), ("(5)", Rfc9110("8.6")),
            ("9223372036854775808", Rfc9110("8.6")), ("18446744073709551621", Nginx2013N2028), ("00000000000000000005", Rfc9110("8.6")),
            ("55555555555555555555555555555555555555555", Rfc9110("8.6")),
        ];
        return forms.Select(form => new Case($"CL '{Wire.WireReader.Visible(form.Value)}'", form.Source, Post($"Content-Length: {form.Value}\r\n", "hello"), Malformed));
    }
}
