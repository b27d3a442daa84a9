using System.Collections.Frozen;

namespace FooBar.LoadBalancer.Edge.Strictness;

/// <summary>
/// Headers by which a proxy speaks about the client to whoever is behind it. This is the edge: nobody before it may speak so, and what a
/// client sends under these names goes no further.
/// </summary>
internal static class ClientClaims
{
    /// <summary>X-Original-: where ASP.NET Core's forwarded-headers middleware keeps what it replaced; IIS and others put the original URL there.</summary>
    private static readonly string[] Prefixes = ["X-Forwarded", "X-Original-", "X-SSL-", "SSL-Client", "X-Envoy-", "X-Client-Verify", "X-HTTP-Method"];

    private static readonly FrozenSet<string> Names = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "CF-Connecting-IP",
        "CF-Connecting-IPv6",
        "Client-IP",
        "Fastly-Client-IP",
        "Fly-Client-IP",
        "Forwarded",
        "Forwarded-For",
        "Front-End-Https",
        "MS-ASPNETCORE-CLIENTCERT",
        "MS-ASPNETCORE-TOKEN",
        "Proxy",
        "True-Client-IP",
        "X-ARR-ClientCert",
        "X-Azure-ClientIP",
        "X-Client-Cert",
        "X-Client-IP",
        "X-Cluster-Client-IP",
        "X-Host",
        "X-Method-Override",
        "X-HTTP-Host-Override",
        "X-Real-IP",
        "X-Remote-Addr",
        "X-Remote-IP",
        GatewayRequest.IdHeader,
        "X-Rewrite-URL",
        "X-Scheme",
        "X-URL-Scheme");

    /// <summary>Whether a header is such a claim.</summary>
    public static bool Contains(string name)
    {
        if (Names.Contains(name))
            return true;

        // They all begin so, and few other headers do.
        if (name.Length < 3 || ((name[0] | 0x20) != 'x' && (name[0] | 0x20) != 's'))
            return false;
        foreach (string prefix in Prefixes)
        {
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}
