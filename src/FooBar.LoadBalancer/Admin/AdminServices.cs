using FooBar.LoadBalancer.Metrics;

namespace FooBar.LoadBalancer.Admin;

/// <summary>The admin API's parts.</summary>
internal static class AdminServices
{
    /// <summary>Adds them.</summary>
    /// <param name="services">What the gateway is made of.</param>
    /// <param name="token">What callers must show.</param>
    public static void AddAdminApi(this IServiceCollection services, AdminToken token) => services
        .AddSingleton(token)
        .AddSingleton<AdminMetrics>()
        .AddSingleton<AuditLog>()
        .AddSingleton<BackendEndpoints>()
        .AddSingleton<GatewayEndpoints>()
        .AddSingleton<CacheEndpoints>()
        .AddSingleton<AdminRoutes>()
        .AddSingleton<AdminApi>()
        .AddHostedService(parts => parts.GetRequiredService<AdminApi>());
}
