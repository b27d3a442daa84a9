using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Bytes;
using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Sources;
using static FooBar.LoadBalancer.Tests.Strictness.Expected;

namespace FooBar.LoadBalancer.Tests.Strictness.Corpus;

/// <summary>Headers by which a client speaks about itself as a proxy would.</summary>
internal static class ClaimCases
{
    public static IEnumerable<Case> All =>
    [
        .. Left(
            HostHeader2013,
            "X-Forwarded-For", "x-forwarded-for", "X-FORWARDED-FOR", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Server",
            "X-Forwarded-Scheme", "X-Forwarded-Ssl", "X-Forwarded-By", "X-Forwarded", "X-ForwardedFor", "Forwarded", "Forwarded-For", "X-Real-IP", "X-Real-Ip", "X-Client-IP",
            "True-Client-IP", "CF-Connecting-IP", "X-Cluster-Client-IP", "Client-IP", "X-Remote-IP", "X-Remote-Addr", "X-Host", "X-HTTP-Host-Override", "Front-End-Https"),
        .. Left(CrackingLens2017, "X-Original-URL", "X-Original-Host", "X-Original-For", "X-Original-Proto", "X-Rewrite-URL", "X-Scheme", "X-URL-Scheme"),
        .. Left("ASP.NET Core's certificate forwarding and IIS integration", "X-ARR-ClientCert", "MS-ASPNETCORE-TOKEN", "MS-ASPNETCORE-CLIENTCERT", "X-SSL-Client-Cert", "X-Client-Cert"),
        .. Left(Httpoxy2016, "Proxy", "PROXY"),
        .. Left(Rfc9110("5.6.2"), "X-Request-Id", "x-request-id"),
        .. Each("X_Forwarded_For", "X-Forwarded_For", "X_Forwarded-For", "X_Real_IP", "X_Request_Id", "X-Forwarded-For_", "_X-Forwarded-For", "X.Forwarded.For", "X~Forwarded~For").Select(name => new Case(
            $"{name} is refused", Hrs2020, Get($"{name}: 192.0.2.1\r\n"), Refused(400, "header-name"))),
        new("X-Forwarded-For twice", HostHeader2013, Get("X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\n"), Forwarded("GET /")),
        new("X-Forwarded-For with a space before its colon", HostHeader2013, Get("X-Forwarded-For : 192.0.2.1\r\n"), Refused(400, "malformed")),
        new("a header that only begins alike", HostHeader2013, Get("X-Forward: x\r\nX-Real-IPs: y\r\nX-Request-Id-2: z\r\n"),
            Forwarded("GET /", "X-Forward: x", "X-Real-IPs: y", "X-Request-Id-2: z")),
    ];

    private static IEnumerable<Case> Left(string source, params string[] names) => names.Select(name => new Case(
        $"{name} goes no further", source, Get($"{name}: 192.0.2.1\r\nX-A: b\r\n"), Forwarded("GET /", "X-A: b")));
}
