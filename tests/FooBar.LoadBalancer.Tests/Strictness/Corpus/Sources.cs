namespace FooBar.LoadBalancer.Tests.Strictness.Corpus;

/// <summary>Where the shapes come from.</summary>
internal static class Sources
{
    public const string Watchfire2005 = "HTTP Request Smuggling, Watchfire 2005";
    public const string Desync2019 = "HTTP Desync Attacks: Request Smuggling Reborn, PortSwigger 2019";
    public const string HopByHop2019 = "Abusing HTTP hop-by-hop request headers, Davison 2019";
    public const string H2c2020 = "h2c Smuggling, Bishop Fox 2020";
    public const string WebSocket2019 = "WebSocket smuggling, Egorov 2019";
    public const string Sequel2021 = "HTTP/2: The Sequel is Always Worse, PortSwigger 2021";
    public const string Browser2022 = "Browser-Powered Desync Attacks, PortSwigger 2022";
    public const string Te02024 = "TE.0 HTTP Request Smuggling, 2024";
    public const string MustDie2025 = "HTTP/1.1 must die: the desync endgame, PortSwigger 2025";
    public const string Hrs2020 = "HTTP Request Smuggling in 2020, SafeBreach";
    public const string Treq2021 = "T-Reqs: HTTP Request Smuggling with Differential Fuzzing, CCS 2021";
    public const string HostOfTroubles2016 = "Host of Troubles: Multiple Host Ambiguities, CCS 2016";
    public const string HostHeader2013 = "Practical HTTP Host header attacks, Kettle 2013";
    public const string CrackingLens2017 = "Cracking the lens: targeting HTTP's hidden attack surface, PortSwigger 2017";
    public const string BreakingParser2018 = "Breaking Parser Logic, Orange Tsai, Black Hat 2018";
    public const string Httpoxy2016 = "httpoxy, CVE-2016-5385";
    public const string Funky2025 = "Funky chunks: ambiguous chunk line terminators, 2025";

    public const string Kestrel55315 = "CVE-2025-55315 (Kestrel: chunk extensions)";
    public const string Kestrel2019 = "CVE-2019-0548 and -0564 (Kestrel: malformed requests)";
    public const string Nginx2013N2028 = "CVE-2013-2028 (nginx: chunk size)";
    public const string Nginx2013N4547 = "CVE-2013-4547 (nginx: unescaped space in the target)";
    public const string Nginx2017N7529 = "CVE-2017-7529 (nginx: range filter)";
    public const string Nginx2019N20372 = "CVE-2019-20372 (nginx: request after an error page)";
    public const string Haproxy40346 = "CVE-2021-40346 (HAProxy: overlong header name)";
    public const string Haproxy25725 = "CVE-2023-25725 (HAProxy: empty header name)";
    public const string Haproxy40225 = "CVE-2023-40225 (HAProxy: empty Content-Length)";
    public const string Haproxy45539 = "CVE-2023-45539 (HAProxy: fragment in the target)";
    public const string Haproxy18277 = "CVE-2019-18277 (HAProxy: vertical tab before chunked)";
    public const string Apache22720 = "CVE-2022-22720 (Apache: connection kept after an error)";
    public const string Apache26377 = "CVE-2022-26377 (Apache: Transfer-Encoding over AJP)";
    public const string Apache25690 = "CVE-2023-25690 (Apache: control characters in the target)";
    public const string Apache38709 = "CVE-2023-38709 and CVE-2024-24795 (Apache: response splitting)";
    public const string Apache2016 = "CVE-2016-8743 (Apache: whitespace)";
    public const string Apache41773 = "CVE-2021-41773 and -42013 (Apache: encoded dot segments)";
    public const string Go22871 = "CVE-2025-22871 (Go: bare LF in a chunk line)";
    public const string Go39326 = "CVE-2023-39326 (Go: chunk extensions)";
    public const string Node35256 = "CVE-2022-35256 (Node.js: header without CRLF)";
    public const string Node32214 = "CVE-2022-32214 (Node.js: delimiter without CRLF)";
    public const string Node32215 = "CVE-2022-32215 (Node.js: multi-line Transfer-Encoding)";
    public const string Node22959 = "CVE-2021-22959 (Node.js: space before the colon)";
    public const string Node22960 = "CVE-2021-22960 (Node.js: chunk extensions)";
    public const string Node30589 = "CVE-2023-30589 (Node.js: CR alone)";
    public const string Tomcat42252 = "CVE-2022-42252 (Tomcat: invalid Content-Length)";
    public const string Tomcat46589 = "CVE-2023-46589 (Tomcat: trailers)";
    public const string Tomcat5902 = "CVE-2020-5902 (..;/ before Tomcat)";
    public const string Netty20445 = "CVE-2019-20445 (Netty: Content-Length beside Transfer-Encoding)";
    public const string Netty16869 = "CVE-2019-16869 (Netty: whitespace before the colon)";
    public const string Netty58056 = "CVE-2025-58056 (Netty: LF in a chunk line)";
    public const string Envoy2019N9901 = "CVE-2019-9901 (Envoy: path not normalized)";
    public const string Envoy2021N29492 = "CVE-2021-29492 (Envoy: escaped slashes)";
    public const string Ats2021 = "CVE-2021-27577 (Traffic Server: fragment in the target)";
    public const string Squid2020 = "CVE-2020-15810 and -15811 (Squid: header whitespace)";
    public const string Varnish2021 = "CVE-2021-36740 (Varnish: HTTP/2 Content-Length)";
    public const string Gunicorn1135 = "CVE-2024-1135 (Gunicorn: Transfer-Encoding values)";
    public const string Waitress2022 = "CVE-2022-24761 (Waitress: chunk size and CL forms)";
    public const string Aiohttp2023 = "CVE-2023-47627 and -49081 (aiohttp: header parsing)";
    public const string H11N43859 = "CVE-2025-43859 (h11: chunk end not checked)";

    /// <summary>HTTP/1.1.</summary>
    public static string Rfc9112(string section) => $"RFC 9112, {section}";

    /// <summary>HTTP semantics.</summary>
    public static string Rfc9110(string section) => $"RFC 9110, {section}";

    /// <summary>HTTP/2.</summary>
    public static string Rfc9113(string section) => $"RFC 9113, {section}";

    /// <summary>URIs.</summary>
    public static string Rfc3986(string section) => $"RFC 3986, {section}";
}
