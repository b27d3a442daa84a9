using static FooBar.LoadBalancer.Tests.Cache.PublicCases.CaseStep;

namespace FooBar.LoadBalancer.Tests.Cache.PublicCases;

/// <summary>What an answer forbids or allows beside its time, and answers to requests with a password.</summary>
internal static class DirectiveCases
{
    private const string Unqualified = "a no-cache that names fields is taken as if it named none (RFC 9111, 5.2.2.4, says that many caches do)";

    public static IEnumerable<CacheCase> All =>
    [
        NotUsed("cc-resp-private-shared", "what is private is for one client", "private, max-age=3600"),
        NotUsed("cc-resp-no-store", "no-store is not stored", "no-store"),
        NotUsed("cc-resp-no-store-case-insensitive", "in any case", "No-StOrE"),
        NotUsed("cc-resp-no-store-fresh", "whatever else it says", "max-age=10000, no-store", "Expires: {10000}"),
        new CacheCase("cc-resp-no-store-old-new", CaseKind.Check, "what is fresh is used while the backend has changed its mind",
            Ask().Gets("Cache-Control: max-age=10000", "A: 1").Then(), Ask().Gets("Cache-Control: no-store", "A: 2").Then(), Ask().FromCache().Sees("A: 1")),
        new CacheCase("cc-resp-no-store-old-max-age", CaseKind.Check, "the same, with a time that is over",
            Ask().Gets("Cache-Control: max-age=10000", "A: 1").Then(), Ask().Gets("Cache-Control: no-store, max-age=0", "A: 2").Then(), Ask().FromCache().Sees("A: 1")),
        NotUsed("cc-resp-no-cache", "no-cache is not used without asking", "max-age=10000, no-cache", "Expires: {10000}"),
        NotUsed("cc-resp-no-cache-case-insensitive", "in any case", "max-age=10000, No-CaChE", "Expires: {10000}"),
        new CacheCase("cc-resp-no-cache-revalidate", CaseKind.Optimal, "but kept, and asked for by its tag",
            Ask().Gets("Cache-Control: no-cache", "ETag: \"abcd\""), Ask().Gets("Cache-Control: no-cache", "ETag: \"abcd\"").ByTag()),
        new CacheCase("cc-resp-no-cache-revalidate-fresh", CaseKind.Optimal, "also while its time is not over",
            Ask().Gets("Cache-Control: max-age=10000, no-cache", "ETag: \"abcd\""), Ask().Gets("Cache-Control: max-age=10000, no-cache", "ETag: \"abcd\"").ByTag()),
        new CacheCase("headers-omit-headers-listed-in-Cache-Control-no-cache-single", CaseKind.Check, "a field that no-cache names is not given without asking",
            Ask().Gets("Cache-Control: no-cache=\"a\"", "a: 1", "b: 2", "Cache-Control: max-age=3600").Then(), Ask().FromBackend()).Differs(Unqualified),
        new CacheCase("headers-omit-headers-listed-in-Cache-Control-no-cache", CaseKind.Check, "nor several of them",
            Ask().Gets("Cache-Control: no-cache=\"a, b\"", "a: 1", "b: 2", "c: 3", "Cache-Control: max-age=3600").Then(), Ask().FromBackend()).Differs(Unqualified),
        new CacheCase("cc-resp-must-revalidate-fresh", CaseKind.Optimal, "must-revalidate says nothing while the time is not over",
            Ask().Gets("Cache-Control: max-age=10000, must-revalidate", "ETag: \"abcd\""), Ask().FromCache()),
        new CacheCase("cc-resp-must-revalidate-stale", CaseKind.Required, "and demands to ask after that",
            Ask().Gets("Cache-Control: max-age=2, must-revalidate", "ETag: \"abcd\""),
            Ask().FromCache().Then(),
            Ask().Gets("Cache-Control: max-age=2, must-revalidate", "ETag: \"abcd\"").ByTag()),
        new CacheCase("status-599-must-understand", CaseKind.Required, "an unknown status with must-understand is not stored",
            Ask().Gets("Cache-Control: max-age=3600, no-store, must-understand").WithStatus(599), Ask().FromBackend()),
        new CacheCase("status-200-must-understand", CaseKind.Optimal, "a known one is, in spite of no-store",
            Ask().Gets("Cache-Control: max-age=3600, no-store, must-understand"), Ask().FromCache()),
        Authorized("other-authorization", CaseKind.Required, "an answer to someone with a password is not for others", "max-age=100000", isUsed: false),
        Authorized("other-authorization-public", CaseKind.Optimal, "unless it is public", "max-age=3600, public", isUsed: true),
        Authorized("other-authorization-must-revalidate", CaseKind.Optimal, "or must be asked for when stale", "max-age=3600, must-revalidate", isUsed: true),
        Authorized("other-authorization-smaxage", CaseKind.Optimal, "or has a time for shared caches", "s-maxage=3600", isUsed: true),
    ];

    private static CacheCase NotUsed(string id, string shows, string control, params string[] more) =>
        new(id, CaseKind.Required, shows, Ask().Gets([$"Cache-Control: {control}", .. more]), Ask().FromBackend());

    private static CacheCase Authorized(string id, CaseKind kind, string shows, string control, bool isUsed) => new(
        id,
        kind,
        shows,
        Ask("Authorization: FOO").Gets($"Cache-Control: {control}").Asks("Authorization: FOO").Then(),
        isUsed ? Ask().FromCache() : Ask().FromBackend());
}
