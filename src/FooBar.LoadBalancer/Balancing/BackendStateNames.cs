using FooBar.LoadBalancer.Health;

namespace FooBar.LoadBalancer.Balancing;

/// <summary>The states of a backend as metrics and reports name them, what a person wants and what is known of its health in one. They never change.</summary>
internal static class BackendStateNames
{
    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All = ["up", "down", "not_ready", "unknown", "drain", "maintenance"];

    /// <summary>The state that a backend is in: what a person wants wins.</summary>
    public static string Of(AdminState admin, BackendStatus status) => (admin, status) switch
    {
        (AdminState.Drain, _) => "drain",
        (AdminState.Maintenance, _) => "maintenance",
        (_, BackendStatus.Up) => "up",
        (_, BackendStatus.Down) => "down",
        (_, BackendStatus.Draining) => "not_ready",
        _ => "unknown",
    };
}
