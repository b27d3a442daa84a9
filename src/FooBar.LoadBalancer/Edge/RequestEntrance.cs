using FooBar.LoadBalancer.AccessLog;
using FooBar.LoadBalancer.Cache;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Edge.Strictness;
using FooBar.LoadBalancer.Errors;
using FooBar.LoadBalancer.Forwarding;
using FooBar.LoadBalancer.Limits;
using FooBar.LoadBalancer.Metrics;
using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Edge;

/// <summary>
/// The first and last step of every request: gives it an id, sets the headers that every answer carries, and accounts for it in the
/// access log and the metrics, however it ended.
/// </summary>
internal sealed partial class RequestEntrance(
    RequestDelegate next,
    CurrentSettings settings,
    AccessLogWriter accessLog,
    GatewayMetrics metrics,
    CacheMetrics cacheMetrics,
    RequestLimits limits,
    TimeProvider time,
    ILogger<RequestEntrance> logger)
{
    /// <summary>One year. Subdomains and the preload list are the site owner's decision, not a default.</summary>
    private const string StrictTransportSecurity = "max-age=31536000";

    /// <summary>Handles one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        DateTimeOffset startedAt = time.GetUtcNow();
        long start = time.GetTimestamp();
        GatewayRequest request = GatewayRequest.Begin(context, startedAt, settings.Value);
        CountedBody body = CountedBody.Count(context);

        // At the start of the answer, so that it holds for the backend's answers and for our own alike.
        context.Response.OnStarting(static state => SetHeaders((Answer)state), new Answer(context, request));
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (BadHttpRequestException exception)
        {
            request.Refuse(Refusals.Of(exception.StatusCode, inBody: true), exception.Message);
            await ErrorPage.WriteAsync(context, exception.StatusCode).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            request.Outcome = Outcome.ClientAbortedRequest;
            ErrorPage.Discard(context, ForwardResult.ClientClosedRequest);
        }
#pragma warning disable CA1031 // The last place that can answer: the client gets a page with the request id, the log gets the exception.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            request.Outcome = Outcome.GatewayFailed;
            LogDefect(request.Id, exception);
            await ErrorPage.WriteAsync(context, StatusCodes.Status500InternalServerError).ConfigureAwait(false);
        }
        finally
        {
            limits.Leave(request);
            metrics.RequestEnded(request);
            cacheMetrics.RequestEnded(request.Cache);
            accessLog.Write(AccessLogEntry.From(context, request, startedAt, time.GetElapsedTime(start), body.BytesWritten));
        }
    }

    private static Task SetHeaders(Answer answer)
    {
        IHeaderDictionary headers = answer.Context.Response.Headers;
        headers[GatewayRequest.IdHeader] = answer.Request.Id;
        headers.Remove("Server");
        foreach ((string name, StringValues value) in answer.Request.Settings.SecurityHeaders)
        {
            if (!headers.ContainsKey(name))
                headers[name] = value;
        }

        // What the backend's own caches say comes before it: the list grows towards the client (RFC 9211, 2).
        if (answer.Request.CacheStatus is { } status)
            headers.Append(CacheStatus.Field, status);

        // Never for localhost or an IP address: a browser would keep every other program on that host from being reached over http.
        // A backend's own header would not know that, so it is replaced in both cases. Over http it means nothing (RFC 6797, 7.2).
        if (answer.Context.Request.IsHttps && answer.Request.Settings.Hosts.IsPublic(answer.Context.Request.Host))
            headers.StrictTransportSecurity = StrictTransportSecurity;
        else
            headers.Remove("Strict-Transport-Security");
        return Task.CompletedTask;
    }

    [LoggerMessage(1001, LogLevel.Error, "Request {RequestId} failed in the gateway itself")]
    private partial void LogDefect(string requestId, Exception exception);

    private sealed record Answer(HttpContext Context, GatewayRequest Request);
}
