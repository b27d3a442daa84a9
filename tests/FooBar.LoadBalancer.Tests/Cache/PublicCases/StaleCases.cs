using static FooBar.LoadBalancer.Tests.Cache.PublicCases.CaseStep;

namespace FooBar.LoadBalancer.Tests.Cache.PublicCases;

/// <summary>What is done with an answer whose time is over.</summary>
internal static class StaleCases
{
    private const string OnlyIfAllowed = "an answer is given stale only if it says so itself (stale-if-error, stale-while-revalidate); RFC 9111, 4.2.4, allows more, and the list only asks";

    private const string NoWarning = "Warning is obsolete (RFC 9111, 5.5), and Age and Cache-Status say the same";

    public static IEnumerable<CacheCase> All =>
    [
        Broken("stale-close", "max-age=2", CaseKind.Check, "an error is not hidden without leave").Differs(OnlyIfAllowed),
        new CacheCase("stale-503", CaseKind.Check, "nor is one that the backend reports",
            Ask().Gets("Cache-Control: max-age=2").Then(), Ask().WithStatus(503).FromBackend().Is(503)).Differs(OnlyIfAllowed),
        new CacheCase("stale-while-revalidate", CaseKind.Optimal, "with stale-while-revalidate it is given at once",
            Ask().Gets("Cache-Control: max-age=1, stale-while-revalidate=3600", "ETag: \"abc\"").Then(), Ask().FromCache()),
        new CacheCase("stale-while-revalidate-window", CaseKind.Required, "but not after that time",
            Ask().Gets("Cache-Control: max-age=1, stale-while-revalidate=4", "ETag: \"abc\"").Then(9), Ask().Gets("Cache-Control: no-cache", "ETag: \"def\"").FromBackend()),
        new CacheCase("stale-sie-close", CaseKind.Check, "with stale-if-error it hides a broken connection",
            Ask().Gets("Cache-Control: max-age=2, stale-if-error=60").Then(), Ask().Broken().FromCache()),
        new CacheCase("stale-sie-503", CaseKind.Check, "and a status",
            Ask().Gets("Cache-Control: max-age=2, stale-if-error=60").Then(), Ask().WithStatus(503).FromCache().Is(200)),
        Broken("stale-close-must-revalidate", "max-age=2, must-revalidate", CaseKind.Required, "must-revalidate forbids it"),
        Broken("stale-close-proxy-revalidate", "max-age=2, proxy-revalidate", CaseKind.Required, "proxy-revalidate, too"),
        Broken("stale-close-no-cache", "max-age=2, no-cache", CaseKind.Required, "and no-cache"),
        Broken("stale-close-s-maxage=2", "max-age=2, s-maxage=2", CaseKind.Required, "and s-maxage"),
        Broken("stale-warning-stored", "max-age=0", CaseKind.Check, "an answer that came stale is not given without leave").Differs(NoWarning),
        new CacheCase("stale-warning-become", CaseKind.Check, "one that became stale is given with its age",
            Ask().Gets("Cache-Control: max-age=2, stale-if-error=60").Then(), Ask().Broken().FromCache().SeesNo("Warning").Older(2)).Differs(NoWarning),
    ];

    private static CacheCase Broken(string id, string control, CaseKind kind, string shows) =>
        new(id, kind, shows, Ask().Gets($"Cache-Control: {control}").Then(), Ask().Broken().Is(502).SeesNo("Answer-Number"));
}
