using Microsoft.AspNetCore.Diagnostics.HealthChecks;

namespace FooBar.Web.Health;

/// <summary>Readiness, on the admin port with its reasons and on the traffic port, for the gateway's probe, as a bare yes or no.</summary>
internal static class HealthSetup
{
    /// <summary>Checks with this tag decide whether the instance gets traffic.</summary>
    private const string ReadyTag = "ready";

    public static WebApplicationBuilder AddDatabaseHealth(this WebApplicationBuilder builder)
    {
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealthCheck>("database", tags: [ReadyTag]);
        return builder;
    }

    public static void MapReadiness(this WebApplication app) =>
        app.MapHealthChecks("/health/ready", new HealthCheckOptions
        {
            Predicate = check => check.Tags.Contains(ReadyTag),
            ResponseWriter = static (context, _) =>
            {
                context.Response.ContentType = "text/plain; charset=utf-8";
                return context.Response.WriteAsync(
                    context.Response.StatusCode == StatusCodes.Status200OK ? "ready\n" : "not ready\n", context.RequestAborted);
            },
        });
}
