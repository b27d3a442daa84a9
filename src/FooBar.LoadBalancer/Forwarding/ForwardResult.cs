using Yarp.ReverseProxy.Forwarder;

namespace FooBar.LoadBalancer.Forwarding;

/// <summary>What one try at a backend came to.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Status">The status to answer with if nothing was sent yet; 0 if the backend's own answer stands.</param>
internal readonly record struct ForwardResult(Outcome Outcome, int Status)
{
    /// <summary>Status in the access log for a client that did not wait for its answer; it is never sent.</summary>
    public const int ClientClosedRequest = 499;

    /// <summary>Reads the forwarder's verdict. A pure function.</summary>
    /// <param name="error">What the forwarder returned.</param>
    /// <param name="exception">What it caught, if anything.</param>
    /// <param name="clientAborted">Whether the client's connection or stream is gone.</param>
    public static ForwardResult From(ForwarderError error, Exception? exception, bool clientAborted) => error switch
    {
        ForwarderError.None => new(Outcome.Completed, 0),

        // A client that leaves makes every later step fail too: look at it first, or the backend gets the blame.
        ForwarderError.ResponseBodyClient or ForwarderError.ResponseBodyCanceled or ForwarderError.ResponseBodyDestination
            or ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeResponseCanceled
            when clientAborted => new(Outcome.ClientAbortedResponse, 0),
        ForwarderError.ResponseBodyClient or ForwarderError.UpgradeRequestClient or ForwarderError.UpgradeResponseClient
            => new(Outcome.ClientAbortedResponse, 0),
        _ when clientAborted => new(Outcome.ClientAbortedRequest, ClientClosedRequest),

        ForwarderError.RequestBodyClient => FromClientBody(exception),
        ForwarderError.RequestTimedOut or ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled
            => new(Outcome.BackendTimedOut, StatusCodes.Status504GatewayTimeout),
        ForwarderError.ResponseBodyCanceled or ForwarderError.UpgradeActivityTimeout
            or ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeResponseCanceled
            => new(Outcome.BackendTimedOut, 0),
        ForwarderError.ResponseBodyDestination or ForwarderError.UpgradeRequestDestination or ForwarderError.UpgradeResponseDestination
            => new(Outcome.BackendCutResponse, 0),
        ForwarderError.Request or ForwarderError.RequestBodyDestination when Find<BadHttpRequestException>(exception) is not null
            => FromClientBody(exception),
        ForwarderError.Request when IsConnectFailure(exception)
            => new(Outcome.BackendConnectFailed, StatusCodes.Status502BadGateway),
        ForwarderError.Request or ForwarderError.RequestBodyDestination or ForwarderError.ResponseHeaders
            => new(Outcome.BackendFailed, StatusCodes.Status502BadGateway),
        _ => new(Outcome.GatewayFailed, StatusCodes.Status500InternalServerError),
    };

    /// <summary>A body over the limit, too slow or malformed: the listener knows which.</summary>
    private static ForwardResult FromClientBody(Exception? exception) =>
        new(Outcome.Refused, Find<BadHttpRequestException>(exception)?.StatusCode ?? StatusCodes.Status400BadRequest);

    private static bool IsConnectFailure(Exception? exception) => exception is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.NameResolutionError,
    };

    private static T? Find<T>(Exception? exception)
        where T : Exception => exception switch
        {
            null => null,
            T found => found,
            AggregateException aggregate => aggregate.InnerExceptions.Select(Find<T>).FirstOrDefault(inner => inner is not null),
            _ => Find<T>(exception.InnerException),
        };
}
