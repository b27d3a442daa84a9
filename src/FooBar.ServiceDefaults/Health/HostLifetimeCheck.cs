using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace FooBar.ServiceDefaults.Health;

/// <summary>
/// Ready from the end of the start to the beginning of the stop: whoever spreads requests looks elsewhere while those in flight finish.
/// </summary>
internal sealed class HostLifetimeCheck(IHostApplicationLifetime lifetime) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(lifetime switch
        {
            { ApplicationStopping.IsCancellationRequested: true } => HealthCheckResult.Unhealthy("stopping"),
            { ApplicationStarted.IsCancellationRequested: false } => HealthCheckResult.Unhealthy("starting"),
            _ => HealthCheckResult.Healthy("running"),
        });
}
