using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Bytes;
using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Sources;
using static FooBar.LoadBalancer.Tests.Strictness.Expected;

namespace FooBar.LoadBalancer.Tests.Strictness.Corpus;

/// <summary>Transfer-Encoding in the forms that one server takes for "chunked" and the next does not see.</summary>
internal static class CodingCases
{
    private static readonly Expected Malformed = Refused(400, "malformed");
    private static readonly Expected Unknown = Refused(501, "transfer-coding");
    private static readonly Expected Hello = Forwarded("POST /", "Transfer-Encoding: chunked").With("hello");

    public static IEnumerable<Case> All =>
    [
        new("chunked", Rfc9112("7.1"), Post("Transfer-Encoding: chunked\r\n", Chunks), Hello),
        new("chunked in capitals", Rfc9112("7"), Post("TRANSFER-ENCODING: CHUNKED\r\n", Chunks), Hello),
        new("chunked without a blank", Rfc9112("5.1"), Post("Transfer-Encoding:chunked\r\n", Chunks), Hello),
        new("chunked after a tab", Desync2019, Post("Transfer-Encoding:\tchunked\r\n", Chunks), Hello),
        new("chunked with blanks around it", Rfc9112("5.1"), Post("Transfer-Encoding: \t chunked \t\r\n", Chunks), Hello),

        new("space before the colon", Netty16869, Post("Transfer-Encoding : chunked\r\n", Chunks), Malformed),
        new("tab before the colon", Netty16869, Post("Transfer-Encoding\t: chunked\r\n", Chunks), Malformed),
        new("space before the colon, beside CL", Node22959, Post("Content-Length: 5\r\nTransfer-Encoding : chunked\r\n", Chunks), Malformed),
        new("vertical tab before the colon", Hrs2020, Post("Transfer-Encoding\x0b: chunked\r\n", Chunks), Refused(400, "header-name")),
        new("NUL before the colon", Hrs2020, Post("Transfer-Encoding\0: chunked\r\n", Chunks), Malformed),
        new("CR before the colon", Desync2019, Post("Transfer-Encoding\r: chunked\r\n", Chunks), Malformed),
        new("line ending before the colon", Desync2019, Post("Transfer-Encoding\r\n : chunked\r\n", Chunks), Malformed),
        new("LF before the colon", Desync2019, Post("Transfer-Encoding\n : chunked\r\n", Chunks), Malformed),
        new("space before the name", Desync2019, Post(" Transfer-Encoding: chunked\r\n", Chunks), Malformed),
        new("tab before the name, after CL", Squid2020, Post("Content-Length: 5\r\n\tTransfer-Encoding: chunked\r\n", Chunks), Malformed),
        new("behind a bare LF in a value", Desync2019, Post("X: X\nTransfer-Encoding: chunked\r\n", Chunks), Malformed),
        new("behind a bare CR in a value", Node30589, Post("X: X\rTransfer-Encoding: chunked\r\n", Chunks), Malformed),
        new("behind CR and another sign", Node30589, Post("Content-Length: 5\r\nX: X\rxTransfer-Encoding: chunked\r\n", Chunks), Malformed),
        new("quotation mark before the name", Desync2019, Post("\"Transfer-Encoding: chunked\r\n", Chunks), Refused(400, "header-name")),
        new("underscore in the name", Hrs2020, Post("Transfer_Encoding: chunked\r\n", Chunks), Refused(400, "header-name")),
        new("dot in the name", Treq2021, Post("Transfer.Encoding: chunked\r\n", Chunks), Refused(400, "header-name")),
        new("byte over 127 in the name", Treq2021, Post("Transfer-Encod\xefng: chunked\r\n", Chunks), Malformed),
        new("byte over 127 before the name", Hrs2020, Post("\xa0Transfer-Encoding: chunked\r\n", Chunks), Malformed),
        new("empty line's CR before the name", Apache2016, Post("\rTransfer-Encoding: chunked\r\n", Chunks), Malformed),
        new("folded value", Node32215, Post("Transfer-Encoding:\r\n chunked\r\n", Chunks), Malformed),
        new("folded list", Node32215, Post("Transfer-Encoding: chunked\r\n , identity\r\n", Chunks), Malformed),

        .. Values(),

        new("twice", Rfc9112("6.1"), Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Chunks), Unknown),
        new("twice, the second none", Desync2019, Post("Transfer-Encoding: chunked\r\nTransfer-encoding: cow\r\n", Chunks), Malformed),
        new("twice, the first none", Desync2019, Post("Transfer-Encoding: cow\r\nTransfer-Encoding: chunked\r\n", Chunks), Unknown),
        new("twice, the first identity", Gunicorn1135, Post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", Chunks), Unknown),
        new("twice, the second identity", Gunicorn1135, Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", Chunks), Malformed),
        new("in HTTP/1.0", Rfc9112("6.1"), $"POST / HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{Chunks}", Refused(400, "ambiguous-length")),
        new("in a GET", Browser2022, Get("Transfer-Encoding: chunked\r\n") + Chunks, Forwarded("GET /", "Transfer-Encoding: chunked").With("hello")),
        new("in a HEAD", Treq2021, $"HEAD / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{Chunks}", Forwarded("HEAD /", "Transfer-Encoding: chunked").With("hello")),
        new("another name that hides nothing", Treq2021, Post("TransferEncoding: chunked\r\n", Chunks),
            Forwarded("POST /", "TransferEncoding: chunked").With(""), Malformed),
        new("as Content-Encoding", Desync2019, Post("Content-Encoding: chunked\r\nContent-Length: 5\r\n", "hello"), Forwarded("POST /", "Content-Encoding: chunked").With("hello")),
        new("as TE", Rfc9110("10.1.4"), Post("TE: chunked\r\nContent-Length: 5\r\n", "hello"), Forwarded("POST /").With("hello")),
        new("named by Connection", Apache26377, Post("Transfer-Encoding: chunked\r\nConnection: close, Transfer-Encoding\r\n", Chunks), Refused(400, "connection-option")),
    ];

    private static IEnumerable<Case> Values()
    {
        (string Value, string Source, Expected Answer)[] values =
        [
            ("", Rfc9112("6.1"), Malformed), ("xchunked", Desync2019, Malformed), ("chunkedx", Desync2019, Malformed), ("chunk", Desync2019, Malformed),
            ("\x0b\x63hunked", Haproxy18277, Malformed), ("\x0c\x63hunked", Haproxy18277, Malformed), ("chunked\x0b", Haproxy18277, Malformed),
            ("\x00\x63hunked", Hrs2020, Malformed), ("chunked\x00", Hrs2020, Malformed), ("\xa0\x63hunked", Hrs2020, Malformed), ("chunked\xff", Hrs2020, Malformed),
            ("\x85\x63hunked", Treq2021, Malformed), ("\"chunked\"", Desync2019, Malformed), ("'chunked'", Desync2019, Malformed), ("chunked;q=1", Treq2021, Malformed),
            ("chunked; x", Rfc9112("7"), Malformed), ("chun ked", Treq2021, Malformed), ("identity", Rfc9112("7"), Malformed), ("gzip", Rfc9112("6.1"), Malformed),
            ("chunked, identity", Desync2019, Malformed), ("chunked, gzip", Rfc9112("6.1"), Malformed), ("chunked, cow", Desync2019, Malformed),
            ("identity, chunked", Desync2019, Unknown), ("gzip, chunked", Rfc9112("6.1"), Unknown), ("chunked, chunked", Rfc9112("6.1"), Unknown),
            ("cow, chunked", Desync2019, Unknown), (", chunked", Treq2021, Unknown), ("chunked,", Treq2021, Unknown), ("chunked, ", Treq2021, Unknown),
            ("x, \tchunked", Treq2021, Malformed), ("C\x48UNKED\x1f", Treq2021, Malformed),
        ];
        return values.Select(value => new Case(
            $"Transfer-Encoding '{Wire.WireReader.Visible(value.Value)}'", value.Source, Post($"Transfer-Encoding: {value.Value}\r\n", Chunks), value.Answer));
    }
}
