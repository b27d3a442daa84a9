using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Errors;
using FooBar.LoadBalancer.Forwarding;
using Microsoft.AspNetCore.Http.Features;

namespace FooBar.LoadBalancer.Limits;

/// <summary>
/// Refuses what is too much, before any other step has worked on it. <see cref="RequestEntrance"/>, which comes before, tells when a request that
/// was let in has ended: so no request pays for one more step that waits for its end.
/// </summary>
internal sealed class RequestGate(RequestDelegate next, RequestLimits limits)
{
    /// <summary>REFUSED_STREAM: nothing was done, and the client may send it again (RFC 9113, 8.7).</summary>
    private const int RefusedStream = 7;

    /// <summary>Passes on, answers with 429 or 503 and Retry-After, or resets the stream.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        GatewayRequest request = GatewayRequest.Of(context);
        if (limits.Enter(request, context.Features.Get<ClientConnection>()) is not { } shedding)
            return next(context);

        request.Outcome = Outcome.Shed;
        if (shedding.RetryAfterSeconds is { } seconds)
            return ErrorPage.WriteAsync(context, shedding.Status, seconds);
        ErrorPage.Discard(context, shedding.Status);
        if (shedding.Reason == ShedReason.Streams)
            context.Features.Get<IHttpResetFeature>()?.Reset(RefusedStream);
        return Task.CompletedTask;
    }
}
