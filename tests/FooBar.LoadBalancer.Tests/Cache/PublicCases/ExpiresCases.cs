using static FooBar.LoadBalancer.Tests.Cache.PublicCases.CaseStep;

namespace FooBar.LoadBalancer.Tests.Cache.PublicCases;

/// <summary>Expires: what follows from it, and what is a date.</summary>
internal static class ExpiresCases
{
    public static IEnumerable<CacheCase> All =>
    [
        Used("freshness-expires-future", "a date in the future makes an answer reusable", "{2592000}"),
        NotUsed("freshness-expires-past", "one in the past does not", "{-2592000}"),
        NotUsed("freshness-expires-present", "nor the present", "{0}"),
        NotUsed("freshness-expires-old-date", "it is compared with the answer's own Date", "{300}", "Date: {400}"),
        NotUsed("freshness-expires-invalid", "0 is no date", "0"),
        Used("freshness-expires-invalid-date", "a Date that is none does no harm", "{10}", "Date: foo"),
        NotUsed("freshness-expires-age-slow-date", "the age that it brings counts, with a slow clock", "{10}", "Date: {-10}", "Age: 25"),
        NotUsed("freshness-expires-age-fast-date", "and with a fast one", "{20}", "Date: {10}", "Age: 15"),
        Used("freshness-expires-32bit", "the last second of 32 bits is a date", "Tue, 19 Jan 2038 14:14:08 GMT"),
        Used("freshness-expires-far-future", "so is one in centuries", "Sun, 21 Nov 2286 04:46:39 GMT"),
        Used("freshness-expires-rfc850", "the form of RFC 850 is one", "Thursday, 18-Aug-50 02:01:18 GMT"),
        Used("freshness-expires-ansi-c", "so is that of asctime", "Mon Aug  8 02:01:18 2050"),
        Used("freshness-expires-wrong-case-weekday", "the weekday may be in any case", "THU, 18 Aug 2050 02:01:18 GMT"),
        Used("freshness-expires-wrong-case-month", "the month, too", "Thu, 18 AUG 2050 02:01:18 GMT"),
        Used("freshness-expires-wrong-case-tz", "and the zone", "Thu, 18 Aug 2050 02:01:18 gMT"),
        NotUsed("freshness-expires-invalid-utc", "the zone is called GMT", "Thu, 18 Aug 2050 02:01:18 UTC"),
        NotUsed("freshness-expires-invalid-aest", "and there is no other", "Thu, 18 Aug 2050 02:01:18 AEST"),
        NotUsed("freshness-expires-invalid-2-digit-year", "a year has four digits", "Thu, 18 Aug 50 02:01:18 GMT"),
        NotUsed("freshness-expires-invalid-no-comma", "there is a comma", "Thu 18 Aug 2050 02:01:18 GMT"),
        NotUsed("freshness-expires-invalid-multiple-spaces", "spaces are single", "Thu, 18  Aug  2050 02:01:18 GMT"),
        NotUsed("freshness-expires-invalid-date-dashes", "there are no dashes", "Thu, 18-Aug-2050 02:01:18 GMT"),
        NotUsed("freshness-expires-invalid-time-periods", "the time has colons", "Thu, 18 Aug 2050 02.01.18 GMT"),
        NotUsed("freshness-expires-invalid-1-digit-hour", "an hour has two digits", "Thu, 18 Aug 2050 2:01:18 GMT"),
        NotUsed("freshness-expires-invalid-multiple-lines", "there is one line", "Thu, 18 Aug 2050 02:01:18 GMT", "Expires: Thu, 18 Aug 2050 02:01:19 GMT"),
    ];

    private static CacheCase Used(string id, string shows, string expires, params string[] more) =>
        new(id, CaseKind.Optimal, shows, Ask().Gets([$"Expires: {expires}", .. more]).Then(), Ask().FromCache());

    private static CacheCase NotUsed(string id, string shows, string expires, params string[] more) =>
        new(id, CaseKind.Required, shows, Ask().Gets([$"Expires: {expires}", .. more]).Then(), Ask().FromBackend());
}
