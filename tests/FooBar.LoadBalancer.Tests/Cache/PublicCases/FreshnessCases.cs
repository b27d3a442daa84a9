using static FooBar.LoadBalancer.Tests.Cache.PublicCases.CaseStep;

namespace FooBar.LoadBalancer.Tests.Cache.PublicCases;

/// <summary>For how long an answer is used, and how the field that says it is read.</summary>
internal static class FreshnessCases
{
    private const string Unreadable = "a time that cannot be read counts as over (RFC 9111, 4.2.1, encourages that); the list only asks";

    public static IEnumerable<CacheCase> All => [.. Lifetimes, .. Spellings];

    private static IEnumerable<CacheCase> Lifetimes =>
    [
        Used("freshness-max-age", "max-age makes an answer reusable", "max-age=3600"),
        new CacheCase("freshness-max-age-stale", CaseKind.Required, "max-age ends", Ask().Gets("Cache-Control: max-age=2").Then(), Ask().FromBackend()),
        NotUsed("freshness-none", CaseKind.Check, "without a word nothing is kept", ""),
        NotUsed("freshness-max-age-0", CaseKind.Required, "no time at all is none", "max-age=0"),
        Used("freshness-max-age-max-minus-1", "68 years are a time", "max-age=2147483647"),
        Used("freshness-max-age-max", "so is a second more than fits into 31 bits", "max-age=2147483648"),
        Used("freshness-max-age-max-plus-1", "and two", "max-age=2147483649"),
        Used("freshness-max-age-max-plus", "and far more", "max-age=99999999999"),
        NotUsed("freshness-max-age-age", CaseKind.Required, "the age that an answer brings counts", "max-age=3600", "Age: 7200"),
        Used("freshness-max-age-date", "the backend's clock is not compared with ours", "max-age=3600", "Date: {-7200}") with
        {
            Kind = CaseKind.Check,
            Difference = "RFC 9111, 4.2.3, lets a cache compute the age without Date; comparing clocks would make pages of one second stale at once",
        },
        Used("freshness-max-age-expires", "max-age goes before an Expires in the past", "max-age=3600", "Expires: {-7200}"),
        Used("freshness-max-age-expires-invalid", "and before one that is no date", "max-age=3600", "Expires: 0"),
        NotUsed("freshness-max-age-0-expires", CaseKind.Required, "and before one in the future", "max-age=0", "Expires: {3600}"),
        Used("freshness-max-age-extension", "unknown directives are passed over", "foobar, max-age=3600"),
        Used("freshness-max-age-case-insenstive", "directives are known in any case", "MaX-aGe=3600"),
        NotUsed("freshness-max-age-negative", CaseKind.Required, "a negative time is over", "max-age=-3600"),
        Used("freshness-s-maxage-shared", "s-maxage makes an answer reusable", "s-maxage=3600"),
        NotUsed("freshness-max-age-s-maxage-shared-longer", CaseKind.Required, "s-maxage goes before max-age", "max-age=3600, s-maxage=1"),
        NotUsed("freshness-max-age-s-maxage-shared-longer-reversed", CaseKind.Required, "in any order", "s-maxage=1, max-age=3600"),
        new CacheCase("freshness-max-age-s-maxage-shared-longer-multiple", CaseKind.Required, "on any line",
            Ask().Gets("Cache-Control: max-age=3600", "Cache-Control: s-maxage=1").Then(), Ask().FromBackend()),
        Used("freshness-max-age-s-maxage-shared-shorter", "also where it is the longer one", "max-age=1, s-maxage=3600"),
        Used("freshness-max-age-s-maxage-shared-shorter-expires", "and against Expires", "max-age=0, s-maxage=3600", "Expires: {-10}"),
    ];

    private static IEnumerable<CacheCase> Spellings =>
    [
        Used("freshness-max-age-two-fresh-stale-sameline", "of two times the first counts", "max-age=1800, max-age=1") with { Kind = CaseKind.Check },
        new CacheCase("freshness-max-age-two-fresh-stale-sepline", CaseKind.Check, "of two lines the first counts",
            Ask().Gets("Cache-Control: max-age=1800", "Cache-Control: max-age=1").Then(), Ask().FromCache()),
        NotUsed("freshness-max-age-two-stale-fresh-sameline", CaseKind.Check, "also where the first is the shorter one", "max-age=1, max-age=1800")
            .Differs("RFC 9111, 4.2.1: the first counts, or the answer is stale; the list only asks"),
        new CacheCase("freshness-max-age-two-stale-fresh-sepline", CaseKind.Check, "on two lines, too",
            Ask().Gets("Cache-Control: max-age=1", "Cache-Control: max-age=1800").Then(), Ask().FromBackend())
            .Differs("RFC 9111, 4.2.1: the first counts, or the answer is stale; the list only asks"),
        Used("freshness-max-age-quoted", "a time may be quoted", "max-age=\"3600\"") with { Kind = CaseKind.Check },
        NotUsed("freshness-max-age-ignore-quoted", CaseKind.Required, "text that looks like a directive is none", "extension=\"max-age=3600\", max-age=1"),
        NotUsed("freshness-max-age-ignore-quoted-rev", CaseKind.Required, "behind the real one neither", "max-age=1, extension=\"max-age=3600\""),
        NotUsed("freshness-max-age-space-before-equals", CaseKind.Check, "space before the equals sign is a mistake", "max-age =3600"),
        NotUsed("freshness-max-age-space-after-equals", CaseKind.Check, "space behind it, too", "max-age= 3600"),
        Used("freshness-max-age-leading-zero", "zeros in front mean nothing", "max-age=003600") with { Kind = CaseKind.Required },
        NotUsed("freshness-max-age-single-quoted", CaseKind.Required, "an apostrophe is no quote", "max-age='3600'"),
        NotUsed("freshness-max-age-decimal-zero", CaseKind.Check, "a fraction is no time", "max-age=3600.0").Differs(Unreadable),
        NotUsed("freshness-max-age-decimal-five", CaseKind.Check, "whatever the fraction", "max-age=3600.5").Differs(Unreadable),
        NotUsed("freshness-max-age-a100", CaseKind.Check, "a letter in front makes it none", "max-age=a3600").Differs(Unreadable),
        NotUsed("freshness-max-age-100a", CaseKind.Check, "a letter behind it, too", "max-age=3600a").Differs(Unreadable),
    ];

    private static CacheCase Used(string id, string shows, string control, params string[] more) =>
        new(id, CaseKind.Optimal, shows, First(control, more), Ask().FromCache());

    private static CacheCase NotUsed(string id, CaseKind kind, string shows, string control, params string[] more) =>
        new(id, kind, shows, First(control, more), Ask().FromBackend());

    private static CaseStep First(string control, string[] more) => Ask().Gets(control.Length == 0 ? more : [$"Cache-Control: {control}", .. more]).Then();
}
