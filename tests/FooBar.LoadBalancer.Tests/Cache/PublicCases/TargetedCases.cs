using static FooBar.LoadBalancer.Tests.Cache.PublicCases.CaseStep;

namespace FooBar.LoadBalancer.Tests.Cache.PublicCases;

/// <summary>
/// CDN-Cache-Control (RFC 9213) is for caches that are CDNs. This one is not, and a CDN before it needs the field: of the list's 24 cases the one
/// that asks for that is played, the others are not claimed.
/// </summary>
internal static class TargetedCases
{
    public static IEnumerable<CacheCase> All =>
    [
        new CacheCase("cdn-remove-header", CaseKind.Check, "a field for CDNs passes",
            Ask().Gets("Cache-Control: max-age=10000", "CDN-Cache-Control: foo").Sees("CDN-Cache-Control: foo"), Ask().FromCache().Sees("CDN-Cache-Control: foo")),
    ];
}
