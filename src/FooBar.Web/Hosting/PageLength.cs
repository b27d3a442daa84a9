using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.StaticAssets;

namespace FooBar.Web.Hosting;

/// <summary>
/// Sends a rendered page whole, with its length, instead of in chunks as it is rendered. The gateway holds an answer of known length until it
/// has all of it, so that an instance that dies in the middle of a page is replaced by another; and a page that fails while it is rendered
/// becomes an error page instead of half a page. What is longer than <see cref="Longest"/> goes out as it comes.
/// </summary>
internal sealed class PageLength(RequestDelegate next)
{
    /// <summary>In bytes; the gateway holds as much.</summary>
    public const int Longest = 64 * 1024;

    public async Task InvokeAsync(HttpContext context)
    {
        // Static files know their length.
        if (context.GetEndpoint()?.Metadata.GetMetadata<StaticAssetDescriptor>() is not null)
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        IHttpResponseBodyFeature body = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        using HeldPage page = new(body.Stream);
        StreamResponseBodyFeature holding = new(page, body);
        context.Features.Set<IHttpResponseBodyFeature>(holding);
        try
        {
            await next(context).ConfigureAwait(false);
            await holding.CompleteAsync().ConfigureAwait(false);
            if (page.HeldLength is > 0 and { } length && !context.Response.HasStarted)
                context.Response.ContentLength ??= length;
            await page.ReleaseAsync(context.RequestAborted).ConfigureAwait(false);
        }
        finally
        {
            context.Features.Set(body);
        }
    }
}
