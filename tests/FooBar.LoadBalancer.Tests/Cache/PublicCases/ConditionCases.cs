using static FooBar.LoadBalancer.Tests.Cache.PublicCases.CaseStep;

namespace FooBar.LoadBalancer.Tests.Cache.PublicCases;

/// <summary>What a client, or the cache itself, knows already: tags and dates.</summary>
internal static class ConditionCases
{
    private const string Fresh = "Cache-Control: max-age=100000";
    private const string ToBeStale = "Cache-Control: max-age=2";
    private const string AsText = "a tag without its quotes is compared as it stands, and repaired for nobody";

    public static IEnumerable<CacheCase> All => [.. Tags, .. OwnTags, .. Dates];

    private static IEnumerable<CacheCase> Tags =>
    [
        Known("conditional-etag-strong-respond", CaseKind.Optimal, "a client that has the tag is told that it has the answer", "\"abcdef\"", "\"abcdef\""),
        new CacheCase("conditional-304-etag", CaseKind.Required, "and told the tag again",
            Ask().Gets(Fresh, "ETag: \"abcdef\"").Then(), Ask("If-None-Match: \"abcdef\"").FromCache().Is(304).Sees("ETag: \"abcdef\"")),
        new CacheCase("conditional-etag-precedence", CaseKind.Required, "the tag goes before the date",
            Ask().Gets(Fresh, "ETag: \"abcdef\"", "Last-Modified: {-5000}").Then(),
            Ask("If-None-Match: \"abcdef\"", "If-Modified-Since: {-10000}").FromCache().Is(304)),
        Known("conditional-etag-strong-respond-obs-text", CaseKind.Check, "a tag may have letters beyond ASCII", "\"abcdef\u00fc\"", "\"abcdef\u00fc\""),
        NotKnown("conditional-etag-quoted-respond-unquoted", "a tag without quotes is another than the same with quotes", "\"abcdef\"", "abcdef").Differs(AsText),
        Known("conditional-etag-unquoted-respond-unquoted", CaseKind.Check, "but the same as itself", "abcdef", "abcdef"),
        NotKnown("conditional-etag-unquoted-respond-quoted", "in either direction", "abcdef", "\"abcdef\"").Differs(AsText),
        Known("conditional-etag-weak-respond", CaseKind.Optimal, "a weak tag is enough", "W/\"abcdef\"", "W/\"abcdef\""),
        Known("conditional-etag-weak-respond-lowercase", CaseKind.Check, "a small w makes no weak tag, but the same text", "w/\"abcdef\"", "w/\"abcdef\""),
        Known("conditional-etag-weak-respond-backslash", CaseKind.Check, "nor does a backslash", "W\\\"abcdef\"", "W\\\"abcdef\""),
        Known("conditional-etag-weak-respond-omit-slash", CaseKind.Check, "nor no slash", "W\"abcdef\"", "W\"abcdef\""),
        Known("conditional-etag-strong-respond-multiple-first", CaseKind.Optimal, "of a list one is enough, the first", "\"abcdef\"", "\"abcdef\", \"1234\", \"5678\""),
        Known("conditional-etag-strong-respond-multiple-second", CaseKind.Optimal, "or one between", "\"abcdef\"", "\"1234\", \"abcdef\", \"5678\""),
        Known("conditional-etag-strong-respond-multiple-last", CaseKind.Optimal, "or the last", "\"abcdef\"", "\"1234\", \"5678\", \"abcdef\""),
        new CacheCase("conditional-etag-forward", CaseKind.Check, "a tag for which nothing is stored goes on to the backend",
            Ask("If-None-Match: \"abcdef\"").Asks("If-None-Match: \"abcdef\"")),
        new CacheCase("conditional-etag-forward-unquoted", CaseKind.Check, "as it came", Ask("If-None-Match: abcdef").Asks("If-None-Match: abcdef")).Differs(AsText),
    ];

