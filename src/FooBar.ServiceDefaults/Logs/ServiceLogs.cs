using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Settings.Configuration;

namespace FooBar.ServiceDefaults.Logs;

/// <summary>Serilog behind Microsoft.Extensions.Logging, as Serilog.AspNetCore would set it up.</summary>
internal static class ServiceLogs
{
    public static void AddServiceLogs(this WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        // Levels are decided in one place, the Serilog section; the factory's own floor would hide what is below Information.
        builder.Logging.SetMinimumLevel(LogLevel.Trace);
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddSingleton<LogOutput>();
        // A logger of this host's own, closed with the host. The static Log.Logger would be shared by every host in the process.
        builder.Services.AddSingleton<ILoggerProvider>(static provider => new SerilogLoggerProvider(
            Create(
                provider.GetRequiredService<IConfiguration>(),
                provider.GetRequiredService<IOptions<ServiceOptions>>().Value,
                provider.GetRequiredService<LogOutput>(),
                new RequestIdEnricher(provider.GetRequiredService<IHttpContextAccessor>())),
            dispose: true));
    }

    internal static Serilog.Core.Logger Create(
        IConfiguration configuration, ServiceOptions service, LogOutput output, RequestIdEnricher requestId)
    {
        LoggerConfiguration logger = new LoggerConfiguration()
            .Enrich.With(requestId)
            .MinimumLevel.Is(LogEventLevel.Information)
            .MinimumLevel.Override("Microsoft.AspNetCore", LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft.Hosting.Lifetime", LogEventLevel.Information)
            // It logs every unhealthy result at Error; ReadinessLog logs the transitions.
            .MinimumLevel.Override("Microsoft.Extensions.Diagnostics.HealthChecks", LogEventLevel.Fatal)
            // Named, because finding sinks by scanning the folder of the program fails in a single-file build.
            .ReadFrom.Configuration(configuration, new ConfigurationReaderOptions(typeof(ConsoleLoggerConfigurationExtensions).Assembly));
        output.AddTo(logger.WriteTo, new JsonLineFormatter(service.Name!));
        return logger.CreateLogger();
    }
}
