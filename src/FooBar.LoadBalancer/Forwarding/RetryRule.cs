using FooBar.LoadBalancer.Routing;
using Microsoft.AspNetCore.Http.Features;

namespace FooBar.LoadBalancer.Forwarding;

/// <summary>Whether a failed try may be made again at another backend: pure functions.</summary>
internal static class RetryRule
{
    /// <summary>The header by which a client says that the backend does the work only once (draft-ietf-httpapi-idempotency-key-header).</summary>
    public const string KeyHeader = "Idempotency-Key";

    /// <summary>Why the try may be made again; null if it may not.</summary>
    /// <param name="outcome">How the try ended.</param>
    /// <param name="repeatable">See <see cref="IsRepeatable"/>.</param>
    /// <param name="released">Whether the gateway gave the try up because its backend went down.</param>
    /// <param name="bodyLost">Whether a byte of the request's body was read that was not kept: it cannot be sent again.</param>
    /// <param name="answerBegun">Whether a byte of the answer is on its way to the client.</param>
    public static RetryReason? Reason(Outcome outcome, bool repeatable, bool released, bool bodyLost, bool answerBegun) => outcome switch
    {
        _ when answerBegun || bodyLost => null,

        // The backend has seen nothing of the request.
        Outcome.BackendConnectFailed => RetryReason.ConnectFailed,

        // From here on the backend may have done the work.
        _ when !repeatable => null,
        Outcome.BackendFailed => RetryReason.BackendFailed,
        Outcome.BackendCutResponse => RetryReason.CutResponse,
        Outcome.BackendTimedOut when released => RetryReason.BackendDown,
        _ => null,
    };

    /// <summary>Whether a backend that has done the work once may be asked for it again. An empty key, or two, name no work.</summary>
    public static bool IsRepeatable(HttpRequest request, RouteRules? route) =>
        IsSafe(request.Method) || request.Headers[KeyHeader] is [{ Length: > 0 }] || route?.NamesOperation(request) == true;

    /// <summary>Whether the method changes nothing.</summary>
    public static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    /// <summary>Whether it asks for a connection of its own, as a WebSocket does: it is tried once.</summary>
    public static bool IsUpgrade(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } || HttpMethods.IsConnect(context.Request.Method);
}

/// <summary>Why a try may be made again at another backend.</summary>
internal enum RetryReason
{
    /// <summary>No verified connection came about.</summary>
    ConnectFailed,

    /// <summary>The backend failed before its answer.</summary>
    BackendFailed,

    /// <summary>The backend broke off in an answer that the gateway still held.</summary>
    CutResponse,

    /// <summary>The backend went down while the request waited on it.</summary>
    BackendDown,
}

/// <summary>What became of a retry that the rule allows.</summary>
internal enum RetryVerdict
{
    /// <summary>It was made.</summary>
    Done,

    /// <summary>There were too many of them.</summary>
    BudgetExhausted,

    /// <summary>There was no other backend to ask.</summary>
    NoOtherBackend,

    /// <summary>The other backends had as many requests as they may have, and the queue was full or took too long.</summary>
    NoRoom,

    /// <summary>The request's time was over.</summary>
    DeadlineOver,
}

/// <summary>The names of <see cref="RetryReason"/> and <see cref="RetryVerdict"/> in metrics, which never change.</summary>
internal static class RetryNames
{
    /// <summary>The reason's name.</summary>
    public static string Text(this RetryReason reason) => reason switch
    {
        RetryReason.ConnectFailed => "connect_failed",
        RetryReason.BackendFailed => "backend_failed",
        RetryReason.CutResponse => "cut_response",
        RetryReason.BackendDown => "backend_down",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };

    /// <summary>The verdict's name.</summary>
    public static string Text(this RetryVerdict verdict) => verdict switch
    {
        RetryVerdict.Done => "done",
        RetryVerdict.BudgetExhausted => "budget_exhausted",
        RetryVerdict.NoOtherBackend => "no_other_backend",
        RetryVerdict.NoRoom => "no_room",
        RetryVerdict.DeadlineOver => "deadline_over",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, null),
    };
}
