using static FooBar.LoadBalancer.Tests.Cache.PublicCases.CaseStep;

namespace FooBar.LoadBalancer.Tests.Cache.PublicCases;

/// <summary>Answers that depend on fields of the request.</summary>
internal static class VaryCases
{
    private static readonly string[] One = ["Foo: 1"];
    private static readonly string[] Two = ["Foo: 1", "Bar: abc"];
    private static readonly string[] Three = ["Foo: 1", "Bar: abc", "Baz: 789"];

    public static IEnumerable<CacheCase> All =>
    [
        Used("vary-match", "the same value gets the same answer", One, "Foo", One),
        NotUsed("vary-no-match", "another value does not", One, "Foo", ["Foo: 2"]),
        NotUsed("vary-omit-stored", "a value is not the same as none", [], "Foo", One),
        NotUsed("vary-omit", "in either direction", One, "Foo", []),
        new CacheCase("vary-invalidate", CaseKind.Optimal, "two variants are kept side by side",
            First(One, "Foo").WithBody("one"), Ask("Foo: 2").Gets(Answer("Foo")).WithBody("two").FromBackend(), Ask(One).FromCache().Is(200, "one")),
        Used("vary-cache-key", "what is not named does not matter", ["Foo: 1", "Other: 2"], "Foo", ["Foo: 1", "Other: 3"]),
        Used("vary-2-match", "two fields that are the same", Two, "Foo, Bar", Two),
        NotUsed("vary-2-no-match", "two of which one differs", Two, "Foo, Bar", ["Foo: 2", "Bar: abc"]),
        NotUsed("vary-2-match-omit", "two that are missing", Two, "Foo, Bar", []),
        Used("vary-3-match", "three fields that are the same", Three, "Foo, Bar, Baz", Three),
        NotUsed("vary-3-no-match", "three of which one differs", Three, "Foo, Bar, Baz", ["Foo: 2", "Bar: abc", "Baz: 789"]),
        NotUsed("vary-3-order", "in any order", Three, "Foo, Bar, Baz", ["Foo: 1", "Baz: 789", "Bar: abcde"]),
        Used("vary-3-omit", "a field that both requests lack is the same", ["Foo: 1", "Baz: 789"], "Foo, Bar, Baz", ["Foo: 1", "Baz: 789"]),
        NotUsed("vary-star", "what depends on everything is for nobody else", Two, "*", Two),
        Used("vary-normalise-combine", "two lines are one list", ["Foo: 1, 2"], "Foo", ["Foo: 1", "Foo: 2"]),
        NotUsed("vary-normalise-lang-order", "the order of languages matters", ["Accept-Language: en, de"], "Accept-Language", ["Accept-Language: de, en"])
            .Optional("servers take the first of two languages that are wanted as much"),
        Used("vary-normalise-lang-case", "their case does not", ["Accept-Language: en, de"], "Accept-Language", ["Accept-Language: eN, De"]),
        Used("vary-normalise-lang-space", "nor space between them", ["Accept-Language: en, de"], "Accept-Language", ["Accept-Language:  en ,   de"]),
        NotUsed("vary-normalise-lang-select", "the language of an answer is not compared with what is wanted", ["Accept-Language: en, de"], "Accept-Language", ["Accept-Language: fr;q=0.5, de;q=1.0"])
            .Optional("which language fits better is the backend's choice, and it may have more of them than one that is stored"),
        NotUsed("vary-normalise-space", "space in a field of unknown meaning matters", ["Foo: 1,2"], "Foo", ["Foo:  1, 2 "])
            .Optional("whether space means something depends on the field (RFC 9111, 4.1), and of this one nothing is known"),
        Star("vary-syntax-star", "a star", "*"),
        Star("vary-syntax-star-star", "two stars", "*, *"),
        Star("vary-syntax-star-star-lines", "two stars on two lines", "*", "*"),
        Star("vary-syntax-empty-star", "a star behind nothing", ", *"),
        Star("vary-syntax-empty-star-lines", "a star behind an empty line", "", "*"),
        Star("vary-syntax-star-foo", "a star before a name", "*, Foo"),
        Star("vary-syntax-foo-star", "a star behind a name", "Foo, *"),
    ];

    private static CacheCase Used(string id, string shows, string[] stored, string vary, string[] asked) =>
        new(id, CaseKind.Optimal, shows, First(stored, vary), Ask(asked).FromCache());

    private static CacheCase NotUsed(string id, string shows, string[] stored, string vary, string[] asked) =>
        new(id, CaseKind.Required, shows, First(stored, vary), Ask(asked).FromBackend());

    private static CacheCase Star(string id, string shows, params string[] lines) =>
        new(id, CaseKind.Required, $"{shows} is for nobody else", Ask("Foo: 1", "Baz: 789").Gets(Answer(lines)), Ask("Foo: 1", "Baz: 789").FromBackend());

    private static CacheCase Optional(this CacheCase strict, string reason) => (strict with { Kind = CaseKind.Optimal }).Differs(reason);

    private static CaseStep First(string[] fields, string vary) => Ask(fields).Gets(Answer(vary));

    private static string[] Answer(params string[] vary) => ["Cache-Control: max-age=5000", "Last-Modified: {-3000}", .. vary.Select(line => $"Vary: {line}")];
}
