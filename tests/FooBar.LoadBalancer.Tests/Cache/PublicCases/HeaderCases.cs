using static FooBar.LoadBalancer.Tests.Cache.PublicCases.CaseStep;

namespace FooBar.LoadBalancer.Tests.Cache.PublicCases;

/// <summary>Which fields are kept, and which a confirmation changes.</summary>
internal static class HeaderCases
{
    private const string Tag = "ETag: \"zero\"";

    private const string OfTheBody = "what the stored bytes are is not changed by a message without bytes (RFC 9111, 3.2, leaves that to the cache)";

    /// <summary>Names, and where it matters the values that come first and with the confirmation.</summary>
    private static readonly (string Name, string First, string Second)[] Kept =
    [
        ("Test-Header", "one", "two"),
        ("X-Test-Header", "one", "two"),
        ("Content-Foo", "one", "two"),
        ("X-Content-Foo", "one", "two"),
        ("Cache-Control", "max-age=1", "max-age=3600"),
        ("Content-Encoding", "one", "two"),
        ("Content-Length", "36", "10"),
        ("Content-Location", "/one", "/two"),
        ("Content-MD5", "b25l", "dHdv"),
        ("Content-Range", "one", "two"),
        ("Content-Security-Policy", "default-src 'none'", "default-src 'self'"),
        ("Content-Type", "text/html", "text/html; charset=utf-8"),
        ("Clear-Site-Data", "\"cache\"", "\"cookies\""),
        ("ETag", "\"one\"", "\"two\""),
        ("Expires", "Fri, 01 Jan 2027 00:00:00 GMT", "Sat, 01 Jan 2028 00:00:00 GMT"),
        ("Public-Key-Pins", "one", "two"),
        ("Set-Cookie", "one=1", "two=2"),
        ("Set-Cookie2", "one=1", "two=2"),
        ("X-Frame-Options", "sameorigin", "deny"),
        ("X-XSS-Protection", "0", "1"),
    ];

    /// <summary>A Transfer-Encoding that nobody knows is not among them: no server sends such a message, and none that gets it can tell its end.</summary>
    private static readonly string[] NotKept =
    [
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization", "Proxy-Connection", "TE", "Upgrade",
    ];

    public static IEnumerable<CacheCase> All =>
    [
        new CacheCase("headers-omit-headers-listed-in-Connection", CaseKind.Required, "fields that Connection names are kept by nobody",
            Ask().Gets("Cache-Control: max-age=100000", "Connection: a, b", "a: 1", "b: 2", "c: 3").Then(), Ask().FromCache().Sees("c: 3").SeesNo("a", "b")),
        .. Kept.Select(one => Stores(one.Name, one.Second)),
        .. NotKept.Select(name => new CacheCase($"headers-store-{name}", CaseKind.Required, $"{name} belongs to one connection",
            Ask().Gets("Cache-Control: max-age=3600", $"{name}: something").Then(), Ask().FromCache().SeesNo(name))),
        new CacheCase("304-lm-use-stored-Test-Header", CaseKind.Required, "a field that the confirmation leaves out stays",
            Ask().Gets("Cache-Control: max-age=2", "Last-Modified: {-1000}", "Test-Header: one").Then(),
            Ask().Gets("Last-Modified: {-1000}").ByDate().Sees("Test-Header: one")),
        .. Kept.Select(one => Updates(one.Name, one.First, one.Second)),
    ];

    private static CacheCase Stores(string name, string value)
    {
        string[] fields = name == "Cache-Control" ? [$"{name}: {value}"] : ["Cache-Control: max-age=3600", $"{name}: {value}"];
        CacheCase stores = new($"headers-store-{name}", CaseKind.Required, $"{name} is kept",
            Ask().Gets(fields).WithBody("0123456789").Then(), Ask().FromCache().Sees($"{name}: {value}"));
        return name != "Set-Cookie" ? stores : (stores with { Steps = [Ask().Gets(fields).Then(), Ask().FromBackend()] }).Differs(
            "an answer that sets a cookie is one visitor's, and never stored: a cache may always decline to");
    }

    private static CacheCase Updates(string name, string first, string second)
    {
        CaseKind kind = name is "Test-Header" or "X-Test-Header" or "Content-Foo" or "X-Content-Foo" or "Cache-Control" or "Content-Length" ? CaseKind.Required : CaseKind.Check;
        bool keeps = name is "Content-Length" or "Content-Encoding" or "Content-Range";
        string expected = keeps ? first : second;
        CaseStep stored = Ask().Gets(Fields(name, first)).WithBody("0123456789abcdefghijklmnopqrstuvwxyz").Then();
        CacheCase updates = new($"304-etag-update-response-{name}", kind, keeps ? $"a confirmation does not change {name}" : $"a confirmation changes {name}",
            stored, Ask().Gets(Fields(name, second)).ByTag().Sees($"{name}: {expected}"), Ask().FromCache().Sees($"{name}: {expected}"));
        return name switch
        {
            "Content-Encoding" or "Content-Range" => updates.Differs(OfTheBody),
            "ETag" => (updates with { Shows = "a confirmation of another tag confirms nothing", Steps = [stored, Ask().Gets(Fields(name, second)).FromBackend().Sees($"ETag: {second}")] })
                .Differs("RFC 9111, 4.3.4: a strong tag names the answer that is meant; there is none with this one, so the whole is asked for"),
            "Set-Cookie" => (updates with { Steps = [stored, Ask().Gets(Fields(name, second)).FromBackend()] }).Differs("an answer that sets a cookie is not stored in the first place"),
            _ => updates,
        };
    }

    private static string[] Fields(string name, string value) => name switch
    {
        "Cache-Control" => [$"{name}: {value}", Tag],
        "ETag" => [$"{name}: {value}", "Cache-Control: max-age=2"],
        _ => ["Cache-Control: max-age=2", Tag, $"{name}: {value}"],
    };
}
