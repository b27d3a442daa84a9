using FooBar.LoadBalancer.AccessLog;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Forwarding;
using FooBar.LoadBalancer.Health;
using FooBar.LoadBalancer.Metrics;
using FooBar.LoadBalancer.Tls;
using FooBar.ServiceDefaults;
using FooBar.ServiceDefaults.Systemd;

namespace FooBar.LoadBalancer;

/// <summary>The gateway.</summary>
internal static class Program
{
    /// <summary>Serves until it is told to stop. With <c>--check</c>, only says whether it could. Returns the exit code.</summary>
    public static Task<int> Main(string[] args) => ServiceProgram.RunAsync(args, remaining => Build(remaining));

    /// <summary>Reads and checks the configuration and puts the gateway together, without starting it.</summary>
    /// <param name="args">Command line: <c>--Section:Key=value</c> overrides the environment, which overrides appsettings.json.</param>
    /// <param name="replace">Replaces services, for tests.</param>
    /// <exception cref="GatewayConfigurationException">The configuration cannot be used.</exception>
    internal static WebApplication Build(string[] args, Action<IServiceCollection>? replace = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            // The configuration is read once. Watching its file costs an inotify instance, of which a user has 128 for all processes:
            // when they run out, the start fails.
            Args = ["--hostBuilder:reloadConfigOnChange=false", .. args],

            // appsettings.json lies beside the program, wherever that was started from.
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.AddServiceDefaults(GatewayMetrics.MeterName);

        GatewayOptions options = GatewayConfiguration.Load(builder.Configuration);
        EdgeSockets? sockets = EdgeSockets.From(SystemdEnvironment.Read(builder.Configuration).Sockets);
        EdgeCertificate certificate = EdgeCertificate.Load(options);
        BackendTrust trust = BackendTrust.Load(options);

        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenForClients(options, sockets, certificate));
        builder.Services
            .AddSingleton(options)
            .AddSingleton(new ServedHosts(options.Hosts, options.CanonicalHost))
            .AddSingleton<GatewayMetrics>();
        builder.Services
            .AddSingleton(options.Drain)
            .AddHostedService<Drain>()
            .Configure<HostOptions>(host => host.ShutdownTimeout = options.Drain.Delay + options.Drain.Timeout);
        builder.Services
            .AddSingleton(options.AccessLog)
            .AddSingleton(new AccessLogOutput(Console.Out))
            .AddSingleton<AccessLogWriter>()
            .AddHostedService(services => services.GetRequiredService<AccessLogWriter>());
        builder.Services
            .AddSingleton(_ => BackendPool.Create(options, trust))
            .AddSingleton(LoadBalancingPolicies.Create(options.Policy))
            .AddSingleton<Balancer>();
        builder.Services
            .AddSingleton(options.Health)
            .AddSingleton<HealthCheck>()
            .AddSingleton<HealthRecord>()
            .AddHostedService<HealthMonitor>()
            .AddHealthChecks().AddCheck<BackendsReadyCheck>("backends", tags: ["ready"]);
        builder.Services
            .AddHttpForwarder()
            .AddSingleton<BackendTransformer>()
            .AddSingleton(options.Retries)
            .AddSingleton<RetryBudget>()
            .AddSingleton<ForwardLoop>();
        replace?.Invoke(builder.Services);

        WebApplication app = builder.Build();
        app.UseServiceDefaults();
        app.UseMiddleware<RequestEntrance>();
        if (options.AcmeWebroot is not null)
            app.UseMiddleware<AcmeChallenge>(options.AcmeWebroot);
        app.UseMiddleware<CanonicalRedirect>();
        app.UseMiddleware<RequestGuard>();
        app.Run(app.Services.GetRequiredService<ForwardLoop>().InvokeAsync);
        return app;
    }
}
