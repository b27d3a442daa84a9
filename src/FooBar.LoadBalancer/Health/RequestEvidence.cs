using FooBar.LoadBalancer.Forwarding;

namespace FooBar.LoadBalancer.Health;

/// <summary>What the end of a request says about its backend: a pure function.</summary>
internal static class RequestEvidence
{
    /// <summary>The evidence; null if the end says nothing about the backend.</summary>
    /// <param name="outcome">How the try ended.</param>
    /// <param name="status">The status of the backend's answer, if it completed.</param>
    /// <param name="upgrade">Whether it was a WebSocket or the like: it may be silent, and it may end at any time.</param>
    /// <param name="givenUp">Whether the gateway ended the try: the backend had no chance to answer.</param>
    public static Evidence? Of(Outcome outcome, int status, bool upgrade, bool givenUp) => outcome switch
    {
        Outcome.BackendConnectFailed => Evidence.ConnectFailed,
        _ when upgrade || givenUp => null,
        Outcome.BackendFailed or Outcome.BackendCutResponse or Outcome.BackendTimedOut => Evidence.RequestFailed,
        Outcome.Completed => status switch
        {
            StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout
                => Evidence.Unavailable,
            >= StatusCodes.Status500InternalServerError => Evidence.ServerError,
            _ => Evidence.RequestPassed,
        },
        _ => null,
    };
}
