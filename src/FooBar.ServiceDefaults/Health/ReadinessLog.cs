using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace FooBar.ServiceDefaults.Health;

/// <summary>
/// Logs each check's transitions. The framework's own health service logs every unhealthy result instead: with a probe each second, an
/// outage would bury its cause.
/// </summary>
internal sealed partial class ReadinessLog(ILogger<ReadinessLog> logger) : IHealthCheckPublisher
{
    /// <summary>How often the checks are looked at, whoever else asks for them.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    // Only the publisher's loop calls, one report after the other.
    private readonly Dictionary<string, HealthStatus> _last = new(StringComparer.Ordinal);

    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        foreach ((string name, HealthReportEntry check) in report.Entries)
        {
            HealthStatus before = _last.GetValueOrDefault(name, HealthStatus.Healthy);
            _last[name] = check.Status;
            if (check.Status == HealthStatus.Healthy && before != HealthStatus.Healthy)
            {
                LogRecovered(logger, name, before, check.Description ?? "");
            }
            else if (check.Status != before)
            {
                LogFailing(logger, name, check.Status, check.Description ?? "", check.Exception);
            }
        }

        return Task.CompletedTask;
    }

    [LoggerMessage(4010, LogLevel.Warning, "Health check {Check} is {Status}: {Description}")]
    private static partial void LogFailing(ILogger logger, string check, HealthStatus status, string description, Exception? exception);

    [LoggerMessage(4011, LogLevel.Information, "Health check {Check} is Healthy again, was {Before}: {Description}")]
    private static partial void LogRecovered(ILogger logger, string check, HealthStatus before, string description);
}
