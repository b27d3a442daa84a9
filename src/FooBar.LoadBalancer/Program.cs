using System.Diagnostics;
using FooBar.LoadBalancer.AccessLog;
using FooBar.LoadBalancer.Admin;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Cache;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Edge.Strictness;
using FooBar.LoadBalancer.Forwarding;
using FooBar.LoadBalancer.Health;
using FooBar.LoadBalancer.Limits;
using FooBar.LoadBalancer.Metrics;
using FooBar.LoadBalancer.Orders;
using FooBar.LoadBalancer.Tls;
using FooBar.LoadBalancer.Upstream;
using FooBar.ServiceDefaults;
using FooBar.ServiceDefaults.Systemd;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace FooBar.LoadBalancer;

/// <summary>The gateway.</summary>
internal static class Program
{
    /// <summary>Serves until it is told to stop. With <c>--check</c>, only says whether it could. Returns the exit code.</summary>
    public static Task<int> Main(string[] args)
    {
        OpenSslPolicy.Apply();
        OpenSslBuffers.Release();
        bool onlyChecks = args.Contains(ServiceProgram.CheckOnly);
        return ServiceProgram.RunAsync(
            args, remaining => Build(remaining, acceptsOutOfDate: !onlyChecks), app => app.Services.GetRequiredService<CertificateLog>().Doubts);
    }

    /// <summary>Reads and checks the configuration and puts the gateway together, without starting it.</summary>
    /// <param name="args">Command line: <c>--Section:Key=value</c> overrides the environment, which overrides appsettings.json.</param>
    /// <param name="replace">Replaces services, for tests.</param>
    /// <param name="acceptsOutOfDate">Whether a certificate that has expired is used all the same, as at a start, or is a mistake.</param>
    /// <exception cref="GatewayConfigurationException">The configuration cannot be used.</exception>
    internal static WebApplication Build(string[] args, Action<IServiceCollection>? replace = null, bool acceptsOutOfDate = true)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            // Its files are read again by Configuration/ReloadWatch. Watching them costs an inotify instance, of which a user has 128 for all
            // processes: when they run out, the start fails.
            Args = ["--hostBuilder:reloadConfigOnChange=false", .. args],

