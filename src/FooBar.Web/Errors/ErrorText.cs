namespace FooBar.Web.Errors;

/// <summary>What an error page says: what happened, and what one can do.</summary>
internal sealed record ErrorText(string Title, string Explanation)
{
    public static ErrorText Of(int status) => status switch
    {
        400 => new("That address or form is not right",
            "The site could not make sense of what it was asked. If you typed the address, check it; if you followed a link, the link is broken."),
        404 => new("There is no such page",
            "Perhaps the address has a mistake in it, or what was pinned up here has been taken down."),
        405 => new("That cannot be done here", "This page can be read, but nothing can be sent to it."),
        413 => new("That was too much", "What you sent is larger than this site accepts. Go back: your browser still has what you typed. Make it shorter."),
        415 => new("That is not a form", "This page accepts only what its own form sends."),
        503 => new("The board is out of reach for a moment",
            "The site is starting, or its database cannot be reached. It should be back in a few seconds: please load the page again."),
        _ when status < 500 => new("That did not work", "The site could not accept what it was asked. Go back and try another way."),
        _ => new("Something went wrong on our side",
            "It was not your doing. Please try again; if it keeps happening, tell us the request id below, so that we can find out why."),
    };
}
