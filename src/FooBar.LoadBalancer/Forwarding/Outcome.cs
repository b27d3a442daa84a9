namespace FooBar.LoadBalancer.Forwarding;

/// <summary>How a request ended: who ended it, and in which phase.</summary>
internal enum Outcome
{
    /// <summary>The answer was sent whole, whatever its status.</summary>
    Completed,

    /// <summary>It was redirected to HTTPS, or to the canonical name.</summary>
    Redirected,

    /// <summary>The gateway refused it: wrong host, hidden path, too large, malformed.</summary>
    Refused,

    /// <summary>The gateway refused it because of a limit on what it does at once or for one client.</summary>
    Shed,

    /// <summary>No backend was up, nor one there that is not ready.</summary>
    NoBackend,

    /// <summary>Every backend had as many requests as it may have, and so had the queue.</summary>
    QueueFull,

    /// <summary>Every backend had as many requests as it may have, for longer than a request may wait.</summary>
    QueueTimeout,

    /// <summary>No verified connection to the backend came about.</summary>
    BackendConnectFailed,

    /// <summary>The backend failed after the connection was made and before it answered.</summary>
    BackendFailed,

    /// <summary>The backend was silent for too long.</summary>
    BackendTimedOut,

    /// <summary>The backend broke off in the middle of its answer.</summary>
    BackendCutResponse,

    /// <summary>The client went away, or stopped sending, before it got an answer.</summary>
    ClientAbortedRequest,

    /// <summary>The client went away in the middle of the answer.</summary>
    ClientAbortedResponse,

    /// <summary>The gateway itself failed: a defect.</summary>
    GatewayFailed,
}

/// <summary>The names of <see cref="Outcome"/> in logs and metrics.</summary>
internal static class OutcomeNames
{
    /// <summary>The name, which never changes: dashboards and alerts hold it.</summary>
    public static string Text(this Outcome outcome) => outcome switch
    {
        Outcome.Completed => "completed",
        Outcome.Redirected => "redirected",
        Outcome.Refused => "refused",
        Outcome.Shed => "shed",
        Outcome.NoBackend => "no-backend",
        Outcome.QueueFull => "queue-full",
        Outcome.QueueTimeout => "queue-timeout",
        Outcome.BackendConnectFailed => "backend-connect-failed",
        Outcome.BackendFailed => "backend-failed",
        Outcome.BackendTimedOut => "backend-timed-out",
        Outcome.BackendCutResponse => "backend-cut-response",
        Outcome.ClientAbortedRequest => "client-aborted-request",
        Outcome.ClientAbortedResponse => "client-aborted-response",
        Outcome.GatewayFailed => "gateway-failed",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, null),
    };

    /// <summary>Why the gateway had no room for a request, as a label; null if it ended otherwise.</summary>
    public static string? ShedReason(this Outcome outcome) => outcome switch
    {
        Outcome.QueueFull => "queue_full",
        Outcome.QueueTimeout => "queue_timeout",
        _ => null,
    };
}
