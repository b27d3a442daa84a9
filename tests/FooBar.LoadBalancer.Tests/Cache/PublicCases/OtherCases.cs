using static FooBar.LoadBalancer.Tests.Cache.PublicCases.CaseStep;

namespace FooBar.LoadBalancer.Tests.Cache.PublicCases;

/// <summary>Age and Date, addresses, cookies, Pragma, HEAD, POST, and interim answers.</summary>
internal static class OtherCases
{
    private const string Fresh = "Cache-Control: max-age=100000";
    private const string ToBeStale = "Cache-Control: max-age=2";
    private const string Hints = "103 Early Hints\r\nlink: </styles.css>; rel=preload; as=style\r\nx-my-header: test";

    public static IEnumerable<CacheCase> All => [.. Ages, .. Addresses, .. Pragmas, .. Heads, .. Interims];

    private static IEnumerable<CacheCase> Ages =>
    [
        new CacheCase("other-age-gen", CaseKind.Required, "a stored answer says how old it is", Ask().Gets(Fresh).Then(), Ask().FromCache().Older(2)),
        new CacheCase("other-age-delay", CaseKind.Check, "one that took long and is passed on does not",
            Ask().Gets("Cache-Control: max-age=3600").Taking(5).SeesNo("Age"), Ask().FromCache().Older(4))
            .Differs("the time that an answer took counts for the cache, and is said when it comes from there; one that passes goes as it came"),
        new CacheCase("other-age-update-expires", CaseKind.Required, "with the age that it brought, by Expires",
            Ask().Gets("Expires: {2592000}", "Age: 30").Then(), Ask().FromCache().Older(32)),
        new CacheCase("other-age-update-max-age", CaseKind.Required, "and by max-age", Ask().Gets(Fresh, "Age: 30").Then(), Ask().FromCache().Older(32)),
        new CacheCase("other-date-update", CaseKind.Required, "its Date stays", Ask().Gets(Fresh).Then(), Ask().FromCache().Sees("Date: {0}")),
        new CacheCase("other-date-update-expires", CaseKind.Required, "also with Expires", Ask().Gets("Expires: {2592000}").Then(), Ask().FromCache().Sees("Date: {0}")),
        new CacheCase("other-date-update-expires-update", CaseKind.Check, "which stays, too", Ask().Gets("Expires: {2592000}").Then(), Ask().FromCache().Sees("Expires: {2592000}")),
    ];

    private static IEnumerable<CacheCase> Addresses =>
    [
        new CacheCase("query-args-different", CaseKind.Required, "another query is another address", Ask().At("?test=1").Gets(Fresh).Then(), Ask().At("?test=2").FromBackend()),
        new CacheCase("query-args-same", CaseKind.Optimal, "the same is the same", Ask().At("?test=1").Gets(Fresh).Then(), Ask().At("?test=1").FromCache()),
        new CacheCase("other-fresh-content-disposition-attachment", CaseKind.Check, "a download is an answer like any other",
            Ask().Gets(Fresh, "Content-Disposition: attachment; filename=example.txt").Then(), Ask().FromCache()),
        new CacheCase("other-set-cookie", CaseKind.Optimal, "an answer that sets a cookie is not kept", Ask().Gets(Fresh, "Set-Cookie: a=b").Then(), Ask().FromBackend())
            .Differs("what sets a cookie is one visitor's, and never stored"),
        new CacheCase("other-cookie", CaseKind.Optimal, "a cookie that nobody has named does not matter", Ask().Gets(Fresh).Then(), Ask("Cookie: a=b").FromCache()),
        new CacheCase("method-POST", CaseKind.Optimal, "the answer to a change is not kept",
            Send("POST").Gets("Cache-Control: max-age=3600", "Content-Location: method-POST").Then(), Ask().FromBackend())
            .Differs("RFC 9110, 9.3.3, allows it; no site does it, and it is one more way to have something stored"),
    ];

    private static IEnumerable<CacheCase> Pragmas =>
    [
        new CacheCase("pragma-request-no-cache", CaseKind.Check, "a client's Pragma is obsolete", Ask().Gets(Fresh).Then(), Ask("Pragma: no-cache").FromCache()),
        new CacheCase("pragma-request-extension", CaseKind.Check, "whatever it says", Ask().Gets(Fresh).Then(), Ask("Pragma: unrecognised-extension").FromCache()),
        new CacheCase("pragma-response-no-cache", CaseKind.Check, "an answer's never meant anything", Ask().Gets(Fresh, "Pragma: no-cache"), Ask().FromCache()),
        new CacheCase("pragma-response-extension", CaseKind.Check, "whatever it says", Ask().Gets(Fresh, "Pragma: unrecognised-extension"), Ask().FromCache()),
    ];

    private static IEnumerable<CacheCase> Heads =>
    [
        new CacheCase("head-writethrough", CaseKind.Check, "HEAD goes to the backend as that, when what is stored is stale",
            Ask().Gets(ToBeStale).Then(), Send("HEAD").Asks("Asked-Method: HEAD")),
        new CacheCase("head-200-retain", CaseKind.Check, "its client gets what the backend says and nothing else",
            Ask().Gets(ToBeStale, "Template-A: 1").Then(), Send("HEAD").SeesNo("Template-A")).Differs("a request that was forwarded gets the answer that came; the list only asks"),
        new CacheCase("head-200-freshness-update", CaseKind.Check, "the stored answer has the time that it says",
            Ask().Gets(ToBeStale).Then(), Send("HEAD").Gets("Cache-Control: max-age=1000"), Ask().FromCache()),
        new CacheCase("head-200-update", CaseKind.Check, "and its fields",
            Ask().Gets(ToBeStale, "Template-A: 1").Then(), Send("HEAD").Gets("Template-A: 2", "Cache-Control: max-age=1000"), Ask().FromCache().Sees("Template-A: 2")),
        new CacheCase("head-410-update", CaseKind.Check, "another status says nothing about it",
            Ask().Gets(ToBeStale, "Template-A: 1").Then(), Send("HEAD").Gets("Template-A: 2", "Cache-Control: max-age=1000").WithStatus(410), Ask().FromBackend())
            .Differs("RFC 9111, 4.3.5, updates by a 200; what is gone is not made fresh again"),
    ];

    /// <summary>The server of this gateway cannot send interim answers, so a client sees none; the cache must not mistake them for the answer.</summary>
    private static IEnumerable<CacheCase> Interims =>
    [
        new CacheCase("interim-102", CaseKind.Optimal, "the final answer is kept", Ask().Gets(Fresh).Interim("102 Processing").Then(), Ask().FromCache())
            .Differs("102 is dropped: the server cannot send interim answers"),
        new CacheCase("interim-103", CaseKind.Optimal, "also after hints", Ask().Gets(Fresh).Interim(Hints).Then(), Ask().FromCache())
            .Differs("103 is dropped: the server cannot send interim answers"),
        new CacheCase("interim-not-cached", CaseKind.Required, "and it alone", Ask().Gets(Fresh).Interim(Hints).Is(200).Then(), Ask().FromCache().Is(200)),
        new CacheCase("interim-no-header-reuse", CaseKind.Optimal, "without the fields of the hints",
            Ask().Gets(Fresh).Interim(Hints).SeesNo("x-my-header").Then(), Ask().FromCache().SeesNo("x-my-header")),
    ];
}
