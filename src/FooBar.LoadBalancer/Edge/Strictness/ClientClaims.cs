using System.Collections.Frozen;

namespace FooBar.LoadBalancer.Edge.Strictness;

/// <summary>
/// Headers by which a proxy speaks about the client to whoever is behind it. This is the edge: nobody before it may speak so, and what a
/// client sends under these names goes no further.
/// </summary>
internal static class ClientClaims
{
    private const string ForwardedPrefix = "X-Forwarded";

    /// <summary>Where ASP.NET Core's forwarded-headers middleware keeps what it replaced; IIS and others put the original URL there.</summary>
    private const string OriginalPrefix = "X-Original-";

    private static readonly FrozenSet<string> Names = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "CF-Connecting-IP",
        "Client-IP",
        "Fastly-Client-IP",
        "Forwarded",
        "Forwarded-For",
        "Front-End-Https",
        "MS-ASPNETCORE-CLIENTCERT",
        "MS-ASPNETCORE-TOKEN",
        "Proxy",
        "True-Client-IP",
        "X-ARR-ClientCert",
        "X-Client-Cert",
        "X-Client-IP",
        "X-Cluster-Client-IP",
        "X-Host",
        "X-HTTP-Host-Override",
        "X-Real-IP",
        "X-Remote-Addr",
        "X-Remote-IP",
        GatewayRequest.IdHeader,
        "X-Rewrite-URL",
        "X-Scheme",
        "X-SSL-Client-Cert",
        "X-URL-Scheme");

    /// <summary>Whether a header is such a claim.</summary>
    public static bool Contains(string name) =>
        name.Length > 2
        && (name.StartsWith(ForwardedPrefix, StringComparison.OrdinalIgnoreCase) || name.StartsWith(OriginalPrefix, StringComparison.OrdinalIgnoreCase) || Names.Contains(name));
}
