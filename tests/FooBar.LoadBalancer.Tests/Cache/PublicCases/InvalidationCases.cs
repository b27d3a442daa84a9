using static FooBar.LoadBalancer.Tests.Cache.PublicCases.CaseStep;

namespace FooBar.LoadBalancer.Tests.Cache.PublicCases;

/// <summary>What a change makes the cache forget.</summary>
internal static class InvalidationCases
{
    private const string Fresh = "Cache-Control: max-age=100000";

    public static IEnumerable<CacheCase> All => ((string[])["POST", "PUT", "DELETE", "M-SEARCH"]).SelectMany(method => (CacheCase[])
    [
        new CacheCase($"invalidate-{method}", CaseKind.Required, $"{method} makes forget what it was sent to",
            Ask().Gets(Fresh).Then(), Send(method), Ask().FromBackend()),
        new CacheCase($"invalidate-{method}-failed", CaseKind.Optimal, $"{method} that failed does not",
            Ask().Gets(Fresh).Then(), Send(method).WithStatus(500), Ask().FromCache()),
        new CacheCase($"invalidate-{method}-location", CaseKind.Check, $"{method} makes forget what its answer sends to",
            Ask().At("/named").Gets(Fresh), Send(method).At("/sent").Gets("Location: named"), Ask().At("/named").FromBackend()),
        new CacheCase($"invalidate-{method}-cl", CaseKind.Check, $"{method} makes forget what its answer says it is",
            Ask().At("/named").Gets(Fresh), Send(method).At("/sent").Gets("Content-Location: named"), Ask().At("/named").FromBackend()),
    ]);
}
