using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Net.Http.Headers;

namespace FooBar.Web.Hosting;

/// <summary>What every response says to the browser about security, and every page about caching.</summary>
internal sealed class PageHeaders(RequestDelegate next)
{
    // Everything comes from the site itself, there is no script, and no page of it belongs into a frame.
    private const string ContentSecurityPolicy =
        "default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(static state =>
        {
            Add((HttpContext)state);
            return Task.CompletedTask;
        }, context);
        return next(context);
    }

    private static void Add(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers["Referrer-Policy"] = "same-origin";

        if (context.GetEndpoint()?.Metadata.GetMetadata<StaticAssetDescriptor>() is null || context.Response.StatusCode >= 400)
            headers.CacheControl = CacheControl(context);
    }

    /// <summary>
    /// Pages that belong to one visitor are stored nowhere: they answer a cookie, set one, or answer a form. Errors are not stored either.
    /// What everybody gets may be stored and is checked each time.
    /// </summary>
    private static string CacheControl(HttpContext context)
    {
        bool personal = context.Request.Headers.ContainsKey(HeaderNames.Cookie)
            || context.Response.Headers.ContainsKey(HeaderNames.SetCookie)
            || !(HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
            || context.Response.StatusCode >= 400;
        return personal ? "no-store" : "no-cache";
    }
}