    private static IEnumerable<CacheCase> OwnTags =>
    [
        new CacheCase("conditional-etag-vary-headers", CaseKind.Required, "the cache asks with the fields that the answer depends on",
            Ask("Abc: 123").Gets("Expires: {1}", "ETag: \"abcdef\"", "Vary: Abc").Then(),
            Ask("Abc: 123").Gets("Expires: {10}", "ETag: \"abcdef\"", "Vary: Abc").ByTag().Asks("Abc: 123")),
        new CacheCase("conditional-etag-vary-headers-mismatch", CaseKind.Check, "the tag of another variant is not tried",
            Ask("Abc: 123").Gets("Expires: {10000}", "ETag: \"abcdef\"", "Vary: Abc").Then(), Ask("Abc: 456").FromBackend().Asks("If-None-Match: "))
            .Differs("RFC 9111, 4.1, allows it and does not ask for it; the variants of this site differ in their bytes, so it would gain nothing"),
        new CacheCase("conditional-etag-strong-generate", CaseKind.Optimal, "what is stale is asked for by its tag",
            Ask().Gets(ToBeStale, "ETag: \"abcdef\"").Then(), Ask().Gets("ETag: \"abcdef\"").ByTag().Asks("If-None-Match: \"abcdef\"")),
        new CacheCase("conditional-etag-weak-generate-weak", CaseKind.Optimal, "also by a weak one",
            Ask().Gets(ToBeStale, "ETag: W/\"abcdef\"").Then(), Ask().Gets("ETag: W/\"abcdef\"").ByTag().Asks("If-None-Match: W/\"abcdef\"")),
        new CacheCase("conditional-etag-strong-generate-unquoted", CaseKind.Check, "and by one without quotes as it stands",
            Ask().Gets(ToBeStale, "ETag: abcdef").Then(), Ask().Gets("ETag: abcdef").ByTag().Asks("If-None-Match: abcdef")).Differs(AsText),
    ];

    private static IEnumerable<CacheCase> Dates =>
    [
        new CacheCase("conditional-lm-fresh", CaseKind.Optimal, "a client that has the date is told that it has the answer",
            Ask().Gets(Fresh, "Last-Modified: {-3000}").Then(), Ask("If-Modified-Since: {-3000}").FromCache().Is(304)),
        new CacheCase("conditional-lm-fresh-earlier", CaseKind.Optimal, "also with a later date",
            Ask().Gets(Fresh, "Last-Modified: {-3000}").Then(), Ask("If-Modified-Since: {-2000}").FromCache().Is(304)),
        new CacheCase("conditional-lm-stale", CaseKind.Optimal, "of a stale one after the backend was asked",
            Ask().Gets(ToBeStale, "Last-Modified: {-3000}").Then(),
            Ask("If-Modified-Since: {-3000}").Gets("Last-Modified: {-3000}").ByDate().Is(304)),
        new CacheCase("conditional-lm-fresh-no-lm", CaseKind.Optimal, "an answer without a date is as old as it is",
            Ask().Gets(Fresh).Then(), Ask("If-Modified-Since: {-3000}").FromCache().Is(200))
            .Differs("RFC 9111, 4.3.2: without Last-Modified the Date counts, and that is later than what the client has"),
        new CacheCase("conditional-lm-fresh-rfc850", CaseKind.Optimal, "the date may be in another form",
            Ask().Gets(Fresh, "Last-Modified: Wed, 31 Dec 2025 22:00:00 GMT").Then(),
            Ask("If-Modified-Since: Wednesday, 31-Dec-25 22:00:00 GMT").FromCache().Is(304)),
    ];

    private static CacheCase Known(string id, CaseKind kind, string shows, string tag, string asked) =>
        new(id, kind, shows, Ask().Gets(Fresh, $"ETag: {tag}").Then(), Ask($"If-None-Match: {asked}").FromCache().Is(304));

    private static CacheCase NotKnown(string id, string shows, string tag, string asked) =>
        new(id, CaseKind.Check, shows, Ask().Gets(Fresh, $"ETag: {tag}").Then(), Ask($"If-None-Match: {asked}").FromCache().Is(200));
}
