using FooBar.GroupKeeper.Decisions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FooBar.GroupKeeper;

/// <summary>Ready means: the own member said just now that it is ONLINE in a group of which it sees a majority.</summary>
internal sealed class MemberHealthCheck(Membership group, KeeperRecord record) : IHealthCheck
{
    /// <summary>A look every two seconds, which may take three.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(6);

    /// <inheritdoc />
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        string name = group.Name(group.Own);
        TimeSpan age = record.Age;
        return Task.FromResult(
            record.Own is not { } own || age > Fresh ? HealthCheckResult.Unhealthy($"{name} does not answer.")
            : own.IsInQuorum ? HealthCheckResult.Healthy($"{name} is online in its group.")
            : HealthCheckResult.Unhealthy($"{name} is {own.State}; {record.Current.Step.Kind}: {record.Current.Step.Why}."));
    }
}
