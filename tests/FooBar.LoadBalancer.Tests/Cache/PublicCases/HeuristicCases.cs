using static FooBar.LoadBalancer.Tests.Cache.PublicCases.CaseStep;

namespace FooBar.LoadBalancer.Tests.Cache.PublicCases;

/// <summary>Answers that say nothing about their time. None of them is used again: a site that wants to be cached says so.</summary>
internal static class HeuristicCases
{
    private const string NoGuess = "RFC 9111, 4.2.2, allows to guess a time from Last-Modified and does not ask for it: this cache keeps what says that it may be kept";

    public static IEnumerable<CacheCase> All =>
    [
        .. ((int[])[200, 203, 204, 404, 405, 410, 414, 501]).Select(status => Unsaid($"heuristic-{status}-cached", CaseKind.Optimal, status).Differs(NoGuess)),
        .. ((int[])[201, 202, 403, 502, 503, 504, 599]).Select(status => Unsaid($"heuristic-{status}-not_cached", CaseKind.Required, status)),
        Unsaid("heuristic-599-cached", CaseKind.Optimal, 599, "Cache-Control: public").Differs(NoGuess),
        .. ((int[])[5, 10, 30, 60, 300, 600, 1200, 1800, 3600, 43200, 86400]).Select(age => new CacheCase($"heuristic-delta-{age}", CaseKind.Check,
            $"that it was changed {age} s ago says nothing", Ask().Gets($"Last-Modified: {{-{age}}}").Then(), Ask().FromBackend()).Differs(NoGuess)),
        new CacheCase("other-heuristic-content-disposition-attachment", CaseKind.Check, "nor for a download",
            Ask().Gets("Last-Modified: {-100000}", "Content-Disposition: attachment; filename=example.txt"), Ask().FromBackend()).Differs(NoGuess),
        new CacheCase("pragma-response-no-cache-heuristic", CaseKind.Check, "nor with Pragma",
            Ask().Gets("Last-Modified: {-10000}", "Pragma: no-cache"), Ask().FromBackend()).Differs(NoGuess),
    ];

    private static CacheCase Unsaid(string id, CaseKind kind, int status, params string[] more) => new(id, kind, $"{status} without a time is not kept",
        Ask().Gets(["Last-Modified: {-86400}", .. more]).WithStatus(status), Ask().WithStatus(status).FromBackend());
}
