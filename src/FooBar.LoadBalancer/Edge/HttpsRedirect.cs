using System.Globalization;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Errors;
using FooBar.LoadBalancer.Forwarding;

namespace FooBar.LoadBalancer.Edge;

/// <summary>Sends plain HTTP to HTTPS: nothing else is ever answered without TLS.</summary>
internal sealed class HttpsRedirect(RequestDelegate next, ServedHosts hosts, GatewayOptions options)
{
    private const int DefaultHttpsPort = 443;

    private readonly int _port = options.PublicHttpsPort != 0 ? options.PublicHttpsPort : options.HttpsPort;

    /// <summary>Redirects, or passes on what came over TLS.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.IsHttps)
            return next(context);

        string? location = Location(context.Request, hosts, _port);
        if (location is null)
        {
            GatewayRequest.Of(context).Outcome = Outcome.Refused;
            return ErrorPage.WriteAsync(context, StatusCodes.Status400BadRequest);
        }

        // 308 keeps method and body (RFC 9110, 15.4.9); with 301 browsers turn a POST into a GET.
        GatewayRequest.Of(context).Outcome = Outcome.Redirected;
        context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        context.Response.Headers.Location = location;
        return Task.CompletedTask;
    }

    /// <summary>
    /// The same address over HTTPS; null for a host that is not served. Redirecting to whatever the Host header says would be an open
    /// redirect.
    /// </summary>
    internal static string? Location(HttpRequest request, ServedHosts hosts, int port)
    {
        if (!hosts.Contains(request.Host))
            return null;

        string suffix = port == DefaultHttpsPort ? "" : string.Create(CultureInfo.InvariantCulture, $":{port}");
        string path = request.Path.HasValue ? request.Path.ToUriComponent() : "/";
        return $"https://{request.Host.Host}{suffix}{path}{request.QueryString.ToUriComponent()}";
    }
}
