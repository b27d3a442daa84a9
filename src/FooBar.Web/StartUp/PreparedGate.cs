using Microsoft.AspNetCore.Mvc.RazorPages;

namespace FooBar.Web.StartUp;

/// <summary>Marks a page that can answer without a prepared database: it looks at <see cref="SiteState"/> itself or needs no data.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ServesUnpreparedAttribute : Attribute;

/// <summary>Answers 503 for pages that need the database, until it is prepared.</summary>
internal sealed class PreparedGate(RequestDelegate next, SiteState state)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (state.IsPrepared || !NeedsDatabase(context.GetEndpoint()))
            return next(context);

        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return Task.CompletedTask;
    }

    private static bool NeedsDatabase(Endpoint? endpoint) =>
        endpoint?.Metadata.GetMetadata<PageActionDescriptor>() is not null
        && endpoint.Metadata.GetMetadata<ServesUnpreparedAttribute>() is null;
}
