using System.Diagnostics.Metrics;
using FooBar.ServiceDefaults.Admin;
using FooBar.ServiceDefaults.Health;
using FooBar.ServiceDefaults.Logs;
using FooBar.ServiceDefaults.Metrics;
using FooBar.ServiceDefaults.Prometheus;
using FooBar.ServiceDefaults.Systemd;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace FooBar.ServiceDefaults;

/// <summary>What every process of FooBar shares: metrics, health, logs and the admin port they are read on.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>
    /// Adds JSON logs on standard output, OpenTelemetry metrics, health checks, and a Kestrel listener of its own for the admin port
    /// (<c>Admin:Address</c>, <c>Admin:Port</c>). Requests on that listener never reach the application.
    /// </summary>
    /// <param name="builder">The application under construction. Listening in code means that Kestrel ignores <c>ASPNETCORE_URLS</c>: the
    /// application adds its own listeners with <c>ConfigureKestrel</c> too.</param>
    /// <param name="meters">Names of meters to publish beside those of ASP.NET Core, Kestrel, HttpClient and the runtime. Every label of
    /// such a meter must have a bounded set of values.</param>
    /// <returns>The same builder.</returns>
    /// <remarks>A missing or invalid setting stops the start with an <see cref="OptionsValidationException"/> that names it;
    /// <see cref="ServiceProgram"/> prints it as a line.</remarks>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder, params ReadOnlySpan<string> meters)
    {
        ArgumentNullException.ThrowIfNull(builder);
        IServiceCollection services = builder.Services;

        services.AddOptions<ServiceOptions>().BindConfiguration(ServiceOptions.Section).ValidateOnStart()
            .PostConfigure<IHostEnvironment>((service, host) => service.Name ??= host.ApplicationName);
        services.AddSingleton<IValidateOptions<ServiceOptions>, ServiceOptionsValidator>();
        services.AddOptions<AdminOptions>().BindConfiguration(AdminOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AdminOptions>, AdminOptionsValidator>();

        builder.AddServiceLogs();

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(SystemdEnvironment.Read(builder.Configuration));
        services.AddSingleton<WatchedListener>();
        services.AddHostedService<SystemdService>();

        services.AddSingleton<AdminPort>();
        services.AddOptions<KestrelServerOptions>().Configure<AdminPort, IOptions<AdminOptions>, WatchedListener, SystemdEnvironment>(
            static (kestrel, port, options, watched, systemd) =>
            {
                try
                {
                    port.Listen(kestrel, options.Value, watched, systemd);
                }
                catch (OptionsValidationException)
                {
                    // Kestrel's options are made while the application is built. Thrown there, the mistakes of this section would hide those of
                    // the others; the validation at start reports them all.
                }
            });
        services.Configure<SocketTransportOptions>(static sockets =>
        {
            sockets.CreateBoundListenSocket = Listening.Open;
            sockets.Backlog = Listening.Backlog;
        });

        // Before every other filter: the framework's host filter would answer a scrape with 400, and routing would run an endpoint marked
        // ShortCircuit() on whichever port it is asked for.
        services.Insert(0, ServiceDescriptor.Singleton<IStartupFilter, AdminStartupFilter>());

        services.AddHealthChecks().AddCheck<HostLifetimeCheck>("host", tags: [HealthEndpoints.ReadyTag]);
        services.AddSingleton<IHealthCheckPublisher, ReadinessLog>();
        services.Configure<HealthCheckPublisherOptions>(static publisher =>
        {
            publisher.Period = ReadinessLog.Period;
            publisher.Predicate = static check => check.Tags.Contains(HealthEndpoints.ReadyTag);
        });

        string[] extraMeters = meters.ToArray();
        services.AddSingleton<PrometheusExporter>();
        services.AddHostedService(provider => new MetricsService(
            extraMeters,
            provider.GetRequiredService<IMeterFactory>(),
            provider.GetRequiredService<PrometheusExporter>(),
            provider.GetRequiredService<IOptions<ServiceOptions>>()));
        return builder;
    }

    /// <summary>
    /// Publishes <c>/metrics</c>, <c>/health/live</c> and <c>/health/ready</c> on the admin port. Call it first on the built application;
    /// until then the admin port answers 404 to everything.
    /// </summary>
    /// <param name="app">An application whose builder went through <see cref="AddServiceDefaults"/>.</param>
    /// <returns>The same application.</returns>
    /// <exception cref="InvalidOperationException"><see cref="AddServiceDefaults"/> was not called.</exception>
    /// <exception cref="OptionsValidationException">Settings that are validated at start are wrong; an <see cref="AggregateException"/> of
    /// several when they are in several sections.</exception>
    public static WebApplication UseServiceDefaults(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);

        // All sections at once, before the application resolves something that needs one of them. The start itself would also log each
        // mistake with its stack before it throws.
        app.Services.GetService<IStartupValidator>()?.Validate();
        AdminPort admin = app.Services.GetService<AdminPort>()
            ?? throw new InvalidOperationException("Call builder.AddServiceDefaults() before app.UseServiceDefaults().");
        admin.Map("/metrics", MetricsEndpoint.WriteAsync);
        admin.Map("/health/live", HealthEndpoints.LiveAsync);
        admin.Map("/health/ready", HealthEndpoints.ReadyAsync);
        return app;
    }
}
