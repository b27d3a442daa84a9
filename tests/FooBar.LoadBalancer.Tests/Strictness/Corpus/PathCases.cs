using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Bytes;
using static FooBar.LoadBalancer.Tests.Strictness.Corpus.Sources;
using static FooBar.LoadBalancer.Tests.Strictness.Expected;

namespace FooBar.LoadBalancer.Tests.Strictness.Corpus;

/// <summary>Paths that servers read differently, and ways to the pages that do not exist for a client.</summary>
internal static class PathCases
{
    public static IEnumerable<Case> All =>
    [
        .. Pass(
            Rfc3986("3.3"),
            "/a", "/a/", "/a.b", "/.well-known/x", "/...", "/a/...", "/.a/..b", "/a..", "/a./b", "/;a=b", "/a;b=c/d", "/a:b@c!$&'()*+,=", "/%20", "/a%2Fb", "/a%2fb",
            "/a%252Fb", "/%C3%A4", "/%c3%a4", "/%FF", "/%7Ea", "/a%3Fb", "/a%23b", "/a%25", "/a%253", "/a|b", "/a[b]", "/a{b}", "/a^b`c", "/~a", "//", "//a", "/a//b", "///"),
        .. Pass(
            Rfc3986("3.4"),
            "/?", "/?a=b&c=d", "/?/../x", "/?a=%00", "/?a=%0d%0aX:y", "/?%", "/?a=%zz", "/??", "/?a|b", "/?a\\b", "/?a={b}", "/?http://other.example/", "/?..%2f"),
        .. Pass(Envoy2021N29492, "/%2568ealth", "/%252e%252e/health", "/a/%252e%252e/b", "/health%2568", "/healthy", "/health-x", "/xhealth", "/a/health", "/metricsx", "/?/health"),
        .. Pass(BreakingParser2018, "/%c0%af", "/%c0%ae%c0%ae/a", "/%e0%80%af", "/%EF%BC%8Fhealth"),

        .. Refuse(
            Envoy2019N9901,
            "/.", "/..", "/./", "/../", "/a/.", "/a/..", "/a/./b", "/a/../b", "/../a", "/a/../../b", "/a/..?b", "//..", "/a//../b"),
        .. Refuse(Apache41773, "/%2e", "/%2e%2e", "/.%2e/a", "/%2E./a", "/a/%2e%2e/b", "/a/.%2e", "/cgi-bin/.%2e/%2e%2e/etc/passwd"),
        .. Refuse(Tomcat5902, "/..;/a", "/a/..;/b", "/a/..;x=y/b", "/a/.;/b", "/%2e%2e;/a", "/..%3b/a", "/..;"),
        .. Refuse(Envoy2021N29492, "/a%2F..%2Fb", "/a%2f%2e%2e%2fb", "/..%2Fa", "/%2F..", "/a/..%2F"),
        .. Refuse(BreakingParser2018, "/a\\b", "/..\\a", "/a%5Cb", "/%5c..%5ca", "/\\", "/a/..%5cb"),
        .. Refuse(Rfc3986("2.1"), "/%", "/%a", "/%zz", "/a%", "/a%2", "/%%41", "/%0", "/%u002e", "/%g0"),
        .. Refuse(Apache25690, "/%01", "/%0a", "/%0d", "/%0d%0aX:%20y", "/%09", "/%1f", "/%7f", "/a%0Db"),

        .. Targets(
            Refused(400, "target"),
            Haproxy45539,
            "/#", "/a#b", "/#/health", "/?#", "/a?b#c", "/\"", "/<a>", "/a>b", "/?<script>"),
        .. Targets(Refused(400, "target"), Apache25690, "/\x01", "/a\x0b", "/\x0c", "/\x1f", "/\x7f", "/?\x01", "/a\tb"),
        .. Targets(Refused(400, "malformed"), Kestrel2019, "/\0", "/\x80", "/a\xff", "/?\xe4", "/%00", "/a%00b", "/%2500%00"),

        .. Targets(
            Refused(404, "inner-page"),
            Envoy2019N9901,
            "/health", "/health/", "/health/ready", "/health/live", "/HEALTH", "/Health/Ready", "/health?x", "/health/?x", "/health//", "/health/%20",
            "/metrics", "/metrics/", "/METRICS", "/metrics?x", "/metrics/x"),
        .. Targets(
            Refused(404, "inner-page"),
            Envoy2021N29492,
            "/%68ealth", "/%68%65%61%6c%74%68", "/h%65alth/ready", "/health%2Fready", "/health%2fready", "/%2Fhealth", "/%2f%2fhealth", "//health", "///health/ready", "/%48EALTH",
            "/%6Detrics", "/metric%73", "//metrics", "/%2Fmetrics"),
        .. Targets(Refused(404, "inner-page"), Tomcat5902, "/health;x", "/health;/ready", "/health;x=y/ready", "/health%3bx", "/metrics;", "//health;a//ready"),
        .. Targets(Refused(400, "path"), Envoy2019N9901, "/a/../health", "/./health", "/health/../a", "/health/.", "/a/..;/health", "/a%2f..%2fhealth", "/health/..;/health", "/health\\ready", "/%2e/health"),
    ];

    private static IEnumerable<Case> Pass(string source, params string[] targets) => targets.Select(target => new Case(
        $"target '{target}' passes", source, Get("", target), Forwarded($"GET {target}")));

    private static IEnumerable<Case> Refuse(string source, params string[] targets) => Targets(Refused(400, "path"), source, targets);

    private static IEnumerable<Case> Targets(Expected answer, string source, params string[] targets) => targets.Select(target => new Case(
        $"target '{Wire.WireReader.Visible(target)}' is refused", source, Get("", target), answer));
}
