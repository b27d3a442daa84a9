using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Bytes;
using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Sources;
using static FooBar.LoadBalancer.Tests.Strictness.Expected;

namespace FooBar.LoadBalancer.Tests.Strictness.Corpus;

/// <summary>The request line: its parts, methods, versions, and the four forms of a target.</summary>
internal static class RequestLineCases
{
    private static readonly Expected Malformed = Refused(400, "malformed");
    private static readonly Expected UnknownMethod = Refused(501, "method-unknown");
    private static readonly Expected NotAllowed = Refused(405, "method-not-allowed");
    private static readonly Expected Target = Refused(400, "target");

    public static IEnumerable<Case> All =>
    [
        new("HTTP/0.9", Rfc9112("3"), "GET /\r\n", Malformed),
        new("HTTP/0.9 with a header", Rfc9112("3"), "GET /\r\nHost: localhost\r\n\r\n", Malformed),
        new("HTTP/0.9 with a space", Rfc9112("3"), "GET / \r\nHost: localhost\r\n\r\n", Malformed),
        new("HTTP/1.0", Rfc9112("3"), Line("GET / HTTP/1.0"), Forwarded("GET /")),
        .. Each("HTTP/0.9", "HTTP/1.2", "HTTP/1.9", "HTTP/2.0", "HTTP/3.0", "HTTP/9.9", "HTTP/1.a", "XXXX/1.1")
            .Select(version => new Case($"version {version}", Rfc9110("2.5"), Line($"GET / {version}"), Refused(505, "version"))),
        .. Each("HTTP/1", "HTTP/1.10", "HTTP/01.1", "HTTP /1.1", "HTTP/1.1 x", "HTTP/1.1;x", "HTTPS/1.1")
            .Select(version => new Case($"version {version}", Rfc9112("2.3"), Line($"GET / {version}"), Malformed)),
        new("version http/1.1", Rfc9112("2.3"), Line("GET / http/1.1"), Refused(505, "version")),
        new("a tab for the first space", Apache2016, Line("GET\t/ HTTP/1.1"), Malformed),

        // Kestrel takes any byte for the space after a target of one character. What goes on has one.
        new("a tab for the second space", Apache2016, Line("GET /\tHTTP/1.1"), Forwarded("GET /")),
        new("a vertical tab for the second space", Apache2016, Line("GET /\x0bHTTP/1.1"), Forwarded("GET /")),
        new("a byte over 127 for the second space", Apache2016, Line("GET /\xa0HTTP/1.1"), Forwarded("GET /")),
        new("a letter for the second space", Apache2016, Line("GET /xHTTP/1.1"), Forwarded("GET /")),
        new("a tab for the second space after a longer target", Apache2016, Line("GET /a\tHTTP/1.1"), Malformed),
        new("two spaces after the method", Rfc9112("3"), Line("GET  / HTTP/1.1"), Malformed),
        new("two spaces after the target", Rfc9112("3"), Line("GET /  HTTP/1.1"), Forwarded("GET /")),
        new("a space after the version", Rfc9112("3"), Line("GET / HTTP/1.1 "), Malformed),
        new("no target", Rfc9112("3"), Line("GET  HTTP/1.1"), Malformed),
        new("no method", Rfc9112("3"), Line("/ HTTP/1.1"), Malformed),
        new("no version", Rfc9112("3"), Line("GET /"), Malformed),
        new("only a method", Rfc9112("3"), Line("GET"), Malformed),
        new("a space in the target", Nginx2013N4547, Line("GET /a b HTTP/1.1"), Malformed),
        new("a space and NUL in the target", Nginx2013N4547, Line("GET /a \0b HTTP/1.1"), Malformed),
        new("a whole request in the target", Apache25690, Line("GET / HTTP/1.1 GET /hidden HTTP/1.1"), Malformed),
        new("a second version in the target", Apache25690, Line("GET /?HTTP/1.1 HTTP/1.1"), Forwarded("GET /?HTTP/1.1")),

        .. Each("POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "M-SEARCH", "QUERY").Select(method => new Case(
            $"method {method}",
            Rfc9110("9"),
            $"{method} / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
            Forwarded($"{method} /").With(""))),
        .. Each("TRACE", "TRACK").Select(method => new Case($"method {method}", Rfc9110("9.3.8"), Line($"{method} / HTTP/1.1"), NotAllowed)),
        .. Each("get", "Get", "gET", "post", "trace", "GET1", "GET_", "G!T", "X'Y", new string('A', 33))
            .Select(method => new Case($"method {method}", Rfc9110("9.1"), Line($"{method} / HTTP/1.1"), UnknownMethod)),
        .. Each("G\0ET", "G\x01T", "G\x7fT", "GET,", "(GET)", "\"GET\"", "GET:", "G\xc9T", "\xef\xbb\xbfGET")
            .Select(method => new Case($"method {Wire.WireReader.Visible(method)}", Rfc9110("9.1"), Line($"{method} / HTTP/1.1"), Malformed)),
        new("method connect", Rfc9110("9.1"), Line("connect / HTTP/1.1"), UnknownMethod),
        new("CONNECT with a path", Rfc9112("3.2.3"), Line("CONNECT / HTTP/1.1"), NotAllowed),
        new("CONNECT to this host", Rfc9112("3.2.3"), "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n", NotAllowed),
        new("CONNECT to another host", CrackingLens2017, "CONNECT 192.0.2.1:80 HTTP/1.1\r\nHost: 192.0.2.1:80\r\n\r\n", NotAllowed),
        new("CONNECT with another Host", CrackingLens2017, "CONNECT 192.0.2.1:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", Malformed),

