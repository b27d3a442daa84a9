using System.Buffers;
using System.Diagnostics;
using FooBar.LoadBalancer.AccessLog;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Errors;
using FooBar.LoadBalancer.Metrics;
using FooBar.ServiceDefaults.Admin;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace FooBar.LoadBalancer.Edge.Strictness;

/// <summary>
/// Accounts for requests that the server itself refuses, because it cannot read them or because they do not come to an end: no middleware
/// sees those. Stands in for the diagnostics that Kestrel writes to, and is asked for nothing else: a request that is well costs nothing.
/// </summary>
internal sealed partial class ParserRefusals(
    CurrentSettings settings,
    AccessLogWriter accessLog,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<ParserRefusals> logger) : DiagnosticSource
{
    private const string BadRequest = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    /// <inheritdoc />
    public override bool IsEnabled(string name) => name == BadRequest;

    /// <summary>Called by Kestrel before it answers; <paramref name="value"/> is what there is of the request.</summary>
    public override void Write(string name, object? value)
    {
        // A request that the gateway has begun is accounted for there. The admin port has no access log.
        if (name != BadRequest || value is not IFeatureCollection features || features.Get<GatewayRequest>() is not null || AdminPort.Owns(features))
            return;
        if (features.Get<IBadRequestExceptionFeature>()?.Error is not BadHttpRequestException exception)
            return;

        DateTimeOffset now = time.GetUtcNow();
        DefaultHttpContext context = new(features);
        GatewayRequest request = GatewayRequest.Begin(context, now, settings.Value);
        request.Refuse(Refusals.Of(exception.StatusCode, inBody: false), exception.Message);
        int bytes = 0;
        try
        {
            bytes = Answer(context, exception.StatusCode);
        }
#pragma warning disable CA1031 // The server goes on with an answer of its own, and must not be kept from closing the connection.
        catch (Exception defect)
#pragma warning restore CA1031
        {
            LogDefect(request.Id, defect);
        }

        metrics.RequestEnded(request);
        accessLog.Write(AccessLogEntry.From(context, request, now, TimeSpan.Zero, bytes));
    }

    /// <summary>
    /// Puts our own page in place of the server's answer without a body, over HTTP/1. The server offers no way to write one at this point,
    /// but it lets a response be begun, and then leaves it at that and closes the connection; the body goes to the connection behind it.
    /// </summary>
    /// <returns>The body's length; 0 where the server answers by itself.</returns>
    private static int Answer(DefaultHttpContext context, int status)
    {
        IFeatureCollection features = context.Features;
        bool isHttp1 = features.Get<IHttp2StreamIdFeature>() is null;

        // HTTP/2 without TLS is told so by the server in HTTP/2's own words.
        bool mayBeHttp2 = status == StatusCodes.Status505HttpVersionNotsupported && features.Get<ITlsHandshakeFeature>() is null;
        if (context.Response.HasStarted || !isHttp1 || mayBeHttp2 || features.Get<IConnectionTransportFeature>()?.Transport.Output is not { } output)
            return 0;

        byte[] body = ErrorPage.Prepare(context, status);
        context.Response.Headers.Connection = "close";
        context.Response.Headers[GatewayRequest.IdHeader] = GatewayRequest.Of(context).Id;
        Task begun = features.GetRequiredFeature<IHttpResponseBodyFeature>().StartAsync();
        if (!begun.IsCompletedSuccessfully || HttpMethods.IsHead(context.Request.Method))
            return 0;

        output.Write(body);
        return body.Length;
    }

    [LoggerMessage(1003, LogLevel.Error, "The refused request {RequestId} could not be answered with a page")]
    private partial void LogDefect(string requestId, Exception exception);
}
