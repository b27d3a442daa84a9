namespace FooBar.Data;

/// <summary>How far a command had come when it failed: decides whether it may have been executed.</summary>
public enum FailurePhase
{
    /// <summary>The driver does not say.</summary>
    Unknown,

    /// <summary>Nothing of it reached the server: it was not executed.</summary>
    NotSent,

    /// <summary>It was sent, at least in part, and no answer came: it may have been executed.</summary>
    SentUnanswered,

    /// <summary>The server answered with an error.</summary>
    Answered,
}
