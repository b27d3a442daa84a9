using FooBar.LoadBalancer.Cache;
using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Edge.Strictness;
using FooBar.LoadBalancer.Forwarding;
using FooBar.LoadBalancer.Limits;

namespace FooBar.LoadBalancer.AccessLog;

/// <summary>One finished request, as the access log tells it. Immutable.</summary>
/// <param name="StartedAt">When the request's headers were complete.</param>
/// <param name="RequestId">See <see cref="GatewayRequest.Id"/>.</param>
/// <param name="TraceId">The trace that it was a part of.</param>
/// <param name="IsSampled">Whether that is recorded.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Host">Host header.</param>
/// <param name="Path">Path without the query, which may hold secrets.</param>
/// <param name="Protocol">HTTP version.</param>
/// <param name="Status">Status; <see cref="ForwardResult.ClientClosedRequest"/> if the client left first.</param>
/// <param name="Bytes">Bytes of the body that were sent.</param>
/// <param name="Duration">From the complete headers to the end.</param>
/// <param name="Queued">How long it waited for a backend; null if it asked for none.</param>
/// <param name="Connected">From the beginning of the last try to a connection; null if there was none.</param>
/// <param name="FirstByte">From the beginning of the last try to the head of the answer; null if none came.</param>
/// <param name="Backend">The backend that was tried last; null if none was.</param>
/// <param name="Tries">How many times the request was sent to a backend.</param>
/// <param name="Outcome">Who ended it, and in which phase.</param>
/// <param name="Cache">What the cache did for it.</param>
/// <param name="ClientAddress">IP address of the client.</param>
/// <param name="UserAgent">User-Agent header; null if there was none.</param>
/// <param name="Refusal">Why it was refused; null if it was not.</param>
/// <param name="Detail">The server's own words for that, where it could not read the request; else null.</param>
/// <param name="Shed">The limit that it met; null if it met none.</param>
internal sealed record AccessLogEntry(
    DateTimeOffset StartedAt,
    string RequestId,
    string TraceId,
    bool IsSampled,
    string Method,
    string Host,
    string Path,
    string Protocol,
    int Status,
    long Bytes,
    TimeSpan Duration,
    TimeSpan? Queued,
    TimeSpan? Connected,
    TimeSpan? FirstByte,
    string? Backend,
    int Tries,
    Outcome Outcome,
    CacheResult Cache,
    string ClientAddress,
    string? UserAgent,
    Refusal? Refusal = null,
    string? Detail = null,
    ShedReason? Shed = null)
{
    /// <summary>The entry of a request that has just ended.</summary>
    public static AccessLogEntry From(HttpContext context, GatewayRequest request, DateTimeOffset startedAt, TimeSpan duration, long bytes) =>
        new(
            startedAt,
            request.Id,
            request.Trace.TraceId,
            request.Trace.IsSampled,
            context.Request.Method,
            context.Request.Host.Value ?? "",
            context.Request.Path.Value ?? "",
            context.Request.Protocol,
            context.Response.StatusCode,
            bytes,
            duration,
            request.Queued,
            request.Connected,
            request.FirstByte,
            request.Backend,
            request.Tries,
            request.Outcome,
            request.Cache,
            request.ClientAddress,
            context.Request.Headers.UserAgent.Count > 0 ? context.Request.Headers.UserAgent.ToString() : null,
            request.Refusal,
            request.Detail,
            request.Shed);
}
