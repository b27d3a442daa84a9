using System.Globalization;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Edge.Strictness;
using FooBar.LoadBalancer.Errors;
using FooBar.LoadBalancer.Forwarding;
using Microsoft.AspNetCore.Http.Features;

namespace FooBar.LoadBalancer.Edge;

/// <summary>
/// Sends to the one address that the site has: plain HTTP to HTTPS, and other names that are served to the canonical one, in one step. Nothing
/// else is ever answered without TLS, but for an authority's challenge.
/// </summary>
internal sealed class CanonicalRedirect(RequestDelegate next)
{
    private const int DefaultHttpsPort = 443;

    /// <summary>Redirects, or passes on what came over TLS for the right name, or for one that is not served.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        GatewayRequest request = GatewayRequest.Of(context);
        GatewaySettings settings = request.Settings;
        if (context.Request.IsHttps && !settings.Hosts.IsOtherThanCanonical(context.Request.Host))
            return next(context);

        string? location = Location(context.Request, settings.Hosts, settings.RedirectPort);
        if (location is null)
            return ErrorPage.RefuseAsync(context, Refusal.HostNotServed, StatusCodes.Status400BadRequest);

        // 308 keeps method and body (RFC 9110, 15.4.9); with 301 browsers turn a POST into a GET.
        request.Outcome = Outcome.Redirected;
        context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        context.Response.Headers.Location = location;
        return Task.CompletedTask;
    }

    /// <summary>
    /// The same target over HTTPS under the canonical name; null for a host that is not served. Redirecting to whatever the Host header says
    /// would be an open redirect.
    /// </summary>
    internal static string? Location(HttpRequest request, ServedHosts hosts, int port)
    {
        if (!hosts.Contains(request.Host))
            return null;

        string host = hosts.IsOtherThanCanonical(request.Host) ? hosts.Canonical! : request.Host.Host;
        string suffix = port == DefaultHttpsPort ? "" : string.Create(CultureInfo.InvariantCulture, $":{port}");
        string target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return $"https://{host}{suffix}{RequestTarget.OriginForm(target)}";
    }
}
