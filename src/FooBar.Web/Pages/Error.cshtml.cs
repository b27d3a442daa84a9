using FooBar.Web.Errors;
using FooBar.Web.StartUp;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace FooBar.Web.Pages;

/// <summary>
/// The page behind every status that is an error. It asks nothing of the database and shows nothing of the exception. There is no
/// handler: it is run for whichever method the failed request had.
/// </summary>
[IgnoreAntiforgeryToken]
[ServesUnprepared]
internal sealed class ErrorModel : PageModel
{
    public int Status => Response.StatusCode;

    public ErrorText Text => ErrorText.Of(Status);

    // NonHandler: by its name the framework takes this for the handler of an HTTP method called PAGE.
    /// <inheritdoc />
    [NonHandler]
    public override void OnPageHandlerExecuting(PageHandlerExecutingContext context)
    {
        bool failed = HttpContext.Features.Get<IExceptionHandlerFeature>() is not null
            || HttpContext.Features.Get<IStatusCodeReExecuteFeature>() is not null;

        // Asked for by its own address, this page does not exist.
        if (!failed)
            Response.StatusCode = StatusCodes.Status404NotFound;
        if (Response.StatusCode == StatusCodes.Status503ServiceUnavailable)
            Response.Headers.RetryAfter = "5";
    }
}
