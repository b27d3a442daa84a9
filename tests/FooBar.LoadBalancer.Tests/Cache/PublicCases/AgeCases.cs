using static FooBar.LoadBalancer.Tests.Cache.PublicCases.CaseStep;

namespace FooBar.LoadBalancer.Tests.Cache.PublicCases;

/// <summary>How the Age of an answer is read: the first of a list, and nothing that is no number.</summary>
internal static class AgeCases
{
    private const string NoNumber = "what is no number is no age (RFC 9111, 5.1); the list only asks";

    public static IEnumerable<CacheCase> All =>
    [
        Fresh("age-parse-nonnumeric", CaseKind.Required, "letters are no age", "abc"),
        Fresh("age-parse-negative", CaseKind.Required, "a negative number is no age", "-7200"),
        Fresh("age-parse-float", CaseKind.Required, "a fraction is no age", "7200.0"),
        Stale("age-parse-large-minus-one", "68 years are old", "2147483647"),
        Stale("age-parse-large", "so is a second more than fits into 31 bits", "2147483648"),
        Stale("age-parse-larger", "and two", "2147483649"),
        Stale("age-parse-suffix", "of a list the first counts: old", "7200, 0"),
        Fresh("age-parse-prefix", CaseKind.Required, "of a list the first counts: new", "0, 7200"),
        Stale("age-parse-suffix-twoline", "of two lines the first counts: old", "7200", "0"),
        Fresh("age-parse-prefix-twoline", CaseKind.Required, "of two lines the first counts: new", "0", "7200"),
        Fresh("age-parse-dup-0", CaseKind.Required, "the same twice is that", "0, 0"),
        Fresh("age-parse-dup-0-twoline", CaseKind.Required, "the same on two lines is that", "0", "0"),
        new CacheCase("age-parse-dup-old", CaseKind.Required, "ages are not added up",
            Ask().Gets("Cache-Control: max-age=10000", "Age: 3600", "Age: 3600").Then(), Ask().FromCache()),
        Fresh("age-parse-parameter", CaseKind.Check, "a number with a parameter is no age", "7200;foo=bar").Differs(NoNumber),
        Fresh("age-parse-numeric-parameter", CaseKind.Check, "nor with one that is a number", "7200;foo=111").Differs(NoNumber),
    ];

    private static CacheCase Fresh(string id, CaseKind kind, string shows, params string[] ages) => new(id, kind, shows, First(ages), Ask().FromCache());

    private static CacheCase Stale(string id, string shows, params string[] ages) => new(id, CaseKind.Required, shows, First(ages), Ask().FromBackend());

    private static CaseStep First(string[] ages) => Ask().Gets(["Cache-Control: max-age=3600", .. ages.Select(age => $"Age: {age}")]).Then();
}
