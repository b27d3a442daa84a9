using FooBar.LoadBalancer.Balancing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FooBar.LoadBalancer.Health;

/// <summary>The gateway is ready while at least one backend is up.</summary>
internal sealed class BackendsReadyCheck(BackendPool pool) : IHealthCheck
{
    /// <inheritdoc />
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        int up = pool.Up.Count();
        return Task.FromResult(up > 0
            ? HealthCheckResult.Healthy($"{up} of {pool.All.Count} backends are up")
            : HealthCheckResult.Unhealthy("no backend is up: " + string.Join("; ", pool.All.Select(Describe))));
    }

    private static string Describe(Backend backend) => $"{backend.Name}: {backend.Health.LastFailure ?? "not checked yet"}";
}
