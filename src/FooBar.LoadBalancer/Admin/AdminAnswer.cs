namespace FooBar.LoadBalancer.Admin;

/// <summary>What the admin API answers. Immutable.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">What is written as JSON; an <see cref="AdminProblem"/> from 400 on.</param>
internal sealed record AdminAnswer(int Status, object Body)
{
    /// <summary>What it was before, for the audit log; null where nothing was changed.</summary>
    public string? Before { get; init; }

    /// <summary>What it is now, for the audit log; null where nothing was changed.</summary>
    public string? After { get; init; }

    /// <summary>Waits for what the caller wants to see, and answers then; null when the answer is ready. What was ordered is done, and audited, before.</summary>
    public Func<Task<AdminAnswer>>? Later { get; init; }

    /// <summary>The methods that would be allowed; null where the method is not what is wrong.</summary>
    public string? Allow { get; init; }

    /// <summary>What the caller has to prove itself by; null where that is not what is wrong.</summary>
    public string? Challenge { get; init; }

    /// <summary>Seconds after which to try again; null where that would change nothing.</summary>
    public string? RetryAfter { get; init; }

    /// <summary>200.</summary>
    public static AdminAnswer Ok(object body) => new(StatusCodes.Status200OK, body);

    /// <summary>Says what is wrong.</summary>
    /// <param name="status">From 400 on.</param>
    /// <param name="title">What is wrong, the same for every such case.</param>
    /// <param name="detail">What is wrong here, and the way out.</param>
    /// <param name="errors">One line for each mistake, where there can be several.</param>
    public static AdminAnswer Problem(int status, string title, string detail, IReadOnlyList<string>? errors = null) =>
        new(status, new AdminProblem(title, status, detail) { Errors = errors });
}

/// <summary>RFC 9457. Immutable.</summary>
internal sealed record AdminProblem(string Title, int Status, string Detail)
{
    /// <summary>The status tells all that a program can act upon.</summary>
    public string Type { get; } = "about:blank";

    /// <summary>One line for each mistake; null where there can be but one.</summary>
    public IReadOnlyList<string>? Errors { get; init; }

    /// <summary>The request's id in the audit log.</summary>
    public string? RequestId { get; init; }
}
