using static FooBar.LoadBalancer.Tests.Cache.PublicCases.CaseStep;

namespace FooBar.LoadBalancer.Tests.Cache.PublicCases;

/// <summary>What a client asks of the cache. Its wish for a new answer is heard once a second, so these clients wait a little first.</summary>
internal static class RequestCases
{
    private const string Fresh = "Cache-Control: max-age=100000";

    public static IEnumerable<CacheCase> All =>
    [
        new CacheCase("ccreq-ma0", CaseKind.Check, "a client that takes no age gets a new answer", Ask().Gets(Fresh).Then(), Ask("Cache-Control: max-age=0").FromBackend()),
        new CacheCase("ccreq-ma1", CaseKind.Check, "nor one older than it takes", Ask().Gets(Fresh).Then(), Ask("Cache-Control: max-age=1").FromBackend()),
        new CacheCase("ccreq-magreaterage", CaseKind.Check, "the age that an answer brought counts",
            Ask().Gets(Fresh, "Age: 1800").Then(), Ask("Cache-Control: max-age=600").FromBackend()),
        new CacheCase("ccreq-max-stale", CaseKind.Check, "a client that takes a stale one gets it",
            Ask().Gets("Cache-Control: max-age=2").Then(), Ask("Cache-Control: max-stale=1000").FromCache()),
        new CacheCase("ccreq-max-stale-age", CaseKind.Check, "also one that came stale",
            Ask().Gets("Cache-Control: max-age=1500", "Age: 2000"), Ask("Cache-Control: max-stale=1000").FromCache()),
        new CacheCase("ccreq-min-fresh", CaseKind.Check, "a client that wants it fresh for longer gets a new one",
            Ask().Gets("Cache-Control: max-age=1500").Then(), Ask("Cache-Control: min-fresh=2000").FromBackend()),
        new CacheCase("ccreq-min-fresh-age", CaseKind.Check, "the age that an answer brought counts there, too",
            Ask().Gets("Cache-Control: max-age=1500", "Age: 1000").Then(), Ask("Cache-Control: min-fresh=1000").FromBackend()),
        new CacheCase("ccreq-no-cache", CaseKind.Check, "a client that says no-cache gets a new one",
            Ask().Gets("Cache-Control: max-age=3600").Then(), Ask("Cache-Control: no-cache").FromBackend()),
        new CacheCase("ccreq-no-cache-lm", CaseKind.Check, "or one that was asked for by its date",
            Ask().Gets("Cache-Control: max-age=3600", "Last-Modified: {-10000}").Then(),
            Ask("Cache-Control: no-cache").Gets("Last-Modified: {-10000}").ByDate()),
        new CacheCase("ccreq-no-cache-etag", CaseKind.Check, "or by its tag",
            Ask().Gets("Cache-Control: max-age=3600", "ETag: \"abc\"").Then(), Ask("Cache-Control: no-cache").Gets("ETag: \"abc\"").ByTag()),
        new CacheCase("ccreq-no-store", CaseKind.Check, "no-store of a client forbids to store, not to answer",
            Ask().Gets(Fresh).Then(), Ask("Cache-Control: no-store").FromCache())
            .Differs("RFC 9111, 5.2.1.5, is about storing alone, and what is stored already stays so; the list only asks"),
        new CacheCase("ccreq-oic", CaseKind.Check, "a client that wants nothing but a stored answer is told that there is none",
            Ask("Cache-Control: only-if-cached").FromCache().Is(504)),
    ];
}
