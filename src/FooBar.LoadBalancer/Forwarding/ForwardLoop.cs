using System.Globalization;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Edge.Strictness;
using FooBar.LoadBalancer.Errors;
using FooBar.LoadBalancer.Health;
using FooBar.LoadBalancer.Metrics;
using FooBar.LoadBalancer.Upstream;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Yarp.ReverseProxy.Forwarder;

namespace FooBar.LoadBalancer.Forwarding;

/// <summary>The last step of the pipeline: read a small body, pick, claim, forward, release; once more at another backend if that failed and may be repeated.</summary>
internal sealed partial class ForwardLoop(
    Balancer balancer,
    IHttpForwarder forwarder,
    BackendTransformer upgrades,
    UpstreamTransformer transformer,
    RetryBudget budget,
    HealthRecord health,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<ForwardLoop> logger)
{
    /// <summary>Answers the request from a backend, or with an error page.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        GatewayRequest request = GatewayRequest.Of(context);
        ForwardResult result;
        using (Exchange exchange = Exchange.Begin(context, request.Settings.Options.Forwarding.HeldAnswerBytes))
            result = await ForwardAsync(exchange, request).ConfigureAwait(false);

        // Say what happened, if the answer has not begun.
        request.Outcome = result.Outcome;
        if (result.Outcome == Outcome.Refused)
            request.Refuse(Refusals.Of(result.Status, inBody: true));
        if (result.Status == ForwardResult.ClientClosedRequest)
            ErrorPage.Discard(context, result.Status);
        else if (result.Status != 0 && !context.Response.HasStarted)
            await ErrorPage.WriteAsync(context, result.Status).ConfigureAwait(false);
    }

    private async ValueTask<ForwardResult> ForwardAsync(Exchange exchange, GatewayRequest request)
    {
        // 1. Read a small body to its end.
        ForwardResult result = await ReadAsync(exchange).ConfigureAwait(false);
        if (result.Status != 0)
            return result;

        // 2. Pick a backend and claim it, in one step, or wait for one.
        budget.CountRequest();
        Claim claim = await QueueAsync(request, balancer.ClaimAsync(exchange.Context.RequestAborted)).ConfigureAwait(false);
        if (claim.Backend is not { } backend)
            return new ForwardResult(claim.Refusal, StatusCodes.Status503ServiceUnavailable);

        // 3. Forward. If it fails and may be repeated: claim another backend, and forward there.
        TimeSpan deadline = request.Settings.Options.Retries.Deadline;
        long start = time.GetTimestamp();
        result = await TryAsync(exchange, backend, null).ConfigureAwait(false);
        if (exchange.RetryReason(result.Outcome) is { } reason
            && await ClaimAnotherAsync(exchange, request, reason, deadline - time.GetElapsedTime(start)).ConfigureAwait(false) is { } another)
        {
            backend.Traffic.CountRedispatch();
            exchange.Reset();
            result = await TryAsync(exchange, another, deadline - time.GetElapsedTime(start)).ConfigureAwait(false);
        }

        return result;
    }

    /// <summary>Waits for a small body; what failed, if something did, with a status.</summary>
    private static async ValueTask<ForwardResult> ReadAsync(Exchange exchange)
    {
        try
        {
            await exchange.ReadBodyAsync().ConfigureAwait(false);
            return default;
        }
        catch (BadHttpRequestException bad)
        {
            return ForwardResult.From(ForwarderError.RequestBodyClient, bad, exchange.Context.RequestAborted.IsCancellationRequested);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // Whether the token says so already is a matter of chance.
            return new ForwardResult(Outcome.ClientAbortedRequest, ForwardResult.ClientClosedRequest);
        }
    }

    /// <summary>Waits for a claim, and notes for how long.</summary>
    private async ValueTask<Claim> QueueAsync(GatewayRequest request, ValueTask<Claim> claim)
    {
        request.Queued ??= TimeSpan.Zero;
        if (claim.IsCompleted)
            return await claim.ConfigureAwait(false);

        long start = time.GetTimestamp();
        try
        {
            return await claim.ConfigureAwait(false);
        }
        finally
        {
            request.Queued += time.GetElapsedTime(start);
        }
    }

    /// <summary>Forwards to a claimed backend, and releases the claim whatever happens.</summary>
    private async Task<ForwardResult> TryAsync(Exchange exchange, Backend backend, TimeSpan? limit)
    {
        HttpContext context = exchange.Context;
        GatewayRequest request = GatewayRequest.Of(context);
        request.Backend = backend.Name;
        request.Tries++;
        request.Connected = request.FirstByte = null;
        long start = time.GetTimestamp();
        ForwardResult result;
        Exception? cause = null;
        try
        {
            // A second try has nowhere to go: it waits on its backend until its time is over.
            bool mayLeave = limit is null && exchange.MayLeave;
            await using ForwardTry current = new(backend, Positive(limit), mayLeave ? MayLeave : null, time);
            exchange.Current = current;
            (ForwarderError error, cause) = await ForwardAsync(exchange, backend, current).ConfigureAwait(false);
            bool clientGone = context.RequestAborted.IsCancellationRequested;
            result = error != ForwarderError.None && current.IsGivenUp && !clientGone
                ? ForwardResult.TimedOut
                : ForwardResult.From(error, cause, clientGone);
        }
        finally
        {
            backend.Release();
            metrics.ForwardEnded(backend, time.GetElapsedTime(start));
        }

        backend.Traffic.TryEnded(result.Outcome, context.Response.StatusCode, time.GetElapsedTime(start));
        string? reason = cause is null ? null : HealthCheck.Innermost(cause);
        if (result.Outcome is Outcome.BackendConnectFailed or Outcome.BackendFailed or Outcome.BackendTimedOut or Outcome.BackendCutResponse)
            LogFailed(backend.Name, request.Id, result.Outcome.Text(), time.GetElapsedTime(start).TotalMilliseconds, reason);
        if (exchange.Evidence(result.Outcome) is { } evidence)
            health.Add(backend, evidence, evidence == Evidence.RequestPassed ? null : Describe(result.Outcome, context.Response.StatusCode, reason));
        return result;
    }

    /// <summary>One try, over the connections that fit it: how it failed, if it did, and why.</summary>
    private async ValueTask<(ForwarderError Error, Exception? Cause)> ForwardAsync(Exchange exchange, Backend backend, ForwardTry current)
    {
        HttpContext context = exchange.Context;
        GatewayRequest request = GatewayRequest.Of(context);
        GatewaySettings settings = request.Settings;
        if (exchange.IsUpgrade)
            return Verdict(await forwarder.SendAsync(context, backend.Transport, backend.Client, settings.Forwarder, upgrades, current.Stopped).ConfigureAwait(false), context);

        if (exchange.IsGrpc)
        {
            // The forwarder lifts the body's limits for gRPC where it can reach them.
            context.Features.Set<IHttpMaxRequestBodySizeFeature>(null);
            context.Features.Set<IHttpMinRequestBodyDataRateFeature>(null);
            return Verdict(
                await forwarder.SendAsync(context, backend.Url.AbsoluteUri, backend.Http2Client!, settings.GrpcForwarder, upgrades, current.Stopped).ConfigureAwait(false),
                context);
        }

        using UpstreamCall call = new(backend, context, settings.Options.Forwarding.AnswerHeadBytes, time);
        (ForwarderError error, Exception? cause) = exchange.Body is { } body
            ? await WholeForward.SendAsync(context, body, call, current, settings.Options.Forwarding).ConfigureAwait(false)
            : Verdict(await forwarder.SendAsync(context, backend.Transport, call, settings.Forwarder, transformer, current.Stopped).ConfigureAwait(false), context);
        request.Connected = call.Connected;
        request.FirstByte = call.Answered;
        if (exchange.IsTimed && call.Answered is { } answered)
            health.Answered(backend, answered);

        // The backend has answered before it had read all of the request: the rest was given up with that, whatever the forwarder calls it.
        bool isBodys = error is ForwarderError.RequestBodyCanceled or ForwarderError.RequestBodyDestination or ForwarderError.RequestBodyClient;
        return call.IsAnswered && isBodys ? (ForwarderError.None, null) : (error, cause);
    }

    private static (ForwarderError Error, Exception? Cause) Verdict(ForwarderError error, HttpContext context) =>
        (error, error == ForwarderError.None ? null : context.Features.Get<IForwarderErrorFeature>()?.Exception);

    /// <summary>The backend for a second try, claimed; null if the first one stands.</summary>
    private async ValueTask<Backend?> ClaimAnotherAsync(Exchange exchange, GatewayRequest request, RetryReason reason, TimeSpan left)
    {
        (Backend? another, RetryVerdict verdict) = await ClaimAnotherAsync(exchange.Current, request, left, exchange.Context.RequestAborted).ConfigureAwait(false);
        metrics.Retry(reason, verdict);
        return another;
    }

    private async ValueTask<(Backend? Backend, RetryVerdict Verdict)> ClaimAnotherAsync(
        ForwardTry failed, GatewayRequest request, TimeSpan left, CancellationToken cancel)
    {
        if (left <= TimeSpan.Zero)
            return (null, RetryVerdict.DeadlineOver);

        // The budget is asked last: what is taken from it is used. A try that was given up has taken it already.
        Claim claim = await QueueAsync(request, balancer.ClaimAsync(failed.Backend, left, cancel)).ConfigureAwait(false);
        if (claim.Backend is not { } another)
            return (null, claim.Refusal == Outcome.NoBackend ? RetryVerdict.NoOtherBackend : RetryVerdict.NoRoom);
        if (failed.IsGivenUp || budget.TryTake())
            return (another, RetryVerdict.Done);
        another.Release();
        return (null, RetryVerdict.BudgetExhausted);
    }

    /// <summary>
    /// Whether a request that waits on a backend which no longer answers is to be tried elsewhere. If that is not possible it goes on
    /// waiting: the backend may come to itself.
    /// </summary>
    private bool MayLeave(Backend backend)
    {
        if (!balancer.HasPlaceBeside(backend))
            return false;
        if (budget.TryTake())
            return true;
        metrics.Retry(RetryReason.BackendDown, RetryVerdict.BudgetExhausted);
        return false;
    }

    /// <summary>A failed request in words for the log, should it be the one that takes the backend out.</summary>
    private static string Describe(Outcome outcome, int status, string? reason) => outcome == Outcome.Completed
        ? string.Create(CultureInfo.InvariantCulture, $"requests fail, the last was answered {status}")
        : $"requests fail, the last ended as {outcome.Text()}: {reason}";

    /// <summary>A timer does not take a time that is over.</summary>
    private static TimeSpan? Positive(TimeSpan? limit) => limit < TimeSpan.Zero ? TimeSpan.Zero : limit;

    [LoggerMessage(1201, LogLevel.Warning, "Backend {Backend} failed request {RequestId}: {Outcome} after {ElapsedMs} ms: {Reason}")]
    private partial void LogFailed(string backend, string requestId, string outcome, double elapsedMs, string? reason);
}
