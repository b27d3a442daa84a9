using Microsoft.AspNetCore.Hosting.StaticWebAssets;

namespace FooBar.Web.Hosting;

/// <summary>Files of <c>wwwroot</c>, under addresses that carry a hash of the content, compressed at build time.</summary>
internal static class StaticFiles
{
    public static WebApplicationBuilder AddStaticFiles(this WebApplicationBuilder builder)
    {
        // A published site has wwwroot beside its assembly. A built one has a manifest there that says where the files are instead, which
        // the host reads in Development only.
        string manifest = Path.Combine(AppContext.BaseDirectory, $"{builder.Environment.ApplicationName}.staticwebassets.runtime.json");
        if (File.Exists(manifest))
            StaticWebAssetsLoader.UseStaticWebAssets(builder.Environment, builder.Configuration);

        // Beside a build's manifest the framework would look on the disk for changed files at each request and forbid caching.
        builder.Configuration["ReloadStaticAssetsAtRuntime"] = "false";
        return builder;
    }

    public static void MapStaticFiles(this WebApplication app) =>
        app.MapStaticAssets().Add(endpoint =>
        {
            // The framework says "max-age, immutable" for addresses with a hash. "public" lets shared caches keep them also when the
            // request carried a cookie.
            RequestDelegate serve = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context =>
            {
                context.Response.OnStarting(static state =>
                {
                    HttpResponse response = ((HttpContext)state).Response;
                    string? value = response.Headers.CacheControl;
                    if (value is not null && value.Contains("immutable", StringComparison.Ordinal) && response.StatusCode < 400)
                        response.Headers.CacheControl = "public, max-age=31536000, immutable";
                    return Task.CompletedTask;
                }, context);
                return serve(context);
            };
        });
}
