namespace FooBar.Data.Tests.History;

/// <summary>One call and its answer, as the caller saw them.</summary>
internal abstract record Call
{
    /// <summary>Who called.</summary>
    public required int Client { get; init; }

    /// <summary>The application instance that was called.</summary>
    public required int Instance { get; init; }

    /// <summary>The causal session whose token it brought and took away; several calls at once may use one.</summary>
    public required int Session { get; init; }

    /// <summary>The list.</summary>
    public required int Key { get; init; }

    /// <summary>The timestamp before anything of the call was done.</summary>
    public required long StartedAt { get; init; }

    /// <summary>The timestamp after its answer and, of an append, after the session's token held it.</summary>
    public required long EndedAt { get; init; }

    /// <summary>The type of the exception that it ended with; null for an answer.</summary>
    public string? Error { get; init; }
}

/// <summary>One sending of a value that is to be appended to a list. Several sendings under one operation are one append.</summary>
internal sealed record AppendCall : Call
{
    /// <summary>The value: one for each operation, different from all others.</summary>
    public required long Value { get; init; }

    /// <summary>The operation's id.</summary>
    public required Guid Operation { get; init; }

    /// <summary>What the caller was told.</summary>
    public required AppendOutcome Outcome { get; init; }

    /// <summary>The id of the value's row that an acknowledged one returned.</summary>
    public long Answer { get; init; }
}

/// <summary>What the caller of an append was told.</summary>
internal enum AppendOutcome
{
    /// <summary>It is done.</summary>
    Acknowledged,

    /// <summary>Nothing of it was executed, or all of it was rolled back: it never will be there for this call.</summary>
    NotApplied,

    /// <summary>It is there once, or never will be.</summary>
    Unknown,
}

/// <summary>One read of a whole list.</summary>
internal sealed record ReadCall : Call
{
    /// <summary>What was asked for.</summary>
    public required ReadFreshness Freshness { get; init; }

    /// <summary>The values in the order of their ids; null when it failed.</summary>
    public IReadOnlyList<long>? Values { get; init; }
}
