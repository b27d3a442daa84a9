namespace FooBar.Web.Errors;

/// <summary>One page for everything that goes wrong, in every environment, in place of stack traces and empty answers.</summary>
internal static class ErrorPages
{
    private const string Path = "/error";

    public static void UseErrorPages(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandlingPath = Path,
            StatusCodeSelector = FailureStatus.Of,
        });
        app.UseStatusCodePagesWithReExecute(Path);
    }
}
