namespace FooBar.LoadBalancer.Admin;

/// <summary>One endpoint of the admin API. Immutable.</summary>
/// <param name="Path">Below <c>/gateway/v1/</c>; a <c>*</c> stands for the name of what it is about.</param>
/// <param name="Method">GET (which serves HEAD too), PUT or POST.</param>
/// <param name="Action">Its name in the audit log and the metrics.</param>
/// <param name="Endpoint">Answers.</param>
internal sealed record AdminRoute(string Path, string Method, string Action, Func<AdminCall, Task<AdminAnswer>> Endpoint)
{
    /// <summary>Whether it changes something, and so has a line in the audit log.</summary>
    public bool Changes => Method != HttpMethods.Get;
}

/// <summary>Every endpoint of the admin API. Immutable.</summary>
internal sealed class AdminRoutes(GatewayEndpoints gateway, BackendEndpoints backends, CacheEndpoints cache)
{
    private const string Version = "/gateway/v1/";

    private readonly AdminRoute[] _all =
    [
        new("status", HttpMethods.Get, "status", gateway.Status),
        new("reload", HttpMethods.Post, "reload", gateway.ReloadAsync),
        new("certificates", HttpMethods.Get, "certificates", gateway.Certificates),
        new("backends", HttpMethods.Get, "backends", backends.List),
        new("backends/*", HttpMethods.Get, "backend", backends.Get),
        new("backends/*/state", HttpMethods.Put, "state", backends.PutStateAsync),
        new("backends/*/weight", HttpMethods.Put, "weight", backends.PutWeightAsync),
        new("cache/purge", HttpMethods.Post, "purge", cache.PurgeAsync),
    ];

    /// <summary>The endpoint of a request, whose target is noted in it, or the answer where there is none.</summary>
    public (AdminRoute? Route, AdminAnswer? Unknown) Find(AdminCall call)
    {
        string path = call.Context.Request.Path.Value!;
        AdminRoute[] here = path.StartsWith(Version, StringComparison.Ordinal)
            ? Array.FindAll(_all, route => IsAt(route, path[Version.Length..], call))
            : [];
        if (here.Length == 0)
        {
            return (null, AdminAnswer.Problem(
                StatusCodes.Status404NotFound,
                "There is nothing of that name",
                $"There are {string.Join(", ", _all.Select(route => $"{route.Method} {Version}{route.Path}"))}."));
        }

        string method = HttpMethods.IsHead(call.Context.Request.Method) ? HttpMethods.Get : call.Context.Request.Method;
        if (Array.Find(here, route => route.Method == method) is { } found)
            return (found, null);

        string allowed = string.Join(", ", here.Select(route => route.Method == HttpMethods.Get ? "GET, HEAD" : route.Method));
        return (null, AdminAnswer.Problem(StatusCodes.Status405MethodNotAllowed, "The method is not allowed here", $"Use {allowed}.") with { Allow = allowed });
    }

    private static bool IsAt(AdminRoute route, string path, AdminCall call)
    {
        string[] wanted = route.Path.Split('/');
        string[] parts = path.Split('/');
        if (wanted.Length != parts.Length)
            return false;
        for (int i = 0; i < wanted.Length; i++)
        {
            if (wanted[i] != "*" && wanted[i] != parts[i])
                return false;
        }

        int name = Array.IndexOf(wanted, "*");
        call.Target = name < 0 ? null : parts[name];
        return true;
    }
}