            // appsettings.json lies beside the program, wherever that was started from.
            ContentRootPath = AppContext.BaseDirectory,
        });
        ConfigurationSources.AddSettingsFile(builder.Configuration);
        builder.AddServiceDefaults(GatewayMetrics.MeterName);

        // The framework would make an activity and a scope of the log for each request. The trace is our own, and so is the request's id.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        ConfigurationSources sources = new(builder.Configuration);
        GatewayOptions options = GatewayConfiguration.Load(builder.Configuration);
        EdgeSockets? sockets = EdgeSockets.From(SystemdEnvironment.Read(builder.Configuration).Sockets);
        EdgeCertificates certificates = EdgeCertificates.Load(options, TimeProvider.System, acceptsOutOfDate);
        BackendTrust trust = BackendTrust.Load(options, TimeProvider.System, acceptsOutOfDate);
        AdminToken token = AdminToken.Load(options);
        OrdersFile.Require(options);

        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenForClients(options, sockets, certificates));
        builder.Services.Configure<SocketTransportOptions>(transport => KestrelLimits.Set(transport, options.Limits));
        builder.Services
            .AddSingleton(certificates)
            .AddSingleton(trust)
            .AddSingleton<CertificateMetrics>()
            .AddSingleton<CertificateLog>()
            .AddHostedService(services => services.GetRequiredService<CertificateLog>());
        builder.Services
            .AddSingleton(new CurrentSettings(options))
            .AddSingleton(sources)
            .AddSingleton<SettingsReload>()
            .AddSingleton<ReloadMetrics>()
            .AddSingleton<ReloadWatch>()
            .AddHostedService(services => services.GetRequiredService<ReloadWatch>())
            .AddSingleton<GatewayMetrics>()
            .AddSingleton<TrafficMetrics>()
            .AddLimits();
        builder.Services
            .AddHostedService<Drain>()
            .Configure<HostOptions>(host => host.ShutdownTimeout = options.Drain.Delay + options.Drain.Timeout);
        builder.Services
            .AddSingleton(options.AccessLog)
            .AddSingleton(new AccessLogOutput(Console.Out))
            .AddSingleton<AccessLogWriter>()
            .AddHostedService(services => services.GetRequiredService<AccessLogWriter>())
            .AddSingleton<DiagnosticSource, ParserRefusals>();
        builder.Services
            .AddSingleton(services => BackendPool.Create(services.GetRequiredService<CurrentSettings>(), trust, services.GetRequiredService<TimeProvider>()))
            .AddSingleton(LoadBalancingPolicies.Create(options.Policy))
            .AddSingleton<QueueMetrics>()
            .AddSingleton<Balancer>();

        // Before the monitor: what a person has taken out is not asked, or not used, from the first moment on.
        builder.Services
            .AddSingleton<BackendOrders>()
            .AddHostedService<OrdersWatch>();
        builder.Services
            .AddSingleton<HealthCheck>()
            .AddSingleton<HealthRecord>()
            .AddSingleton<BackendSnapshots>()
            .AddSingleton<HealthMonitor>()
            .AddHostedService(services => services.GetRequiredService<HealthMonitor>())
            .AddHealthChecks().AddCheck<BackendsReadyCheck>("backends", tags: ["ready"]);
        builder.Services
            .AddHttpForwarder()
            .AddSingleton<BackendTransformer>()
            .AddSingleton<UpstreamTransformer>()
            .AddSingleton<RetryBudget>()
            .AddSingleton<ForwardLoop>();
        builder.Services.AddAdminApi(token);

        builder.Services
            .AddSingleton(new CacheStore(options.Cache))
            .AddSingleton<Fills>()
            .AddSingleton<FillBudget>()
            .AddSingleton<CacheShelf>()
            .AddSingleton<CacheForward>()
            .AddSingleton<CacheRefresh>()
            .AddSingleton<CacheMetrics>();

        // A reload changes them in this order: the monitor watches what the pool has taken in.
        builder.Services
            .AddSingleton<IReloadable>(certificates)
            .AddSingleton<IReloadable>(trust)
            .AddSingleton<IReloadable>(token)
            .AddSingleton<IReloadable>(services => services.GetRequiredService<CertificateLog>())
            .AddSingleton<IReloadable, KestrelLimits>()
            .AddSingleton<IReloadable>(services => services.GetRequiredService<BackendPool>())
            .AddSingleton<IReloadable>(services => services.GetRequiredService<Balancer>())
            .AddSingleton<IReloadable>(services => services.GetRequiredService<BackendOrders>())
            .AddSingleton<IReloadable>(services => services.GetRequiredService<HealthMonitor>())
            .AddSingleton<IReloadable>(services => services.GetRequiredService<CacheStore>());
        replace?.Invoke(builder.Services);

        WebApplication app = builder.Build();
        app.UseServiceDefaults();
        app.Services.GetRequiredService<AdminApi>().Map();

        // Nobody asks it for anything: it reads when it is collected.
        _ = app.Services.GetRequiredService<TrafficMetrics>();
        _ = app.Services.GetRequiredService<CertificateMetrics>();
        app.UseMiddleware<RequestEntrance>();
        app.UseMiddleware<RequestGate>();
        app.UseMiddleware<FormGuard>();
        if (options.AcmeWebroot is not null)
            app.UseMiddleware<AcmeChallenge>(options.AcmeWebroot);
        app.UseMiddleware<CanonicalRedirect>();
        app.UseMiddleware<RequestGuard>();
        app.UseMiddleware<SharedCache>();
        app.Run(app.Services.GetRequiredService<ForwardLoop>().InvokeAsync);
        return app;
    }
}
