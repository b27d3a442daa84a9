using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FooBar.ServiceDefaults.Health;

/// <summary>Liveness: the process answers. Readiness: it can do its work, check by check.</summary>
internal static class HealthEndpoints
{
    /// <summary>The tag of a health check that readiness depends on.</summary>
    public const string ReadyTag = "ready";

    private static readonly JsonWriterOptions Json = new() { Indented = true };

    /// <summary>Runs no check: a process that cannot reach its database must not be restarted for it.</summary>
    public static Task LiveAsync(HttpContext context) => WriteAsync(context, StatusCodes.Status200OK, static json =>
        json.WriteString("status", nameof(HealthStatus.Healthy)));

    /// <summary>Runs the checks tagged <see cref="ReadyTag"/>; 200 when all are healthy or degraded, otherwise 503.</summary>
    public static async Task ReadyAsync(HttpContext context)
    {
        HealthCheckService checks = context.RequestServices.GetRequiredService<HealthCheckService>();
        HealthReport report = await checks.CheckHealthAsync(check => check.Tags.Contains(ReadyTag), context.RequestAborted);
        int status = report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        await WriteAsync(context, status, json => WriteReport(json, report));
    }

    private static void WriteReport(Utf8JsonWriter json, HealthReport report)
    {
        json.WriteString("status", report.Status.ToString());
        json.WriteStartObject("checks");
        foreach ((string name, HealthReportEntry entry) in report.Entries)
        {
            json.WriteStartObject(name);
            json.WriteString("status", entry.Status.ToString());
            if (entry.Description is { } description)
            {
                json.WriteString("description", description);
            }

            json.WriteNumber("seconds", entry.Duration.TotalSeconds);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        await using (Utf8JsonWriter json = new(context.Response.BodyWriter, Json))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
