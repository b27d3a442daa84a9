using FooBar.ServiceDefaults.Admin;

namespace FooBar.LoadBalancer.Admin;

/// <summary>
/// Whom the admin API lets in: who shows the token, and is not a page in somebody's browser. On the network the port itself has asked for a
/// client's certificate before.
/// </summary>
internal sealed class AdminGuard(AdminPort port, AdminToken token)
{
    private static readonly AdminAnswer _unauthorized = AdminAnswer.Problem(
        StatusCodes.Status401Unauthorized,
        "The token is missing or wrong",
        "Send the header Authorization: Bearer TOKEN, with what is in the file that Gateway:Admin:TokenPath names.") with
    {
        Challenge = "Bearer realm=\"gateway\"",
    };

    /// <summary>Why the request is refused; null when it is not.</summary>
    /// <param name="context">The request.</param>
    /// <param name="shown">The token that it shows; null if it shows none.</param>
    public AdminAnswer? Refusal(HttpContext context, string? shown)
    {
        // A name that is made to point at this machine makes a page of its own site into one of ours (DNS rebinding).
        if (!port.IsAddressedBy(context))
        {
            return AdminAnswer.Problem(
                StatusCodes.Status421MisdirectedRequest,
                "This is not the admin port's address",
                "The Host header must be the address that the port listens on, localhost, or a name in its certificate.");
        }

        // A browser says whom a request comes from, and a page cannot keep it from doing so (Fetch, 3.2 and 5.2). No page is meant to come here.
        IHeaderDictionary headers = context.Request.Headers;
        if (headers.Origin.Count > 0 || (headers["Sec-Fetch-Site"] is { Count: > 0 } site && site != "none"))
        {
            return AdminAnswer.Problem(
                StatusCodes.Status403Forbidden,
                "Pages in a browser are not let in",
                "The request has the header Origin or Sec-Fetch-Site. Use curl or ./foobar gateway.");
        }

        return shown is not null && token.Matches(shown)
            ? null
            : _unauthorized;
    }
}
