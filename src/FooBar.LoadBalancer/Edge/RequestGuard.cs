using FooBar.LoadBalancer.Edge.Strictness;
using FooBar.LoadBalancer.Errors;
using FooBar.LoadBalancer.Routing;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace FooBar.LoadBalancer.Edge;

/// <summary>Refuses what no backend should see, before a backend is claimed for it.</summary>
internal sealed class RequestGuard(RequestDelegate next)
{
    private const string Grpc = "application/grpc";

    /// <summary>Refuses with an error page, or passes on.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        GatewayRequest request = GatewayRequest.Of(context);
        RouteRules route = request.Route = request.Settings.Routes.Find(context.Request.Path);
        if (Find(context, request.Settings.Hosts, route) is not { } refusal)
        {
            if (route.RequestBodyBytes != request.Settings.Options.Limits.RequestBodyBytes)
                SetBodyLimit(context, route.RequestBodyBytes);
            return next(context);
        }

        // The server reads and discards the body after the answer, which it does for 5 seconds. Over HTTP/1.1 it would otherwise close the
        // connection on a client that is still sending, and the client would see a reset in place of the answer.
        if (context.Request.ContentLength > route.RequestBodyBytes)
            SetBodyLimit(context, null);
        return ErrorPage.RefuseAsync(context, refusal);
    }

    /// <summary>Why the request is refused; null if it may pass.</summary>
    internal static Refusal? Find(HttpContext context, ServedHosts hosts, RouteRules route)
    {
        HttpRequest request = context.Request;
        if (!hosts.Contains(request.Host))
            return Refusal.HostNotServed;

        // Browsers use a connection for another host that its certificate names (RFC 9113, 9.1.1). All hosts that are served have the same
        // backends and rules, so among them that changes nothing. A name that is not served is another site's: whoever sees only the
        // handshake is to believe that it goes there.
        if (context.Features.Get<ITlsHandshakeFeature>()?.HostName is { Length: > 0 } name && !hosts.Contains(name))
            return Refusal.HostMismatch;

        // The processes' own pages. They are for the gateway and the collector; from outside they do not exist.
        if (RequestTarget.IsInnerPage(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget))
            return Refusal.InnerPage;

        // gRPC needs HTTP/2 to the backend, which a route has to ask for.
        if (!route.Grpc && IsGrpc(request.ContentType))
            return Refusal.Grpc;

        // The listener stops a body of unknown length where it crosses the limit; a known one need not even begin.
        return request.ContentLength > route.RequestBodyBytes ? Refusal.BodyTooLarge : null;
    }

    private static void SetBodyLimit(HttpContext context, long? bytes)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = bytes;
    }

    /// <summary>The type itself, <c>+proto</c> and the like, or with parameters; <c>application/grpc-web</c> is ordinary HTTP.</summary>
    internal static bool IsGrpc(string? contentType) =>
        contentType is not null
        && contentType.StartsWith(Grpc, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == Grpc.Length || contentType[Grpc.Length] is ';' or '+' or ' ');
}
