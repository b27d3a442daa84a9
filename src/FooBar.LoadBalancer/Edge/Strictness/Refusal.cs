namespace FooBar.LoadBalancer.Edge.Strictness;

/// <summary>Why the gateway refused a request.</summary>
internal enum Refusal
{
    /// <summary>The server could not read its head: a line, a header or the host.</summary>
    Malformed,

    /// <summary>The server could not read its body: a chunk, an early end.</summary>
    BodyMalformed,

    /// <summary>An HTTP version that is not spoken here.</summary>
    Version,

    /// <summary>The request line is too long.</summary>
    LineTooLong,

    /// <summary>Too many headers, or too many bytes of them.</summary>
    HeadersTooLarge,

    /// <summary>The body is larger than the limit.</summary>
    BodyTooLarge,

    /// <summary>Head or body did not arrive in time.</summary>
    TooSlow,

    /// <summary>A method that nobody knows, or a known one that is not written in capitals.</summary>
    MethodUnknown,

    /// <summary>TRACE, CONNECT and the like.</summary>
    MethodNotAllowed,

    /// <summary>The request target has a form or a character that it must not have.</summary>
    Target,

    /// <summary>The path has dot segments, backslashes or escapes that servers read differently.</summary>
    Path,

    /// <summary>A header's name has other characters than letters, digits and hyphens.</summary>
    HeaderName,

    /// <summary>A header's value has control characters.</summary>
    HeaderValue,

    /// <summary>Where the body ends could be read in two ways.</summary>
    AmbiguousLength,

    /// <summary>A transfer coding other than <c>chunked</c> alone.</summary>
    TransferCoding,

    /// <summary>The Connection header names a header that does not end here.</summary>
    ConnectionOption,

    /// <summary>An upgrade to something else than a WebSocket, or not as a WebSocket begins.</summary>
    Upgrade,

    /// <summary>An expectation other than <c>100-continue</c>.</summary>
    Expectation,

    /// <summary>The host is missing, or is not a name or an address with an optional port.</summary>
    Host,

    /// <summary>The host is none that is served.</summary>
    HostNotServed,

    /// <summary>The host is served, but TLS was begun for a name that is not.</summary>
    HostMismatch,

    /// <summary>A path of the processes' own pages.</summary>
    InnerPage,

    /// <summary>No answer to an authority's challenge has that name.</summary>
    NoChallenge,

    /// <summary>gRPC is not served.</summary>
    Grpc,
}

/// <summary>The names and statuses of <see cref="Refusal"/>.</summary>
internal static class Refusals
{
    /// <summary>The name in logs and metrics, which never changes: dashboards and alerts hold it.</summary>
    public static string Text(this Refusal refusal) => refusal switch
    {
        Refusal.Malformed => "malformed",
        Refusal.BodyMalformed => "body-malformed",
        Refusal.Version => "version",
        Refusal.LineTooLong => "line-too-long",
        Refusal.HeadersTooLarge => "headers-too-large",
        Refusal.BodyTooLarge => "body-too-large",
        Refusal.TooSlow => "too-slow",
        Refusal.MethodUnknown => "method-unknown",
        Refusal.MethodNotAllowed => "method-not-allowed",
        Refusal.Target => "target",
        Refusal.Path => "path",
        Refusal.HeaderName => "header-name",
        Refusal.HeaderValue => "header-value",
        Refusal.AmbiguousLength => "ambiguous-length",
        Refusal.TransferCoding => "transfer-coding",
        Refusal.ConnectionOption => "connection-option",
        Refusal.Upgrade => "upgrade",
        Refusal.Expectation => "expectation",
        Refusal.Host => "host",
        Refusal.HostNotServed => "host-not-served",
        Refusal.HostMismatch => "host-mismatch",
        Refusal.InnerPage => "inner-page",
        Refusal.NoChallenge => "no-challenge",
        Refusal.Grpc => "grpc",
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, null),
    };

    /// <summary>The status that says it to the client.</summary>
    public static int Status(this Refusal refusal) => refusal switch
    {
        Refusal.Version => StatusCodes.Status505HttpVersionNotsupported,
        Refusal.LineTooLong => StatusCodes.Status414UriTooLong,
        Refusal.HeadersTooLarge => StatusCodes.Status431RequestHeaderFieldsTooLarge,
        Refusal.BodyTooLarge => StatusCodes.Status413PayloadTooLarge,
        Refusal.TooSlow => StatusCodes.Status408RequestTimeout,
        Refusal.MethodUnknown or Refusal.TransferCoding => StatusCodes.Status501NotImplemented,
        Refusal.MethodNotAllowed => StatusCodes.Status405MethodNotAllowed,
        Refusal.Expectation => StatusCodes.Status417ExpectationFailed,
        Refusal.HostNotServed or Refusal.HostMismatch => StatusCodes.Status421MisdirectedRequest,
        Refusal.InnerPage or Refusal.NoChallenge => StatusCodes.Status404NotFound,
        Refusal.Grpc => StatusCodes.Status415UnsupportedMediaType,
        _ => StatusCodes.Status400BadRequest,
    };

    /// <summary>What a status of the server's own means, before the application has seen the request or while it read the body.</summary>
    /// <param name="status">The status that the server answers with.</param>
    /// <param name="inBody">Whether the head was read already.</param>
    public static Refusal Of(int status, bool inBody) => status switch
    {
        StatusCodes.Status405MethodNotAllowed => Refusal.MethodNotAllowed,
        StatusCodes.Status408RequestTimeout => Refusal.TooSlow,
        StatusCodes.Status413PayloadTooLarge => Refusal.BodyTooLarge,
        StatusCodes.Status414UriTooLong => Refusal.LineTooLong,
        StatusCodes.Status431RequestHeaderFieldsTooLarge => Refusal.HeadersTooLarge,
        StatusCodes.Status505HttpVersionNotsupported => Refusal.Version,
        _ => inBody ? Refusal.BodyMalformed : Refusal.Malformed,
    };
}
