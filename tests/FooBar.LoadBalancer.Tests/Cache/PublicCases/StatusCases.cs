using static FooBar.LoadBalancer.Tests.Cache.PublicCases.CaseStep;

namespace FooBar.LoadBalancer.Tests.Cache.PublicCases;

/// <summary>Which statuses are kept when the answer says for how long.</summary>
internal static class StatusCases
{
    private const string NotKept =
        "RFC 9111, 3, allows it and does not ask for it: only statuses that HTTP calls cacheable by themselves are kept, so that nobody can have an error that he provoked handed to all";

    public static IEnumerable<CacheCase> All => ((int[])[200, 203, 204, 299, 301, 302, 303, 307, 308, 400, 404, 410, 499, 500, 502, 503, 504, 599])
        .SelectMany(status => (CacheCase[])[Fresh(status), Stale(status)]);

    private static CacheCase Fresh(int status)
    {
        CaseStep first = Ask().Gets("Cache-Control: max-age=100000").WithStatus(status).Then();
        return status is 200 or 203 or 204 or 301 or 308 or 404 or 410
            ? new CacheCase($"status-{status}-fresh", CaseKind.Optimal, $"{status} is kept", first, Ask().FromCache().Is(status))
            : new CacheCase($"status-{status}-fresh", CaseKind.Optimal, $"{status} is not kept", first, Ask().FromBackend()).Differs(NotKept);
    }

    private static CacheCase Stale(int status) => new($"status-{status}-stale", CaseKind.Required, $"{status} is not used when its time is over",
        Ask().Gets("Expires: {-5000}", "Last-Modified: {-100000}").WithStatus(status).Then(), Ask().FromBackend());
}
