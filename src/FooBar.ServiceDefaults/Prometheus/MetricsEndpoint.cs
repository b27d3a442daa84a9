using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace FooBar.ServiceDefaults.Prometheus;

/// <summary>Answers a scrape.</summary>
internal static class MetricsEndpoint
{
    public static async Task WriteAsync(HttpContext context)
    {
        PrometheusExporter exporter = context.RequestServices.GetRequiredService<PrometheusExporter>();
        using PooledBuffer page = await exporter.ScrapeAsync(context.RequestAborted);
        context.Response.ContentType = TextFormat.ContentType;
        context.Response.ContentLength = page.Written.Length;
        await context.Response.Body.WriteAsync(page.Written, context.RequestAborted);
    }
}
