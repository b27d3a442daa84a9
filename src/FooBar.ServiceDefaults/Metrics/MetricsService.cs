using System.Diagnostics.Metrics;
using System.Reflection;
using FooBar.ServiceDefaults.Prometheus;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace FooBar.ServiceDefaults.Metrics;

/// <summary>
/// Owns the OpenTelemetry meter provider, as OpenTelemetry.Extensions.Hosting would: built before any hosted service starts, so that none
/// of their measurements is missed, and closed with the container, so that the last scrape of a stopping process still has its figures.
/// </summary>
internal sealed class MetricsService(
    string[] extraMeters,
    IMeterFactory meters,
    PrometheusExporter exporter,
    IOptions<ServiceOptions> service) : IHostedLifecycleService, IDisposable
{
    private static readonly string[] BuiltInMeters =
    [
        "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.RateLimiting",
        "Microsoft.AspNetCore.Server.Kestrel",
        "System.Net.Http",
        "System.Runtime",
        ProcessMetrics.MeterName,
    ];

    private MeterProvider? _provider;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        ProcessMetrics.Create(meters);
        _provider = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(ResourceBuilder.CreateEmpty()
                .AddEnvironmentVariableDetector()
                .AddService(
                    service.Value.Name!,
                    serviceVersion: Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?
                        .InformationalVersion,
                    autoGenerateServiceInstanceId: false,
                    // Stable over restarts: a random id would start a new target_info series with each.
                    serviceInstanceId: Environment.MachineName))
            .AddMeter([.. BuiltInMeters, .. extraMeters])
            .AddView(instrument => MetricViews.For(instrument, meters))
            .AddReader(new BaseExportingMetricReader(exporter))
            .Build();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _provider?.Dispose();
}
