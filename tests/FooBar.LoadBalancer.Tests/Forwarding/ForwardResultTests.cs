using FooBar.LoadBalancer.Forwarding;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace FooBar.LoadBalancer.Tests.Forwarding;

public sealed class ForwardResultTests
{
    private static readonly Exception Refused = new HttpRequestException(HttpRequestError.ConnectionError);
    private static readonly Exception Untrusted = new HttpRequestException(HttpRequestError.SecureConnectionError);
    private static readonly Exception Ended = new HttpRequestException(HttpRequestError.ResponseEnded);
    private static readonly Exception TooLarge = new AggregateException(
        new HttpRequestException("copying failed"), new IOException("outer", new BadHttpRequestException("too large", 413)));

    private static readonly Exception NotConnected = new TaskCanceledException("no connection in time", new TimeoutException());
    private static readonly Exception Silent = new IOException("reading failed", new OperationCanceledException());

    public static IEnumerable<TheoryDataRow<string, string?, bool, string, int>> Cases =>
    [
        new("None", null, false, "Completed", 0),
        new("None", null, true, "Completed", 0),
        new("Request", nameof(Refused), false, "BackendConnectFailed", 502),
        new("Request", nameof(Untrusted), false, "BackendConnectFailed", 502),
        new("Request", nameof(Ended), false, "BackendFailed", 502),
        new("Request", null, false, "BackendFailed", 502),
        new("Request", nameof(TooLarge), false, "Refused", 413),
        new("Request", nameof(Ended), true, "ClientAbortedRequest", 499),
        new("RequestTimedOut", null, false, "BackendTimedOut", 504),
        new("RequestTimedOut", nameof(NotConnected), false, "BackendConnectFailed", 504),
        new("RequestCanceled", null, false, "BackendTimedOut", 504),
        new("RequestCanceled", null, true, "ClientAbortedRequest", 499),
        new("RequestBodyCanceled", null, false, "BackendTimedOut", 504),
        new("RequestBodyCanceled", null, true, "ClientAbortedRequest", 499),
        new("RequestBodyClient", nameof(TooLarge), false, "Refused", 413),
        new("RequestBodyClient", nameof(Silent), false, "Refused", 408),
        new("RequestBodyClient", null, false, "Refused", 400),
        new("RequestBodyClient", null, true, "ClientAbortedRequest", 499),
        new("RequestBodyDestination", null, false, "BackendFailed", 502),
        new("RequestBodyDestination", nameof(Silent), false, "BackendTimedOut", 504),
        new("ResponseHeaders", null, false, "BackendFailed", 502),
        new("ResponseBodyCanceled", null, true, "ClientAbortedResponse", 0),
        new("ResponseBodyClient", null, true, "ClientAbortedResponse", 0),
        new("ResponseBodyDestination", nameof(Ended), false, "BackendCutResponse", 502),
        new("ResponseBodyDestination", nameof(Ended), true, "BackendCutResponse", 502),
        new("ResponseBodyDestination", nameof(Silent), true, "BackendTimedOut", 504),
        new("UpgradeActivityTimeout", null, true, "BackendTimedOut", 504),
        new("UpgradeRequestCanceled", null, true, "ClientAbortedResponse", 0),
        new("UpgradeRequestClient", null, true, "ClientAbortedResponse", 0),
        new("UpgradeResponseCanceled", null, true, "ClientAbortedResponse", 0),
        new("UpgradeResponseClient", null, true, "ClientAbortedResponse", 0),
        new("UpgradeRequestDestination", null, true, "BackendCutResponse", 502),
        new("UpgradeResponseDestination", null, true, "BackendCutResponse", 502),
        new("RequestCreation", null, false, "GatewayFailed", 500),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Result_ByTheForwardersVerdict_NamesWhoEndedIt(string error, string? exception, bool clientGone, string outcome, int status)
    {
        Exception? cause = exception switch
        {
            nameof(Refused) => Refused,
            nameof(Untrusted) => Untrusted,
            nameof(Ended) => Ended,
            nameof(TooLarge) => TooLarge,
            nameof(Silent) => Silent,
            nameof(NotConnected) => NotConnected,
            _ => null,
        };

        ForwardResult result = ForwardResult.From(Enum.Parse<ForwarderError>(error), cause, clientGone);

        Assert.Equal(new ForwardResult(Enum.Parse<Outcome>(outcome), status), result);
    }

    [Fact]
    public void EveryVerdict_HasACase() => Assert.Empty(
        Enum.GetNames<ForwarderError>().Except(["NoAvailableDestinations"]).Except(Cases.Select(row => row.Data.Item1)));

    [Fact]
    public void EveryOutcome_HasANameOfItsOwn() => Assert.Equal(
        Enum.GetValues<Outcome>().Length, Enum.GetValues<Outcome>().Select(outcome => outcome.Text()).Distinct().Count());
}
