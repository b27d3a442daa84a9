using Yarp.ReverseProxy.Forwarder;

namespace FooBar.LoadBalancer.Forwarding;

/// <summary>What one try at a backend came to.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Status">The status to answer with if nothing was sent yet; 0 if there is nothing to answer.</param>
internal readonly record struct ForwardResult(Outcome Outcome, int Status)
{
    /// <summary>Status in the access log for a client that did not wait for its answer; it is never sent.</summary>
    public const int ClientClosedRequest = 499;

    /// <summary>The backend was silent for too long, or was given up before it answered.</summary>
    public static readonly ForwardResult TimedOut = new(Outcome.BackendTimedOut, StatusCodes.Status504GatewayTimeout);

    /// <summary>Reads the forwarder's verdict. A pure function.</summary>
    /// <param name="error">What the forwarder returned.</param>
    /// <param name="exception">What it caught, if anything.</param>
    /// <param name="clientGone">Whether the client's connection or stream is closed.</param>
    public static ForwardResult From(ForwarderError error, Exception? exception, bool clientGone) => error switch
    {
        ForwarderError.None => new(Outcome.Completed, 0),

        // In the answer. The forwarder knows which side failed; clientGone says nothing here, because the forwarder itself closes the client's
        // side of an answer that breaks off. "Canceled" is the client; our own time-out arrives as a failed read with a cancellation.
        ForwarderError.ResponseBodyCanceled or ForwarderError.ResponseBodyClient
            or ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeRequestClient
            or ForwarderError.UpgradeResponseCanceled or ForwarderError.UpgradeResponseClient => new(Outcome.ClientAbortedResponse, 0),
        ForwarderError.UpgradeActivityTimeout => TimedOut,
        ForwarderError.ResponseBodyDestination or ForwarderError.UpgradeRequestDestination or ForwarderError.UpgradeResponseDestination
            => IsTimeout(exception) ? TimedOut : new(Outcome.BackendCutResponse, StatusCodes.Status502BadGateway),

        // Before the answer. A client that leaves makes the try at the backend fail too: look at it first, or the backend gets the blame.
        _ when clientGone => new(Outcome.ClientAbortedRequest, ClientClosedRequest),
        _ when Find<BadHttpRequestException>(exception) is { } bad => new(Outcome.Refused, bad.StatusCode),
        ForwarderError.RequestBodyClient when IsTimeout(exception) => new(Outcome.Refused, StatusCodes.Status408RequestTimeout),
        ForwarderError.RequestBodyClient => new(Outcome.Refused, StatusCodes.Status400BadRequest),
        ForwarderError.RequestTimedOut when IsConnectTimeout(exception) => new(Outcome.BackendConnectFailed, StatusCodes.Status504GatewayTimeout),
        ForwarderError.RequestTimedOut or ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled => TimedOut,
        ForwarderError.RequestBodyDestination when IsTimeout(exception) => TimedOut,
        ForwarderError.Request when IsConnectFailure(exception) => new(Outcome.BackendConnectFailed, StatusCodes.Status502BadGateway),
        ForwarderError.Request or ForwarderError.RequestBodyDestination or ForwarderError.ResponseHeaders
            => new(Outcome.BackendFailed, StatusCodes.Status502BadGateway),
        _ => new(Outcome.GatewayFailed, StatusCodes.Status500InternalServerError),
    };

    private static bool IsTimeout(Exception? exception) => Find<OperationCanceledException>(exception) is not null;

    /// <summary>The client's handler marks its own time limit for connections with a time-out inside; ours has a cancellation alone.</summary>
    private static bool IsConnectTimeout(Exception? exception) => exception is OperationCanceledException { InnerException: TimeoutException };

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