        new("OPTIONS *", Rfc9112("3.2.4"), Line("OPTIONS * HTTP/1.1"), Target),
        new("GET *", Rfc9112("3.2.4"), Line("GET * HTTP/1.1"), Refused(405, "method-not-allowed")),
        new("OPTIONS */", Rfc9112("3.2.4"), Line("OPTIONS */ HTTP/1.1"), Malformed),
        new("authority form", Rfc9112("3.2.3"), Line("GET localhost:443 HTTP/1.1"), Refused(405, "method-not-allowed")),
        new("no slash", Rfc9112("3.2.1"), Line("GET index.html HTTP/1.1"), Refused(405, "method-not-allowed")),
        new("a question mark alone", Rfc9112("3.2.1"), Line("GET ?a=b HTTP/1.1"), Malformed),
        new("a percent sign first", Kestrel2019, Line("GET %2Fa HTTP/1.1"), Malformed),
        new("an at sign first", CrackingLens2017, Line("GET @other.example/ HTTP/1.1"), Malformed),
        new("a backslash first", BreakingParser2018, Line("GET \\a HTTP/1.1"), Malformed),
        new("a dot first", Rfc9112("3.2.1"), Line("GET ./a HTTP/1.1"), Malformed),

        new("absolute form", Rfc9112("3.2.2"), Line("GET https://localhost/a?b HTTP/1.1"), Forwarded("GET /a?b")),
        new("absolute form without a path", Rfc9112("3.2.2"), Line("GET https://localhost HTTP/1.1"), Forwarded("GET /")),
        new("absolute form with a query only", Rfc9112("3.2.2"), Line("GET https://localhost?b HTTP/1.1"), Forwarded("GET /?b")),
        new("absolute form with escapes", Rfc9112("3.2.2"), Line("GET https://localhost/a%2Fb%20c HTTP/1.1"), Target),
        new("absolute form with the host in capitals", Rfc9112("3.2.2"), Line("GET https://LOCALHOST/ HTTP/1.1"), Forwarded("GET /")),
        new("absolute form of http", Rfc9112("3.3"), Line("GET http://localhost/ HTTP/1.1"), Target),
        new("absolute form of ftp", Rfc9112("3.2.2"), Line("GET ftp://localhost/ HTTP/1.1"), Malformed),
        new("absolute form of file", CrackingLens2017, Line("GET file:///etc/passwd HTTP/1.1"), Malformed),
        new("absolute form of another host", HostOfTroubles2016, Line("GET https://other.example/ HTTP/1.1"), Malformed),
        new("absolute form of this host, Host another", HostOfTroubles2016, "GET https://localhost/ HTTP/1.1\r\nHost: other.example\r\n\r\n", Malformed),
        new("absolute form without Host", Rfc9112("3.2"), "GET https://localhost/ HTTP/1.1\r\n\r\n", Malformed),
        new("absolute form without Host, HTTP/1.0", Rfc9112("3.2"), "GET https://localhost/ HTTP/1.0\r\n\r\n", Refused(400, "host")),
        new("absolute form with user info", Rfc3986("3.2.1"), Line("GET https://user@localhost/ HTTP/1.1"), Refused(400, "host")),
        new("absolute form with a host as user info", CrackingLens2017, Line("GET https://other.example@localhost/ HTTP/1.1"), Refused(400, "host")),
        new("absolute form with a port", Rfc9112("3.2.2"), "GET https://localhost:8443/ HTTP/1.1\r\nHost: localhost:8443\r\n\r\n", Forwarded("GET /", "Host: localhost:8443")),
        new("absolute form with the usual port", Rfc9112("3.2.2"), Line("GET https://localhost:443/ HTTP/1.1"), Refused(400, "host")),
        new("absolute form with a short address", HostOfTroubles2016, "GET https://127.1/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", Refused(400, "host")),
        new("absolute form of an inner page", Rfc9112("3.2.2"), Line("GET https://localhost/health/ready HTTP/1.1"), Refused(404, "inner-page")),
        new("absolute form with dot segments", Rfc9112("3.2.2"), Line("GET https://localhost/a/../b HTTP/1.1"), Refused(400, "path")),
        new("absolute form with one slash", CrackingLens2017, Line("GET https:/localhost/ HTTP/1.1"), Malformed),
        new("absolute form with a backslash", BreakingParser2018, Line("GET https://localhost\\@other.example/ HTTP/1.1"), Malformed),
    ];

    private static string Line(string line) => $"{line}\r\nHost: localhost\r\n\r\n";
}
