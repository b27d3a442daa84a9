using System.Collections.Frozen;
using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Routing;

/// <summary>Finds the route of a path. Immutable.</summary>
internal sealed class RouteTable
{
    private readonly RouteRules _general;
    private readonly FrozenDictionary<string, RouteRules> _exact;

    /// <summary>Ending in a slash each, the longest first.</summary>
    private readonly (string Prefix, RouteRules Rules)[] _prefixes;

    /// <summary>The routes of these options.</summary>
    public RouteTable(GatewayOptions options)
    {
        _general = new RouteRules(options.Limits.RequestBodyBytes, null, Grpc: false);
        _exact = options.Routes.Where(route => !IsPrefix(route)).ToFrozenDictionary(route => route.Path, Make, StringComparer.Ordinal);
        _prefixes = [.. options.Routes.Where(IsPrefix).OrderByDescending(route => route.Path.Length).Select(route => (route.Path[..^1], Make(route)))];

        RouteRules Make(RouteOptions route) => new(route.RequestBodyBytes ?? _general.RequestBodyBytes, route.OperationParameter, route.Grpc);
    }

    /// <summary>The route of a path; the general one if none names it.</summary>
    public RouteRules Find(PathString path)
    {
        string value = path.Value ?? "";
        if (_exact.TryGetValue(value, out RouteRules? exact))
            return exact;
        foreach ((string prefix, RouteRules rules) in _prefixes)
        {
            if (value.StartsWith(prefix, StringComparison.Ordinal))
                return rules;
        }

        return _general;
    }

    private static bool IsPrefix(RouteOptions route) => route.Path.EndsWith("/*", StringComparison.Ordinal);
}
