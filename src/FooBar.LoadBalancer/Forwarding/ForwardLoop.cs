using System.Net;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Errors;
using FooBar.LoadBalancer.Metrics;
using Yarp.ReverseProxy.Forwarder;

namespace FooBar.LoadBalancer.Forwarding;

/// <summary>The last step of the pipeline: pick, claim, forward, release.</summary>
internal sealed partial class ForwardLoop(
    Balancer balancer,
    IHttpForwarder forwarder,
    BackendTransformer transformer,
    GatewayOptions options,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<ForwardLoop> logger)
{
    private readonly ForwarderRequestConfig _config = new()
    {
        ActivityTimeout = options.Forwarding.ActivityTimeout,

        // Exact: HTTP/2 to a backend would put every request of a client on one connection, and would forward gRPC without body limits.
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>Answers the request from a backend, or with an error page.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        GatewayRequest request = GatewayRequest.Of(context);

        // 1. Pick a backend and claim it, in one step.
        Backend? backend = balancer.Claim();
        if (backend is null)
        {
            request.Outcome = Outcome.NoBackend;
            await ErrorPage.WriteAsync(context, StatusCodes.Status503ServiceUnavailable).ConfigureAwait(false);
            return;
        }

        // 2. Forward, and release the claim whatever happens.
        request.Backend = backend.Name;
        request.Tries++;
        long start = time.GetTimestamp();
        ForwardResult result;
        Exception? cause = null;
        try
        {
            ForwarderError error = await forwarder
                .SendAsync(context, backend.Transport, backend.Client, _config, transformer)
                .ConfigureAwait(false);
            cause = error == ForwarderError.None ? null : context.Features.Get<IForwarderErrorFeature>()?.Exception;
            result = ForwardResult.From(error, cause, context.RequestAborted.IsCancellationRequested);
        }
        finally
        {
            backend.Release();
            metrics.ForwardEnded(backend, time.GetElapsedTime(start));
        }

        // 3. Say what happened, to the log and, if the answer has not begun, to the client.
        request.Outcome = result.Outcome;
        if (result.Outcome is Outcome.BackendConnectFailed or Outcome.BackendFailed or Outcome.BackendTimedOut or Outcome.BackendCutResponse)
            LogFailed(backend.Name, request.Id, result.Outcome.Text(), time.GetElapsedTime(start).TotalMilliseconds, cause?.Message);

        if (result.Status == ForwardResult.ClientClosedRequest)
            ErrorPage.Discard(context, result.Status);
        else if (result.Status != 0 && !context.Response.HasStarted)
            await ErrorPage.WriteAsync(context, result.Status).ConfigureAwait(false);
    }

    [LoggerMessage(1201, LogLevel.Warning, "Backend {Backend} failed request {RequestId}: {Outcome} after {ElapsedMs} ms: {Reason}")]
    private partial void LogFailed(string backend, string requestId, string outcome, double elapsedMs, string? reason);
}
