using System.Text.Json;
using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Metrics;
using FooBar.ServiceDefaults.Admin;

namespace FooBar.LoadBalancer.Admin;

/// <summary>
/// What people order of the gateway while it runs, below <c>/gateway/</c> on the admin port: lets in, finds the endpoint, answers, and accounts for it
/// in the audit log.
/// </summary>
internal sealed partial class AdminApi(
    AdminPort port,
    AdminToken token,
    AdminRoutes routes,
    AuditLog audit,
    AdminMetrics metrics,
    TimeProvider time,
    ILogger<AdminApi> logger) : IHostedService
{
    private static readonly AdminAnswer _tooMany = AdminAnswer.Problem(
        StatusCodes.Status429TooManyRequests,
        "Too many failed attempts",
        "Ten at once, then one a second. A request with the right token is answered all the same.") with
    {
        RetryAfter = "1",
    };

    private static readonly AdminAnswer _off =
        AdminAnswer.Problem(StatusCodes.Status404NotFound, "The admin API is off", "Gateway:Admin:TokenPath is not set.");

    private readonly AdminGuard _guard = new(port, token);
    private readonly FailedAttempts _failed = new(time);

    /// <summary>Publishes it. To be called before the server starts.</summary>
    public void Map() => port.MapBelow("/gateway/", InvokeAsync);

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (token.Fingerprint is { } fingerprint)
            LogOn(fingerprint);
        else
            LogOff();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task InvokeAsync(HttpContext context)
    {
        context.TraceIdentifier = Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
        (AdminCaller caller, string? shown) = AdminCaller.Of(context);
        string request = $"{context.Request.Method} {context.Request.Path}";
        if (!token.IsSet)
        {
            // Nobody can be let in, and there is nothing to find out by trying.
            await WriteAsync(context, _off).ConfigureAwait(false);
            return;
        }

        if (_guard.Refusal(context, shown) is { } refusal)
        {
            await WriteAsync(context, Account(context, caller, request, refusal)).ConfigureAwait(false);
            return;
        }

        AdminCall call = new(context, caller);
        (AdminRoute? route, AdminAnswer? unknown) = routes.Find(call);
        AdminAnswer answer = unknown ?? await AnswerAsync(() => route!.Endpoint(call), call).ConfigureAwait(false);
        AuditEntry entry = new(context.TraceIdentifier, caller, request, answer.Status)
        {
            Action = route?.Action,
            Target = call.Target,
            Before = answer.Before,
            After = answer.After,
            Reason = call.Reason,
            Detail = (answer.Body as AdminProblem)?.Detail,
        };
        metrics.Requested(entry.Action, entry.Result);
        if (route?.Changes != false)
            audit.Write(entry);
        if (answer.Later is { } later)
            answer = await AnswerAsync(later, call).ConfigureAwait(false);
        await WriteAsync(context, answer).ConfigureAwait(false);
    }

    /// <summary>Has a line written about an attempt that was refused, unless they come too quickly; returns what is to be answered.</summary>
    private AdminAnswer Account(HttpContext context, AdminCaller caller, string request, AdminAnswer refusal)
    {
        metrics.Requested(null, "refused");
        if (_failed.Add() is not { } passedOver)
            return _tooMany;

        audit.Write(new AuditEntry(context.TraceIdentifier, caller, request, refusal.Status)
        {
            Detail = ((AdminProblem)refusal.Body).Title,
            PassedOver = passedOver,
        });
        return refusal;
    }

    private async Task<AdminAnswer> AnswerAsync(Func<Task<AdminAnswer>> endpoint, AdminCall call)
    {
        try
        {
            return await endpoint().ConfigureAwait(false);
        }
        catch (BadHttpRequestException exception)
        {
            return AdminAnswer.Problem(exception.StatusCode, "The request cannot be read", exception.Message);
        }
        catch (OperationCanceledException) when (call.Context.RequestAborted.IsCancellationRequested)
        {
            return AdminAnswer.Problem(StatusCodes.Status499ClientClosedRequest, "The caller has left", "Nothing was done.");
        }
#pragma warning disable CA1031 // The last place that can answer: the caller gets the request's id, the log gets the exception.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogDefect(call.Context.TraceIdentifier, exception);
            return AdminAnswer.Problem(
                StatusCodes.Status500InternalServerError, "Something went wrong in the gateway", "The program log has the exception, with the request's id.");
        }
    }

    private static async Task WriteAsync(HttpContext context, AdminAnswer answer)
    {
        HttpResponse response = context.Response;
        object content = answer.Body is AdminProblem problem ? problem with { RequestId = context.TraceIdentifier } : answer.Body;
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(content, AdminJson.Writing);
        response.StatusCode = answer.Status;
        response.ContentType = content is AdminProblem ? "application/problem+json" : "application/json";
        response.ContentLength = body.Length;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers[GatewayRequest.IdHeader] = context.TraceIdentifier;
        if (answer.Allow is not null)
            response.Headers.Allow = answer.Allow;
        if (answer.Challenge is not null)
            response.Headers.WWWAuthenticate = answer.Challenge;
        if (answer.RetryAfter is not null)
            response.Headers.RetryAfter = answer.RetryAfter;

        // Not the request's token: who has left is not told anything, and that is no failure.
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(body, CancellationToken.None).ConfigureAwait(false);
    }

    [LoggerMessage(1701, LogLevel.Error, "Request {RequestId} to the admin API failed in the gateway itself")]
    private partial void LogDefect(string requestId, Exception exception);

    [LoggerMessage(1703, LogLevel.Information, "The admin API is on; its token is {Fingerprint}")]
    private partial void LogOn(string fingerprint);

    [LoggerMessage(1704, LogLevel.Information, "The admin API is off: Gateway:Admin:TokenPath is not set")]
    private partial void LogOff();
}
