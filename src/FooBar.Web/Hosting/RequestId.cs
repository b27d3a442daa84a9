using System.Diagnostics;

namespace FooBar.Web.Hosting;

/// <summary>
/// Gives every request the id that error pages show and log lines carry: the gateway's, if the gateway is who asks, else the trace id.
/// Comes before the forwarded headers are applied, because after that the peer's address is the visitor's.
/// </summary>
internal sealed class RequestId(RequestDelegate next, KnownProxies proxies)
{
    private const int MaxLength = 64;

    public Task InvokeAsync(HttpContext context)
    {
        string? given = context.Request.Headers["X-Request-Id"];
        context.TraceIdentifier = IsWellFormed(given) && proxies.Contains(context.Connection.RemoteIpAddress)
            ? given!
            : Activity.Current?.TraceId.ToHexString() ?? ActivityTraceId.CreateRandom().ToHexString();
        return next(context);
    }

    /// <summary>Letters, digits, dot, dash and underscore: nothing that means something in a log line or in a page.</summary>
    internal static bool IsWellFormed(string? id) =>
        id is { Length: > 0 and <= MaxLength } && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
}
