using static FooBar.LoadBalancer.Tests.Cache.PublicCases.CaseStep;

namespace FooBar.LoadBalancer.Tests.Cache.PublicCases;

/// <summary>Parts of bodies.</summary>
internal static class PartCases
{
    private const string NoParts = "parts are not stored: they would have to be put together again, for bodies that are as small as this cache keeps them";

    public static IEnumerable<CacheCase> All =>
    [
        Part("partial-store-partial-reuse-partial", "a part is asked for each time", "bytes=-5"),
        Whole("partial-store-complete-reuse-partial", "of a whole answer a part is given", "bytes=0-1", "01"),
        Whole("partial-store-complete-reuse-partial-no-last", "to its end", "bytes=1-", "1234567890"),
        Whole("partial-store-complete-reuse-partial-suffix", "or its end alone", "bytes=-1", "0"),
        Part("partial-store-partial-reuse-partial-byterange", "so is a part of the part", "bytes=6-8"),
        Part("partial-store-partial-reuse-partial-absent", "to its end", "bytes=6-"),
        Part("partial-store-partial-reuse-partial-suffix", "or its end alone", "bytes=-1"),
        new CacheCase("partial-store-partial-complete", CaseKind.Optimal, "what is missing of a part is not asked for", FirstPart(), Ask().FromBackend().Asks("Range: ")).Differs(NoParts),
        new CacheCase("partial-use-headers", CaseKind.Required, "a part comes with the stored fields",
            Ask().Gets("Cache-Control: max-age=3600", "A: 1").WithBody("01234567890"), Ask("Range: bytes=0-1").Gets("A: 2").FromCache().Is(206, "01").Sees("A: 1")),
        new CacheCase("partial-use-stored-headers", CaseKind.Required, "with all of them",
            Ask().Gets("Cache-Control: max-age=3600", "A: 1").WithBody("01234567890"),
            Ask("Range: bytes=0-1").FromCache().Is(206, "01").Sees("A: 1", "Content-Range: bytes 0-1/11", "Content-Length: 2")),
    ];

    private static CacheCase Whole(string id, string shows, string range, string expected) => new(id, CaseKind.Optimal, shows,
        Ask().Gets("Cache-Control: max-age=3600").WithBody("01234567890"), Ask($"Range: {range}").FromCache().Is(206, expected));

    private static CacheCase Part(string id, string shows, string range) => new CacheCase(id, CaseKind.Optimal, shows,
        FirstPart(), Ask($"Range: {range}").WithStatus(206).FromBackend().Asks($"Range: {range}")).Differs(NoParts);

    private static CaseStep FirstPart() =>
        Ask("Range: bytes=-5").Gets("Cache-Control: max-age=3600", "Content-Range: bytes 4-9/10").WithStatus(206).WithBody("01234").Asks("Range: bytes=-5");
}
