using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Errors;
using FooBar.LoadBalancer.Forwarding;

namespace FooBar.LoadBalancer.Limits;

/// <summary>
/// Refuses what is too much, before any other step has worked on it. <see cref="RequestEntrance"/>, which comes before, tells when a request that
/// was let in has ended: so no request pays for one more step that waits for its end.
/// </summary>
internal sealed class RequestGate(RequestDelegate next, RequestLimits limits)
{
    /// <summary>Passes on, or answers with 429 or 503 and Retry-After.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        GatewayRequest request = GatewayRequest.Of(context);
        if (limits.Enter(request, context.Features.Get<ClientConnection>()) is not { } shedding)
            return next(context);

        request.Outcome = Outcome.Shed;
        if (shedding.RetryAfterSeconds is { } seconds)
            return ErrorPage.WriteAsync(context, shedding.Status, seconds);
        ErrorPage.Discard(context, shedding.Status);
        return Task.CompletedTask;
    }
}
