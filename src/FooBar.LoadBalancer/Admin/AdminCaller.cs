using System.Net;
using FooBar.ServiceDefaults.Admin;

namespace FooBar.LoadBalancer.Admin;

/// <summary>Who calls, as far as it is known. Immutable.</summary>
/// <param name="Client">The common name of its certificate; null on loopback, where none is asked for.</param>
/// <param name="Address">The IP address that it calls from.</param>
/// <param name="Token">What tells the token that it has shown; null when it has shown none that could be one.</param>
internal sealed record AdminCaller(string? Client, string Address, string? Token)
{
    private const string Scheme = "Bearer ";

    /// <summary>Who is behind a request, and the token as it was shown, which goes no further than to be compared; null when there is none.</summary>
    public static (AdminCaller Caller, string? Token) Of(HttpContext context)
    {
        string? header = context.Request.Headers.Authorization is [{ } one] ? one : null;
        string? token = header?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) == true ? header[Scheme.Length..].Trim() : null;
        IPAddress? address = context.Connection.RemoteIpAddress;
        AdminCaller caller = new(
            AdminPort.ClientOf(context),
            (address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address)?.ToString() ?? "unknown",
            token is null ? null : AdminToken.FingerprintOf(token));
        return (caller, token);
    }

    /// <summary>In words, for a log and for the file of orders.</summary>
    public override string ToString() => $"{Client ?? Address} (token {Token})";
}
