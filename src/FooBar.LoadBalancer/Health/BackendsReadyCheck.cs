using FooBar.LoadBalancer.Balancing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FooBar.LoadBalancer.Health;

/// <summary>The gateway is ready while at least one backend is up.</summary>
internal sealed class BackendsReadyCheck(BackendPool pool) : IHealthCheck
{
    /// <inheritdoc />
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<Backend> all = pool.All;
        int up = pool.Up.Count();
        return Task.FromResult(up > 0
            ? HealthCheckResult.Healthy(string.Join(
                "; ", all.Where(backend => !backend.IsOffered).Select(Describe).Prepend($"{up} of {all.Count} backends are up")))
            : HealthCheckResult.Unhealthy("no backend is up: " + string.Join("; ", all.Select(Describe))));
    }

    private static string Describe(Backend backend)
    {
        string why = backend switch
        {
            { AdminState: AdminState.Drain } => "drained by an operator",
            { AdminState: AdminState.Maintenance } => "in maintenance, ordered by an operator",
            { Weight: 0 } => "given no weight by an operator",
            { Health.State.Status: BackendStatus.Unknown } => "not checked yet",
            _ => backend.Health.LastFailure ?? "not checked yet",
        };
        return $"{backend.Name}: {why}";
    }
}
