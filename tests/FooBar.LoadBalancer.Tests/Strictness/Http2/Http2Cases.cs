using FooBar.LoadBalancer.Tests.Strictness.Corpus;
using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Sources;
using static FooBar.LoadBalancer.Tests.Strictness.Expected;
using static FooBar.LoadBalancer.Tests.Strictness.Http2.Http2Case;

namespace FooBar.LoadBalancer.Tests.Strictness.Http2;

/// <summary>Requests of HTTP/2 that would be others, or two, once they are written as HTTP/1.1.</summary>
internal static class Http2Cases
{
    private static readonly string[] Endings = ["\r\n", "\n", "\r", "\r\n\r\n", "\0"];

    public static IReadOnlyList<Http2Case> All { get; } =
    [
        new("h2 GET", Rfc9113("8.3.1"), Get(), Forwarded("GET /")),
        new("h2 POST", Rfc9113("8.1"), Post("hello"), Forwarded("POST /", "Transfer-Encoding: chunked").With("hello")),
        new("h2 POST with a length", Rfc9113("8.1.1"), Post("hello", ("content-length", "5")), Forwarded("POST /").With("hello")),
        new("h2 POST that hides a request", Sequel2021, Post(Bytes.Hidden, ("content-length", $"{Bytes.Hidden.Length}")), Forwarded("POST /").With(Bytes.Hidden)),
        new("h2 POST that hides a request, without a length", Sequel2021, Post(Bytes.Hidden), Forwarded("POST /", "Transfer-Encoding: chunked").With(Bytes.Hidden)),
        new("h2 POST without a body, with a length of zero", Rfc9113("8.1.1"), Fields([.. Usual("POST"), ("content-length", "0")]), Forwarded("POST /").With("")),
        new("h2 POST without a body", Rfc9113("8.1.1"), Fields(Usual("POST")), Forwarded("POST /").With("")),

        // Lengths (H2.CL).
        new("h2 length shorter than the data", Sequel2021, Post("hello", ("content-length", "4")), null) { MayBegin = true },
        new("h2 length of zero before data", Sequel2021, Post(Bytes.Hidden, ("content-length", "0")), null) { MayForward = Forwarded("POST /").With("") },
        new("h2 length longer than the data", Varnish2021, Post("hello", ("content-length", "6")), null) { MayBegin = true },
        new("h2 length without data", Varnish2021, Fields([.. Usual("POST"), ("content-length", "5")]), null) { MayBegin = true },
        new("h2 length twice", Rfc9110("8.6"), Post("hello", ("content-length", "5"), ("content-length", "5")), null),
        new("h2 length twice, different", Sequel2021, Post("hello", ("content-length", "5"), ("content-length", "0")), null),
        .. Bytes.Each("", "+5", "-5", "5, 5", "0x5", "5 ", " 5", "5\x0b", "5x").Select(value => new Http2Case(
            $"h2 length '{Wire.WireReader.Visible(value)}'", Rfc9110("8.6"), Post("hello", ("content-length", value)), null)),
        .. Bytes.Each("+5", "5 ", "5\x0b").Select(value => new Http2Case(
            $"h2 length '{Wire.WireReader.Visible(value)}', its name from the table", Rfc9110("8.6"), Post("hello", ("!content-length", value)), null)),

        // Headers of the connection (H2.TE).
        .. Bytes.Each("chunked", "identity", "gzip, chunked", "x").Select(value => new Http2Case(
            $"h2 transfer-encoding '{value}'", Sequel2021, Post(Bytes.Chunks, ("transfer-encoding", value)), Refused(400, "ambiguous-length"))),
        new("h2 transfer-encoding, its name from the table", Sequel2021, Post(Bytes.Chunks, ("!transfer-encoding", "chunked")), Refused(400, "ambiguous-length")),
        new("h2 transfer-encoding, its name from the table, with a length", Sequel2021,
            Post(Bytes.Chunks, ("content-length", $"{Bytes.Chunks.Length}"), ("!transfer-encoding", "chunked")), Refused(400, "ambiguous-length")),
        new("h2 connection", Rfc9113("8.2.2"), Get(("connection", "close")), null),
        .. Bytes.Each("keep-alive", "proxy-connection", "upgrade").Select(name => new Http2Case($"h2 {name}", Rfc9113("8.2.2"), Get((name, "x")), Refused(400, "connection-option"))),
        new("h2 connection that names a header", Sequel2021, Get(("connection", "cookie"), ("cookie", "a=1")), null),
        new("h2 upgrade to h2c", H2c2020, Get(("connection", "upgrade"), ("upgrade", "h2c"), ("http2-settings", "AAMAAABkAARAAAAA")), null),
        new("h2 http2-settings alone", H2c2020, Get(("http2-settings", "AAMAAABkAARAAAAA")), Forwarded("GET /")),
        new("h2 te of trailers", Rfc9113("8.2.2"), Get(("te", "trailers")), Forwarded("GET /")),
        new("h2 te of chunked", Rfc9113("8.2.2"), Get(("te", "chunked")), null),
        new("h2 te of trailers and chunked", Rfc9113("8.2.2"), Get(("te", "trailers, chunked")), null),
        new("h2 proxy-authorization, its name from the table", Rfc9110("11.7.2"), Get(("!proxy-authorization", "x")), Forwarded("GET /")),
        new("h2 expect, its name from the table", MustDie2025, Get(("!expect", "x")), Refused(417, "expectation")),

        // Line endings.
        .. Endings.SelectMany(end => new Http2Case[]
        {
            new($"h2 value with {Show(end)}", Sequel2021, Get(("x-a", $"b{end}x-c: d")), null),
            new($"h2 value with {Show(end)}, its name from the table", Sequel2021, Get(("!user-agent", $"b{end}x-c: d")), null),
            new($"h2 name with {Show(end)}", Sequel2021, Get(($"x-a: b{end}x-c", "d")), end == "\0" ? null : Refused(400, "header-name")),
            new($"h2 path with {Show(end)}", Sequel2021, Fields(Usual("GET", $"/ HTTP/1.1{end}x-c: d")), null),
            new($"h2 method with {Show(end)}", Sequel2021, Fields(Usual($"GET / HTTP/1.1{end}x-c: d")), null),
            new($"h2 authority with {Show(end)}", Sequel2021, Fields((":method", "GET"), (":scheme", "https"), (":authority", $"localhost{end}x-c: d"), (":path", "/")), null),
            new($"h2 scheme with {Show(end)}", Sequel2021, Fields((":method", "GET"), (":scheme", $"https{end}"), (":authority", "localhost"), (":path", "/")), null),
            new($"h2 cookie with {Show(end)}", Sequel2021, Get(("!cookie", $"a=1{end}x-c: d")), null),
        }),

        // Names.
        new("h2 name in capitals", Rfc9113("8.2"), Get(("X-A", "b")), null),
        new("h2 name with a capital", Rfc9113("8.2"), Get(("x-aB", "b")), null),
        new("h2 name that is empty", Rfc9113("8.2.1"), Get(("", "b")), null),
        .. " _:\t.\x01\x7f\"(/".Select(c => new Http2Case($"h2 name with {Show($"{c}")}", Rfc9113("8.2.1"), Get(($"x{c}a", "b")), Refused(400, "header-name"))),
        new("h2 name with a byte over 127", Rfc9113("8.2.1"), Get(("x\xe4", "b")), null),
        new("h2 name that holds its value", Sequel2021, Get(("transfer-encoding: chunked", "")), Refused(400, "header-name")),
        new("h2 name with a colon at its end", Sequel2021, Get(("transfer-encoding:", "chunked")), Refused(400, "header-name")),
        new("h2 value with a control character", Rfc9110("5.5"), Get(("x-a", "\x01")), Refused(400, "header-value")),
        new("h2 value with blanks around it", Rfc9113("8.2.1"), Get(("x-a", " \tb ")), Forwarded("GET /", "X-A: b")),
        new("h2 x-forwarded-for", HostHeader2013, Get(("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=192.0.2.1"), ("x-real-ip", "192.0.2.1")), Forwarded("GET /")),
        new("h2 x_forwarded_for", Hrs2020, Get(("x_forwarded_for", "192.0.2.1")), Refused(400, "header-name")),
        new("h2 cookie in pieces", Rfc9113("8.2.3"), Get(("cookie", "a=1"), ("cookie", "b=2")), Forwarded("GET /", "Cookie: a=1; b=2")),

        // Pseudo headers.
        .. Bytes.Each(":method", ":scheme", ":path").Select(name => new Http2Case(
            $"h2 without {name}", Rfc9113("8.3.1"), Fields([.. Usual("GET").Where(field => field.Item1 != name)]), null)),
        new("h2 without :authority and host", Rfc9113("8.3.1"), Fields((":method", "GET"), (":scheme", "https"), (":path", "/")), Refused(400, "host")),
        new("h2 host in place of :authority", Rfc9113("8.3.1"), Fields((":method", "GET"), (":scheme", "https"), (":path", "/"), ("host", "localhost")), Forwarded("GET /")),
        new("h2 host beside :authority", Rfc9113("8.3.1"), Get(("host", "localhost")), Forwarded("GET /")),
        new("h2 another host beside :authority", HostOfTroubles2016, Get(("host", "other.example")), Forwarded("GET /")),
        new("h2 host twice beside :authority", HostOfTroubles2016, Get(("host", "other.example"), ("host", "localhost")), Forwarded("GET /")),
        new("h2 host twice", HostOfTroubles2016, Fields((":method", "GET"), (":scheme", "https"), (":path", "/"), ("host", "localhost"), ("host", "localhost")), null),
        .. Bytes.Each(":method", ":scheme", ":path", ":authority").Select(name => new Http2Case(
            $"h2 {name} twice", Sequel2021, Fields([.. Usual("GET"), Usual("GET").Single(field => field.Item1 == name)]), null)),
        new("h2 :path after a header", Rfc9113("8.3"), Fields((":method", "GET"), (":scheme", "https"), (":authority", "localhost"), ("x-a", "b"), (":path", "/")), null),
        new("h2 :status", Rfc9113("8.3"), Get((":status", "200")), null),
        new("h2 unknown pseudo header", Rfc9113("8.3"), Fields([.. Usual("GET"), (":x", "y")]), null),
        new("h2 :protocol without CONNECT", "RFC 8441, 4", Fields([.. Usual("GET"), (":protocol", "websocket")]), null),
        .. Bytes.Each("http", "ftp", "", "https://other.example/?").Select(scheme => new Http2Case(
            $"h2 scheme '{scheme}'", Sequel2021, Fields((":method", "GET"), (":scheme", scheme), (":authority", "localhost"), (":path", "/")), null)),
        .. Bytes.Each("user@localhost", "localhost/", "localhost:x", "localhost ", "localhost#", "a,b").Select(authority => new Http2Case(
            $"h2 authority '{authority}'", Sequel2021, Fields((":method", "GET"), (":scheme", "https"), (":authority", authority), (":path", "/")), null)),
        new("h2 authority with a port that is none", Rfc9113("8.3.1"), Fields((":method", "GET"), (":scheme", "https"), (":authority", "localhost:0"), (":path", "/")), Refused(400, "host")),
        new("h2 another authority", Rfc9110("7.4"), Fields((":method", "GET"), (":scheme", "https"), (":authority", "other.example"), (":path", "/")), Refused(421, "host-not-served")),
        new("h2 TLS for a name that is not served", Rfc9113("9.1.2"), Get(), Refused(421, "host-mismatch")) { ServerName = "other.example" },
        .. Bytes.Each("", "a", "*", "https://localhost/", "?a", "localhost").Select(path => new Http2Case($"h2 path '{path}'", Rfc9113("8.3.1"), Fields(Usual("GET", path)), null)),
        .. Bytes.Each("/a b", "/\x01", "/#", "/\"", "/ HTTP/1.1").Select(path => new Http2Case(
            $"h2 path '{Wire.WireReader.Visible(path)}'", Sequel2021, Fields(Usual("GET", path)), Refused(400, "target"))),
        new("h2 path with a byte over 127", Rfc9113("8.3.1"), Fields(Usual("GET", "/\xe4")), Refused(400, "target")),
        new("h2 path with an escaped slash", Rfc3986("3.3"), Fields(Usual("GET", "/a%2Fb")), Forwarded("GET /a%2Fb")),
        .. Bytes.Each("/a/../b", "/..;/a", "/a\\b", "/%zz", "/%0d%0a").Select(path => new Http2Case(
            $"h2 path '{path}'", Envoy2019N9901, Fields(Usual("GET", path)), Refused(400, "path"))),
        .. Bytes.Each("/health", "/%68ealth", "//health/ready", "/metrics;x").Select(path => new Http2Case(
            $"h2 path '{path}'", Envoy2019N9901, Fields(Usual("GET", path)), Refused(404, "inner-page"))),

        // Methods.
        .. Bytes.Each("TRACE", "TRACK").Select(method => new Http2Case($"h2 method {method}", Rfc9110("9.3.8"), Fields(Usual(method)), Refused(405, "method-not-allowed"))),
        .. Bytes.Each("get", "GeT", "connect", "G_T").Select(method => new Http2Case($"h2 method {method}", Rfc9110("9.1"), Fields(Usual(method)), Refused(501, "method-unknown"))),
        .. Bytes.Each("G T", "", "GET /", "GET:").Select(method => new Http2Case($"h2 method '{method}'", Sequel2021, Fields(Usual(method)), null)),
        new("h2 OPTIONS *", Rfc9113("8.3.1"), Fields(Usual("OPTIONS", "*")), Refused(400, "target")),
        new("h2 CONNECT", Rfc9113("8.5"), Fields((":method", "CONNECT"), (":authority", "localhost")), Refused(405, "method-not-allowed")),
        new("h2 CONNECT with a path", Rfc9113("8.5"), Fields(Usual("CONNECT")), null),
        new("h2 CONNECT for another protocol", "RFC 8441, 4", Fields([.. Usual("CONNECT"), (":protocol", "h2c")]), Refused(405, "method-not-allowed")),

        // Frames.
        new("h2 trailers", Rfc9113("8.1"), [Head(1, false, Usual("POST")), Data("hello", false), Head(1, true, ("x-a", "b"))],
            Forwarded("POST /", "Transfer-Encoding: chunked").With("hello")),
        new("h2 trailers that were announced", Rfc9110("6.6.2"),
            [Head(1, false, [.. Usual("POST"), ("trailer", "x-a, content-length")]), Data("hello", false), Head(1, true, ("x-a", "b"), ("content-length", "50"))],
            Forwarded("POST /", "Transfer-Encoding: chunked", "Trailer: x-a", "behind x-a: b").With("hello")),
        new("h2 announced trailers with a line ending", Sequel2021,
            [Head(1, false, [.. Usual("POST"), ("trailer", "x-a")]), Data("hello", false), Head(1, true, ("x-a", "b\r\nx-c: d"))],
            Forwarded("POST /", "Transfer-Encoding: chunked", "Trailer: x-a").With("hello")),
        new("h2 announced trailers behind a body of known length", Rfc9110("6.5.1"),
            [Head(1, false, [.. Usual("POST"), ("trailer", "x-a"), ("content-length", "5")]), Data("hello", false), Head(1, true, ("x-a", "b"))],
            Forwarded("POST /").With("hello")),
        new("h2 trailers that give a length", Tomcat46589, [Head(1, false, Usual("POST")), Data("hello", false), Head(1, true, ("content-length", "50"))],
            Forwarded("POST /", "Transfer-Encoding: chunked").With("hello")),
        new("h2 trailers with a pseudo header", Rfc9113("8.1"), [Head(1, false, Usual("POST")), Data("hello", false), Head(1, true, (":path", "/hidden"))], null) { MayBegin = true },
        new("h2 trailers with a line ending", Sequel2021, [Head(1, false, Usual("POST")), Data("hello", false), Head(1, true, ("x-a", "b\r\nx-c: d"))],
            Forwarded("POST /", "Transfer-Encoding: chunked").With("hello")),
        new("h2 trailers that do not end the stream", Rfc9113("8.1"), [Head(1, false, Usual("POST")), Data("hello", false), Head(1, false, ("x-a", "b"))], null) { MayBegin = true },
        new("h2 data that is padded", Rfc9113("6.1"), [Head(1, false, Usual("POST")), new Frame(Frame.Data, Frame.EndStream | Frame.Padded, 1, [3, .. "hello"u8, 0, 0, 0])],
            Forwarded("POST /", "Transfer-Encoding: chunked").With("hello")),
        new("h2 data with more padding than there is", Rfc9113("6.1"), [Head(1, false, Usual("POST")), new Frame(Frame.Data, Frame.EndStream | Frame.Padded, 1, [30, .. "hello"u8])], null) { MayBegin = true },
        new("h2 body over the limit", Rfc9110("15.5.14"), Post(new string('a', 4097), ("content-length", "4097")), Refused(413, "body-too-large")),
        new("h2 body over the limit, without a length", Rfc9110("15.5.14"), Post(new string('a', 5000)), Refused(413, "body-too-large")) { MayBegin = true },
        new("h2 headers over the limit", Rfc9110("5.4"), Split(HeaderBlock.Write([.. Usual("GET"), .. Enumerable.Range(0, 17).Select(i => ($"x-{i}", new string('a', 1000)))]), 8000), RefusedBare(431, "headers-too-large")),
        new("h2 headers too many", Rfc9110("5.4"), Get([.. Enumerable.Range(0, 110).Select(i => ($"x-{i}", "y"))]), RefusedBare(431, "headers-too-large")),
        new("h2 head in two frames", Rfc9113("6.10"), Split(HeaderBlock.Write([.. Usual("GET"), ("x-a", "b")]), 10), Forwarded("GET /", "X-A: b")),
        new("h2 head in two frames, another between", Rfc9113("6.10"), Interrupt(HeaderBlock.Write(Usual("GET"))), null),
    ];

    private static string Show(string text) => Wire.WireReader.Visible(text);

    private static Frame[] Split(byte[] block, int at) =>
    [
        new Frame(Frame.Headers, Frame.EndStream, 1, block[..at]),
        new Frame(Frame.Continuation, Frame.EndHeaders, 1, block[at..]),
    ];

    private static Frame[] Interrupt(byte[] block) =>
    [
        new Frame(Frame.Headers, Frame.EndStream, 1, block[..10]),
        new Frame(Frame.Ping, 0, 0, new byte[8]),
        new Frame(Frame.Continuation, Frame.EndHeaders, 1, block[10..]),
    ];
}
