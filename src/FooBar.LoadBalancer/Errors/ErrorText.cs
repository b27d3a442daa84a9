namespace FooBar.LoadBalancer.Errors;

/// <summary>What a person reads about an error: what happened and what to do. Plain text, safe in HTML as it stands.</summary>
internal sealed record ErrorText(string Title, string Detail)
{
    private static readonly ErrorText Other = new("The request was not accepted", "Please check the address and try again.");

    /// <summary>The text for a status.</summary>
    public static ErrorText For(int status) => status switch
    {
        StatusCodes.Status404NotFound => new("Page not found", "Please check the address."),
        StatusCodes.Status405MethodNotAllowed => new("This method is not allowed", "Please use another one."),
        StatusCodes.Status408RequestTimeout => new("The request took too long to arrive", "Please try again."),
        StatusCodes.Status413PayloadTooLarge => new("The upload is too large", "Please send a smaller one."),
        StatusCodes.Status414UriTooLong => new("The address is too long", "Please use a shorter one."),
        StatusCodes.Status415UnsupportedMediaType => new("This kind of content is not accepted", "gRPC is not served here."),
        StatusCodes.Status421MisdirectedRequest => new("This site is not served here", "Please check the address."),
        StatusCodes.Status417ExpectationFailed => new("The expectation cannot be met", "Only 100-continue is understood."),
        StatusCodes.Status429TooManyRequests => new("Too many requests", "Please wait a moment and try again."),
        StatusCodes.Status431RequestHeaderFieldsTooLarge => new("The request headers are too large", "Deleting the cookies of this site may help."),
        StatusCodes.Status500InternalServerError => new("Something went wrong", "Please try again. If it stays, report the request id."),
        StatusCodes.Status501NotImplemented => new("The request is not understood", "Please use another method or transfer coding."),
        StatusCodes.Status502BadGateway => new("The site did not answer properly", "Please try again in a moment."),
        StatusCodes.Status503ServiceUnavailable => new("The site is not available right now", "Please try again in a moment."),
        StatusCodes.Status504GatewayTimeout => new("The site took too long to answer", "Please try again in a moment."),
        StatusCodes.Status505HttpVersionNotsupported => new("This HTTP version is not spoken here", "HTTP/1.1 and HTTP/2 are."),
        _ => Other,
    };
}
