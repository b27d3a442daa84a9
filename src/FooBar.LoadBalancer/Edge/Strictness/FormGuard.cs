using FooBar.LoadBalancer.Errors;

namespace FooBar.LoadBalancer.Edge.Strictness;

/// <summary>
/// Refuses what is malformed or could be read in two ways, before anything is done with it: a challenge's answer and a redirect come after it
/// too.
/// </summary>
internal sealed class FormGuard(RequestDelegate next)
{
    /// <summary>Refuses with an error page and the end of the connection, or passes on.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        if (RequestForm.Fault(context) is not { } refusal)
            return next(context);

        // Where a request's end is in doubt, so is the next one's beginning. Over HTTP/2 the server leaves the header out.
        if (refusal.Status() == StatusCodes.Status400BadRequest || refusal == Refusal.TransferCoding)
            context.Response.OnStarting(Close, context.Response);
        return ErrorPage.RefuseAsync(context, refusal);
    }

    private static Task Close(object state)
    {
        HttpResponse response = (HttpResponse)state;
        if (!HttpProtocol.IsHttp2(response.HttpContext.Request.Protocol))
            response.Headers.Connection = "close";
        return Task.CompletedTask;
    }
}
