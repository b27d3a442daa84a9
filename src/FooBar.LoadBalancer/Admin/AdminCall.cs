namespace FooBar.LoadBalancer.Admin;

/// <summary>One request that was let in. Its steps run one after the other: no locks.</summary>
internal sealed class AdminCall(HttpContext context, AdminCaller caller)
{
    private const int LongestReason = 200;

    /// <summary>The request.</summary>
    public HttpContext Context { get; } = context;

    /// <summary>Who calls.</summary>
    public AdminCaller Caller { get; } = caller;

    /// <summary>What its path names, such as a backend; null when it is about the gateway.</summary>
    public string? Target { get; set; }

    /// <summary>Why, in the caller's words; null when it gave none.</summary>
    public string? Reason { get; private set; }

    /// <summary>Cancelled when the caller leaves.</summary>
    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>Notes the reason; returns what is wrong with it, or null.</summary>
    public AdminAnswer? Note(string? reason)
    {
        // It goes into logs and a table of a terminal, a line each.
        if (reason is not null && (reason.Length > LongestReason || reason.Any(char.IsControl)))
        {
            return AdminAnswer.Problem(
                StatusCodes.Status400BadRequest, "The reason cannot be used", $"It may have {LongestReason} characters and no control characters.");
        }

        Reason = string.IsNullOrWhiteSpace(reason) ? null : reason;
        return null;
    }

    /// <summary>Refuses parameters that mean nothing here; null when there are none.</summary>
    public AdminAnswer? UnknownParameters(params ReadOnlySpan<string> known)
    {
        foreach (string name in Context.Request.Query.Keys)
        {
            if (known.Contains(name))
                continue;
            string others = known.IsEmpty ? "" : $"; there is {string.Join(", ", known.ToArray())}";
            return AdminAnswer.Problem(
                StatusCodes.Status400BadRequest, "The parameter means nothing here", $"There is no parameter '{name}'{others}.");
        }

        return null;
    }
}
