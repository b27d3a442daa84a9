using FooBar.LoadBalancer.Errors;
using FooBar.LoadBalancer.Forwarding;
using Microsoft.AspNetCore.Http.Features;

namespace FooBar.LoadBalancer.Edge;

/// <summary>Refuses what no backend should see, before a backend is claimed for it.</summary>
internal sealed class RequestGuard(RequestDelegate next)
{
    private const string Grpc = "application/grpc";

    private static readonly PathString Health = "/health";
    private static readonly PathString Metrics = "/metrics";

    /// <summary>Refuses with an error page, or passes on.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        GatewayRequest request = GatewayRequest.Of(context);
        long bodyLimit = request.Settings.Options.Limits.RequestBodyBytes;
        if (Refusal(context.Request, request.Settings.Hosts, bodyLimit) is not { } status)
            return next(context);

        if (context.Request.ContentLength > bodyLimit)
            ReadOn(context);
        request.Outcome = Outcome.Refused;
        return ErrorPage.WriteAsync(context, status);
    }

    /// <summary>The status that refuses the request; null if it may pass.</summary>
    internal static int? Refusal(HttpRequest request, ServedHosts hosts, long bodyLimit)
    {
        if (!hosts.Contains(request.Host))
            return StatusCodes.Status421MisdirectedRequest;

        // The processes' own pages. They are for the gateway and the collector; from outside they do not exist.
        if (request.Path.StartsWithSegments(Health) || request.Path.StartsWithSegments(Metrics))
            return StatusCodes.Status404NotFound;

        // gRPC needs HTTP/2 to the backend, and the forwarder lifts the body's size and rate limits for it.
        if (IsGrpc(request.ContentType))
            return StatusCodes.Status415UnsupportedMediaType;

        // The listener stops a body of unknown length where it crosses the limit; a known one need not even begin.
        return request.ContentLength > bodyLimit ? StatusCodes.Status413PayloadTooLarge : null;
    }

    /// <summary>
    /// Lets the server read and discard the body after the answer, which it does for 5 seconds. Over HTTP/1.1 it would otherwise close the
    /// connection on a client that is still sending, and the client would see a reset in place of the answer.
    /// </summary>
    private static void ReadOn(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
    }

    /// <summary>The type itself, <c>+proto</c> and the like, or with parameters; <c>application/grpc-web</c> is ordinary HTTP.</summary>
    private static bool IsGrpc(string? contentType) =>
        contentType is not null
        && contentType.StartsWith(Grpc, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == Grpc.Length || contentType[Grpc.Length] is ';' or '+' or ' ');
}
